"""Along the coast: salt pans by moonlight, the cranes that were never built."""

from __future__ import annotations

import itertools

from broadsheet.demo.pictures.drawing import DARK, INDIGO, MARIGOLD, PAPER, Sheet, tint
from broadsheet.demo.pictures.figures import person


def salt(s: Sheet) -> None:
    """Show salt workers raking shallow pans under a large moon."""
    _moon(s)
    _pans(s)
    for x, y, scale in (
        *((560, 372, 0.16), (610, 372, 0.16), (716, 376, 0.18), (930, 380, 0.2), (985, 382, 0.2)),
        *((300, 388, 0.22), (352, 392, 0.22), (215, 420, 0.34), (1075, 426, 0.36)),
        *((480, 424, 0.34), (400, 470, 0.5), (1010, 476, 0.55), (130, 486, 0.58)),
        *((700, 474, 0.46), (880, 548, 0.8), (300, 560, 0.82), (1120, 580, 0.9)),
        *((1010, 720, 1.75), (60, 705, 1.7)),
    ):
        _heap(s, x, y, scale)
    _raker(s, 470, 600, 165)
    _raker(s, 830, 462, 76, flip=True)
    _raker(s, 196, 452, 62)
    _raker(s, 640, 402, 34, flip=True)


def _moon(s: Sheet) -> None:
    """Draw the starry sky, the moon in its two rings, and the hills."""
    s.tiers(0, 340, ((0, 1, 0.1), (0.6, 0.9, 0), (1, 0.5, 0)), 11)
    for _ in range(90):
        radius = s.dice.between(0.8, 2.3)
        s.disc(s.dice.between(0, 1200), s.dice.between(0, 240), radius, PAPER)
    s.disc(800, 165, 150, tint(0.62, 0))
    s.disc(800, 165, 112, tint(0.35, 0.12))
    s.disc(800, 165, 82, tint(0, 0.4))
    s.disc(775, 146, 15, tint(0.16, 0.42))
    s.disc(826, 190, 21, tint(0.13, 0.42))
    s.disc(818, 132, 9, tint(0.12, 0.42))
    s.cut(
        "M0 340 L0 292 Q90 262 190 288 Q270 246 380 286 Q460 270 540 298 Q660 268 760 300 "
        "Q880 262 980 288 Q1090 252 1200 290 V340Z",
        tint(1, 0.35),
    )
    s.box(0, 338, 1200, 462, tint(1, 0.3))


def _pans(s: Sheet) -> None:
    """Lay the pans in perspective, lit where the moon stands over them."""

    def across(k: float, y: float) -> float:
        return 640 + k * (y - 322)

    dice = s.dice
    edges = (340, 350, 364, 385, 416, 462, 528, 622, 756, 900)
    columns = [0.95 * (-9 + 1.02 * i) for i in range(18)]
    for row, (upper, lower) in enumerate(itertools.pairwise(edges)):
        y1, y2 = upper + (lower - upper) * 0.06, lower - (lower - upper) * 0.05
        for first, second in itertools.pairwise(columns):
            a, b = first + 0.05, second - 0.05
            middle = across((a + b) / 2, (y1 + y2) / 2)
            away = abs(middle - 800 - (y1 - 340) * 0.1)
            lit = max(0.0, 1 - away / (90 + (y1 - 340) * 0.35))
            dim = min(0.86, 0.22 + 0.3 * dice.roll() + 0.1 * abs(middle - 640) / 640)
            s.polygon(
                [
                    (across(a, y1), y1),
                    (across(b, y1), y1),
                    (across(b, y2), y2),
                    (across(a, y2), y2),
                ],
                tint(dim * (1 - lit) * 0.7, 0.2 + 0.55 * lit) if lit > 0.15 else tint(dim, 0),
            )
            for n in range(4 if lit > 0.2 and row > 1 else 0):
                y = y1 + (y2 - y1) * (0.15 + 0.2 * n)
                w = (across(b, y) - across(a, y)) * dice.between(0.2, 0.55)
                s.box(middle - w / 2 + dice.between(-8, 8), y, w, 1.5 + row * 0.7, PAPER)


def _heap(s: Sheet, x: float, y: float, scale: float) -> None:
    """Draw a cone of salt with its shaded side and its shadow."""
    with s.at(x, y, scale):
        s.cut("M-60 0 Q-30 -58 0 -84 Q34 -52 62 0 Q0 14 -60 0Z", PAPER)
        s.cut("M0 -84 Q34 -52 62 0 Q40 6 12 7 Q26 -40 0 -84Z", tint(0.52, 0))
        s.cut("M12 7 Q70 8 150 30 Q90 6 62 0Z", tint(1, 0.2), opacity=0.8)


def _raker(s: Sheet, x: float, y: float, height: float, *, flip: bool = False) -> None:
    """Draw a worker with a rake and the beam of a head lamp."""
    with s.at(x, y, height / 100, flip=flip):
        s.cut("M14 -92 L210 -20 L190 26 Z", tint(0, 0.9), opacity=0.85)
        s.disc(4, -92, 10, DARK)
        s.cut(
            "M-8 -80 Q6 -84 12 -74 L20 -44 L16 -40 L14 0 L5 0 L1 -34 L-8 0 L-17 0 L-10 -44Z", DARK
        )
        s.cut("M10 -70 L34 -52 L32 -46 L8 -58Z", DARK)
        s.line("M-10 -68 L92 -2", DARK, 3.4)
        s.cut("M78 -14 L104 8 L98 14 L74 -6Z", DARK)
        s.disc(12, -94, 5.5, MARIGOLD)
        s.disc(12, -94, 2.5, PAPER)


def cranes(s: Sheet) -> None:
    """Show four quay cranes as dotted outlines only, and a tea stall that is real."""
    s.tiers(0, 560, ((0, 1, 0.1), (0.6, 0.88, 0), (0.86, 0.6, 0.2), (1, 0.12, 0.75)), 17)
    dice = s.dice
    for _ in range(40):
        radius = dice.between(0.8, 2.2)
        s.disc(dice.between(0, 1200), dice.between(0, 220), radius, PAPER)
    x = 0.0
    while x < 1200:
        w, h = dice.between(20, 60), dice.between(12, 56)
        s.box(x, 560 - h, w + 1, h + 4, tint(0.75, 0.3))
        x += w
    s.tiers(560, 630, ((0, 0.5, 0.4), (1, 0.95, 0)), 5)
    for _ in range(24):
        w = dice.between(20, 90)
        s.box(dice.between(0, 1200), dice.between(568, 622), w, 2.4, tint(0.1, 0.6))
    stands = ((170, 1), (490, 1.04), (810, 1.04), (1120, 1))
    for cx, scale in stands:
        with s.at(cx, 640, scale):
            for path in (
                "M-72 0V-330M72 0V-330M-72 -150H72M-112 -330H172V-366H-112Z",
                "M-30 -366L0 -490L30 -366M0 -490L172 -366M0 -490L-112 -366",
                "M128 -330V-250M104 -250H152V-214H104Z",
            ):
                s.line(path, PAPER, 8.5, dash="19 11")
    s.box(0, 630, 1200, 170, DARK)
    s.line("M0 630H1200", tint(0.4, 0.6), 5)
    s.line("M0 668H1200M0 684H1200", tint(0.7, 0.3), 3)
    for cx, scale in stands:
        for side in (-80, 80):
            s.box(cx + side * scale - 17, 640, 34, 18, MARIGOLD)
    _tea_stall(s)
    person(s, 470, 796, 150, INDIGO)
    person(s, 845, 798, 158, INDIGO)
    with s.at(845, 798, 1.58):
        s.cut("M-12 -70 L-40 -96 L-36 -102 L-8 -80z", INDIGO)


def _tea_stall(s: Sheet) -> None:
    """Draw the lit stall with its seller, kettle and three glasses."""
    s.cut("M560 690L760 690L735 800H585Z", tint(0, 0.9), opacity=0.9)
    with s.at(650, 790):
        s.cut("M-120 -190Q0 -250 120 -190L110 -172H-110Z", MARIGOLD)
        s.cut("M-104 -172H104V-70H-104Z", tint(0, 0.45))
        s.line("M-104 -176V0M104 -176V0", DARK, 9)
        s.box(-118, -72, 236, 72, INDIGO)
        s.box(-118, -78, 236, 10, PAPER)
        s.cut("M40 -110q-2 -22 18 -22q20 0 18 22l-4 32h-28z", DARK)
        s.line("M76 -112q18 2 14 -14", DARK, 6)
        for x in (-90, -66, -42):
            s.cut(f"M{x} -102l3 24h12l3 -24z", DARK)
        s.disc(-4, -142, 18, DARK)
        s.cut("M-32 -74Q-34 -118 -4 -122Q26 -118 24 -74Z", DARK)
        s.line("M0 -196V-176", DARK, 4)
