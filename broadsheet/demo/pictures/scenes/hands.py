"""Hands at work: the tea pickers on their terraces, the weaver at the loom."""

from __future__ import annotations

from broadsheet.demo.pictures.drawing import DARK, INDIGO, MARIGOLD, PAPER, Sheet, tint
from broadsheet.demo.pictures.figures import woman
from broadsheet.demo.pictures.surroundings import canopy, hills


def pickers(s: Sheet) -> None:
    """Show tea pickers with baskets on a terraced hillside."""
    s.tiers(0, 330, ((0, 0.1, 0.75), (0.6, 0, 0.7), (1, 0, 0.2)), 10)
    s.disc(330, 170, 94, PAPER)
    hills(s, 360, 210, tint(0.3, 0.35))
    hills(s, 380, 290, tint(0.6, 0.3))
    for x, y, size in ((880, 330, 120), (980, 316, 150), (700, 372, 90)):
        canopy(s, x, y, size, tint(0.9, 0.35), light=tint(0.45, 0.5))
    s.cut("M0 376 Q420 400 760 330 Q1000 280 1200 300 V800 H0Z", tint(0.15, 0.75))
    for row in range(8):
        _bushes(s, row)
        if row == 2:
            _picker(s, 560, 470, 130)
            _picker(s, 920, 424, 120)
        if row == 3:
            _picker(s, 240, 560, 170)
        if row == 4:
            _picker(s, 800, 590, 210)
        if row == 5:
            _picker(s, 440, 700, 270)
            _picker(s, 1080, 660, 240)


def _bushes(s: Sheet, row: int) -> None:
    """Draw one terrace of clipped bushes, lit from the left."""
    k = 0.42 + row * 0.17
    x = -60.0 - row * 17
    while x < 1280:
        y = 436 + row * (26 + row * 5.4) - max(x / 1200, 0) ** 1.5 * (120 - row * 6)
        w = 96 * k * s.dice.between(0.92, 1.08)
        with s.at(x, y, k):
            s.cut("M-58 40 Q-66 -14 -30 -20 Q0 -40 30 -20 Q66 -14 58 40Z", tint(0.95, 0.4))
            s.cut(
                "M-52 14 Q-52 -12 -26 -16 Q-4 -32 16 -22 Q-14 -14 -20 2 Q-40 0 -52 14Z",
                tint(0.35, 0.65),
            )
        x += w


def _picker(s: Sheet, x: float, y: float, h: float) -> None:
    """Draw a woman with a basket on her back, hung from a band at her brow."""
    woman(s, x, y, h)
    with s.at(x, y, h / 100):
        s.cut("M-14 -72 L-46 -76 L-40 -38 Q-28 -32 -14 -38Z", MARIGOLD)
        s.line("M-44 -64 L-14 -62 M-42 -54 L-14 -52", tint(0.5, 1), 3)
        s.cut("M-48 -76 q16 -14 36 4z", tint(0.7, 0.3))
        s.line("M-40 -74 L4 -97", PAPER, 2.5)
        s.line("M10 -70 L28 -58 L40 -66", DARK, 7, cap="round")
        s.cut("M-9 -92 Q-8 -104 4 -101 Q12 -98 9 -90 Q0 -98 -9 -92Z", PAPER)


def weaver(s: Sheet) -> None:
    """Show a weaver seated at a wooden handloom with striped cloth."""
    s.box(0, 0, 1200, 800, tint(0.35, 0.65))
    s.box(0, 660, 1200, 140, tint(0.8, 0.45))
    s.box(820, 120, 260, 300, DARK)
    s.box(838, 138, 224, 264, PAPER)
    s.line("M950 138 V402 M838 270 H1062", DARK, 9)
    s.disc(1000, 210, 36, MARIGOLD)
    s.cut("M838 402 L1062 402 L620 800 H180Z", tint(0, 0.7), opacity=0.6)
    s.line("M300 90 V720 M760 60 V720 M1010 470 V720", DARK, 26)
    s.line("M260 100 H800 M280 690 H1030", DARK, 24)
    for i in range(17):
        s.line(
            f"M{560 - i * 0.4} {402 + i * 3.4} L1006 {470 + i * 1.6}",
            PAPER if i % 3 else MARIGOLD,
            3,
        )
    for x in (620, 680):
        s.line(f"M{x} 112 V330", DARK, 6)
        s.box(x - 14, 326, 28, 160, DARK)
        for y in range(338, 480, 12):
            s.box(x - 10, y, 20, 4, tint(0, 0.5))
    s.line("M540 112 L556 300", DARK, 9)
    s.box(530, 300, 46, 190, INDIGO)
    s.box(540, 312, 26, 166, tint(0.2, 0.5))
    s.cut("M330 470 L552 404 L552 452 L344 536Z", PAPER)
    for i in range(8):
        a, b = i / 8, (i + 0.5) / 8
        fill = (INDIGO, MARIGOLD)[i % 2]
        s.polygon(
            [
                (330 + 222 * a, 470 - 66 * a),
                (330 + 222 * b, 470 - 66 * b),
                (344 + 208 * b, 536 - 84 * b),
                (344 + 208 * a, 536 - 84 * a),
            ],
            fill,
        )
    s.disc(336, 504, 40, DARK)
    for i in range(5):
        s.cut(f"M{312 + i * 10} 520 h10 v{150 - i * 6} h-10z", (INDIGO, MARIGOLD, PAPER)[i % 3])
    s.disc(1008, 490, 46, DARK)
    s.disc(1008, 490, 22, MARIGOLD)
    _seated_weaver(s)
    s.line("M600 690 L470 610 M660 690 L470 640", DARK, 12)
    for x, fill in ((900, MARIGOLD), (960, INDIGO), (1110, MARIGOLD), (1160, PAPER)):
        s.cut(f"M{x - 28} 790 L{x} 690 L{x + 28} 790Z", fill)
        s.box(x - 7, 672, 14, 24, DARK)


def _seated_weaver(s: Sheet) -> None:
    """Draw the weaver on a bench from the side, both hands on the loom."""
    with s.at(190, 700):
        s.box(-90, -90, 190, 22, DARK)
        s.line("M-70 -80 V20 M80 -80 V20", DARK, 16)
        s.line("M0 -110 L130 -120 L150 -10", DARK, 46, cap="round")
        s.line("M150 -10 L196 -4", DARK, 24, cap="round")
        s.cut("M-56 -84 Q-84 -230 -34 -296 Q10 -330 50 -290 Q70 -220 50 -84Z", INDIGO)
        s.line("M14 -270 L96 -190 L196 -244", DARK, 30, cap="round")
        s.line("M24 -280 L130 -230 L330 -286", DARK, 28, cap="round")
        s.line("M10 -300 L18 -340", DARK, 28)
        s.disc(24, -362, 42, DARK)
        s.disc(-22, -370, 22, DARK)
        s.line("M-34 -250 Q10 -180 50 -110", MARIGOLD, 12)
