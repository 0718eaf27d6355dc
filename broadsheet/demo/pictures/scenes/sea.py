"""On the water: the ferry at dusk, the storm track, an old print of a sail."""

from __future__ import annotations

import math

from broadsheet.demo.pictures.drawing import DARK, INDIGO, MARIGOLD, PAPER, Sheet, tint
from broadsheet.demo.pictures.figures import bird, person


def ferry(s: Sheet) -> None:
    """Show a white ferry at dusk, the sun behind the city, people on a jetty."""
    _dusk(s)
    s.tiers(470, 800, ((0, 0.42, 0.55), (0.25, 0.62, 0.2), (1, 1, 0)))
    _glitter(s)
    with s.at(250, 420):
        _hull(s)
        _deck(s)
    s.cut(
        "M448 288 q-30 -34 -78 -30 q-40 -36 -104 -16 q-60 -20 -116 14 q70 -12 108 10 "
        "q54 -16 98 8 q44 -6 92 14z",
        tint(0.35, 0.1),
    )
    _jetty(s)
    for x, y, scale in ((560, 150, 1), (610, 128, 0.8), (660, 166, 0.7), (520, 196, 0.6)):
        bird(s, x, y, scale, PAPER)


def _dusk(s: Sheet) -> None:
    """Draw the sky, the low sun, the far city and the cranes."""
    s.tiers(0, 470, ((0, 0.92, 0), (0.45, 0.6, 0.05), (0.78, 0.2, 0.5), (1, 0.05, 0.85)), 17)
    dice = s.dice
    for i in range(5):
        s.cut(
            f"M{dice.between(-60, 200):.0f} {90 + i * 52} q160 -16 {dice.between(260, 480):.0f} -3 "
            "q140 10 300 -6 q-160 22 -330 18 q-190 8 -420 -9z",
            tint(0.75 - 0.12 * i, 0.05 + 0.05 * i),
            opacity=0.8,
        )
    s.disc(845, 452, 128, MARIGOLD)
    x = 0.0
    while x < 1200:
        w = dice.between(22, 62)
        h = dice.between(24, 112) * (1 - 0.45 * abs(x - 380) / 820) + 18
        s.box(x, 470 - h, w + 1, h, tint(0.72, 0.3))
        for row in range(int((h - 21) // 13) + 1):
            for column in range(max(0, int((w - 13) // 11) + 1)):
                if dice.roll() > 0.72:
                    s.box(x + 6 + column * 11, 479 - h + row * 13, 4, 6, MARIGOLD)
        x += w + dice.between(-2, 10)
    steel = tint(0.95, 0.4)
    for cx, scale in ((1040, 1), (1130, 0.82), (964, 0.7)):
        with s.at(cx, 470, scale):
            s.line(
                "M-18 0 L-8 -150 L8 -150 L18 0 M-13 -60 H13 M-14 -30 H14 M-60 -152 H96 "
                "M0 -152 V-190 L90 -154 M0 -190 L-56 -154",
                steel,
                5,
            )
            s.line("M70 -150 V-96", steel, 3)
            s.box(60, -96, 20, 12, steel)


def _glitter(s: Sheet) -> None:
    """Lay the sun's path and the dark ripples on the water."""
    dice = s.dice
    for i in range(26):
        w = (150 + i * 6) * dice.between(0.35, 1)
        x = 845 - w / 2 + dice.between(-34, 34)
        s.box(x, 476 + i * i * 0.42 + i * 4, w, 3 + i * 0.22, tint(0, 0.95), r=2)
    for _ in range(70):
        y = dice.between(485, 790)
        w = dice.between(20, 110) * (y / 700)
        x = dice.between(-40, 1200)
        s.box(x, y, w, 1.5 + (y - 470) / 120, tint(0.35, 0.15), opacity=0.75)


def _hull(s: Sheet) -> None:
    """Draw the ferry's hull, lower deck and passengers."""
    s.cut("M-40 150 L640 150 L676 96 L-66 96 Z", DARK)
    s.cut("M-66 96 H676 L671 106 H-60Z", PAPER)
    s.box(-22, 20, 560, 76, tint(0.16, 0.12))
    s.box(-40, 10, 610, 12, INDIGO)
    for i in range(14):
        s.box(-4 + i * 38.4, 36, 27, 34, MARIGOLD)
        if i in (1, 2, 4, 6, 7, 9, 11, 12):
            s.cut(f"M{3 + i * 38.4:.1f} 70 v-12 q0 -4 4 -5 a6.5 6.5 0 1 1 9 0 q4 1 4 5 v12z", DARK)
    for i in range(18):
        s.box(-60 + i * 41, 116, 12, 12, tint(0.15, 0.9), r=6)
    s.cut(
        "M-70 150 q60 14 130 4 q90 -10 170 6 q110 12 220 -2 q110 -12 240 8 l30 12 "
        "q-180 12 -330 2 q-190 12 -330 0 q-90 4 -160 -6z",
        PAPER,
    )


def _deck(s: Sheet) -> None:
    """Draw the upper deck, the bridge, the funnel and the mast."""
    s.box(60, -46, 360, 56, tint(0.05, 0.05))
    s.box(46, -56, 392, 11, INDIGO)
    for i in range(9):
        s.box(74 + i * 38.4, -34, 27, 27, tint(0.85, 0.1) if i in (3, 6) else MARIGOLD)
    s.box(440, -40, 96, 50, PAPER)
    s.cut("M452 -30 h72 v22 h-72z", tint(0.8, 0.2))
    s.box(432, -50, 112, 11, INDIGO)
    s.cut("M170 -56 L176 -132 H226 L236 -56Z", DARK)
    s.cut("M174 -104 H230 L232 -84 H172Z", MARIGOLD)
    s.line("M488 -50 V-128 M470 -110 H506", DARK, 5)
    s.disc(488, -132, 7, MARIGOLD)


def _jetty(s: Sheet) -> None:
    """Draw the jetty in front with its lamp and four people waiting."""
    s.cut("M0 690 L330 690 L360 712 L0 724Z", DARK)
    s.line("M30 720 V800 M120 718 V800 M210 716 V800 M300 712 V800", DARK, 15)
    s.line("M54 690 V470", DARK, 8)
    s.cut("M40 470 h28 l-5 -36 h-18z", DARK)
    s.cut("M44 468 h20 l-3 -28 h-14z", MARIGOLD)
    person(s, 128, 690, 128)
    person(s, 176, 690, 118)
    with s.at(176, 690, 1.18):
        s.cut("M14 -70 L26 -44 L38 -46 L38 -26 L20 -26 L18 -50z", DARK)
    person(s, 262, 690, 124)
    person(s, 222, 690, 78)


def cyclone(s: Sheet) -> None:
    """Show a storm from above, its track to the coast as a dotted line."""
    s.box(0, 0, 1200, 800, tint(0.88, 0))
    for i in range(12):
        y = i * 70 + 10
        s.line(f"M0 {y} Q300 {y - 34} 600 {y} T1200 {y}", tint(0.7, 0), 2)
    cx, cy = 690, 400
    for arm in range(5):
        for k in range(7):
            points = []
            for step in range(26):
                t = step / 25
                radius = 34 + (300 + k * 22) * t**1.15
                angle = arm * math.tau / 5 + k * 0.085 + (1 - t) * 4.1
                x, y2 = cx + math.cos(angle) * radius, cy + math.sin(angle) * radius * 0.86
                points.append(f"{x:.1f} {y2:.1f}")
            cloud = tint(max(0, 0.06 * k + s.dice.between(-0.03, 0.12)), 0)
            s.line("M" + "L".join(points), cloud, 34 - k * 3.4, cap="round", opacity=0.96 - 0.1 * k)
    coast = "Q340 90 372 160 Q330 210 346 290 Q300 350 322 420 Q270 500 300 560 Q240 640 262 720"
    s.cut(f"M0 0 H380 {coast} Q230 770 236 800 H0Z", tint(0.08, 0.95))
    s.line(f"M380 0 {coast} Q230 770 236 800", PAPER, 9)
    s.disc(cx, cy, 96, PAPER)
    s.disc(cx, cy, 30, DARK)
    s.line(f"M{cx} {cy} Q560 330 470 300 T330 230", DARK, 7, dash="3 18", cap="round")
    for x, y in ((366, 176), (336, 330), (312, 470), (270, 640)):
        s.disc(x - 26, y, 10, DARK)


def sail(s: Sheet) -> None:
    """Show a sail on heaped waves, as an old print has it."""
    s.tiers(0, 800, ((0, 0.75, 0), (1, 0.15, 0)), 17)
    s.disc(900, 190, 70, tint(0.08))
    for k, dark in enumerate((0.35, 0.5, 0.3, 0.65, 0.45, 0.8, 0.6, 1)):
        y = 300 + k * 70
        crest = [
            (x, y - (46 + k * 6) * abs(math.sin((x + k * 130) / (170 + k * 14))) ** 0.7)
            for x in range(-50, 1260, 20)
        ]
        shape = "L".join(f"{x} {height:.1f}" for x, height in crest)
        s.cut(f"M-50 900 L{shape} L1260 900Z", tint(dark))
        s.line(f"M{shape}", PAPER, 5)
        if k == 3:
            with s.at(560, y - 70, turn=-14):
                s.cut("M-120 0 Q0 60 140 -14 L110 40 Q0 70 -90 44Z", INDIGO)
                s.cut("M10 10 L4 -150 L90 -20Z", PAPER)
                s.line("M4 -160 V20", INDIGO, 7)
