"""Work and machines: the foundry ladle, the loom."""

from __future__ import annotations

import math

from broadsheet.demo.pictures.drawing import DARK, INDIGO, MARIGOLD, PAPER, Sheet, tint
from broadsheet.demo.pictures.figures import person


def steel(s: Sheet) -> None:
    """Show a ladle pouring metal while two workers watch."""
    s.box(0, 0, 1200, 800, tint(1, 0.25))
    s.disc(640, 560, 420, tint(0.82, 0.4))
    s.disc(640, 560, 310, tint(0.55, 0.7))
    s.disc(640, 570, 200, tint(0.2, 0.95))
    s.box(0, 0, 1200, 70, DARK)
    s.line("M0 70 H1200", tint(0.6, 0.2), 4)
    for x in range(0, 1200, 80):
        s.line(f"M{x} 0 L{x + 40} 70 L{x + 80} 0", tint(0.7, 0.2), 5)
    s.line("M330 70 V190 M560 70 V160", DARK, 14)
    with s.at(450, 320, turn=24):
        s.cut("M-170 -140 H170 L130 120 H-130Z", DARK)
        s.cut("M-182 -154 H184 V-124 H-182Z", tint(0.95, 0.5))
        s.line("M-150 -70 H152 M-140 0 H142 M-132 70 H134", tint(0.65, 0.4), 6)
        s.disc(0, -14, 32, tint(0.7, 0.3))
    s.cut(
        "M596 250 Q650 300 648 400 L646 640 L668 640 L676 400 Q676 290 612 240Z", tint(0, 0.75)
    )
    s.cut("M606 254 Q664 300 660 400 L656 640 H660 L668 400 Q668 296 612 250Z", PAPER)
    s.cut("M480 640 H840 L800 800 H520Z", DARK)
    s.cut("M480 640 H840 V656 H480Z", MARIGOLD)
    dice = s.dice
    for _ in range(150):
        angle = dice.between(-3.0, -0.1)
        away = dice.between(30, 330) * dice.roll() + 30
        radius = dice.between(1.4, 5)
        fill = MARIGOLD if dice.roll() > 0.4 else PAPER
        s.disc(660 + math.cos(angle) * away * 1.2, 640 + math.sin(angle) * away * 0.8, radius, fill)
    for x, height in ((960, 250), (1070, 226)):
        person(s, x, 800, height)
        with s.at(x, 800, height / 100):
            s.cut("M-13 -94 h26 v-6 q-13 -10 -26 0z", DARK)
    with s.at(1070, 800, 2.26):
        s.cut("M-14 -72 L-60 -58 L-60 -52 L-14 -60z", DARK)
    s.cut("M0 800 V520 H120 V590 H250 V800Z", DARK)
    s.line("M0 540 H120 M120 610 H250", tint(0.6, 0.4), 4)


def loom(s: Sheet) -> None:
    """Show warp, shuttle and the figured cloth that comes of them."""
    s.box(0, 0, 1200, 800, PAPER)
    for x in range(0, 1200, 10):
        s.box(x + (1 if x % 20 else 0), 0, 3.2 if x % 30 else 4.5, 420, tint(0.85 if x % 50 else 1))
    s.box(0, 120, 1200, 30, DARK)
    s.box(0, 150, 1200, 5, MARIGOLD)
    s.box(0, 300, 1200, 46, DARK)
    for x in range(6, 1200, 12):
        s.box(x, 304, 4, 38, tint(0, 0.35))
    s.box(0, 400, 1200, 400, INDIGO)
    side = 16
    for row in range(25):
        for column in range(75):
            fill = _figure_thread((column + 37.5) % 25 - 12, (row + 2) % 25 - 12)
            if fill:
                y = 400 + row * side + s.dice.between(-3, 3)
                s.box(column * side, y, side, side + 0.5, fill)
    for y in range(400, 800, 4):
        s.box(0, y, 1200, 1, tint(0.3, 0.1), opacity=0.45)
    s.line("M0 372 L560 376", MARIGOLD, 6)
    s.cut(
        "M520 372 Q600 346 760 350 Q880 352 940 374 Q880 398 760 400 Q600 402 520 372Z", DARK
    )
    s.box(630, 362, 210, 25, MARIGOLD, r=12)
    for x in range(640, 832, 10):
        s.box(x, 362, 3, 25, tint(0.55, 1))


def _figure_thread(u: float, v: float) -> str:
    """Return the colour of the cloth's diamond figure at u, v threads from its middle."""
    corner = abs(abs(u) - 12.5) + abs(abs(v) - 12)
    if corner < 4:
        return DARK if corner < 2 else MARIGOLD
    middle = abs(u) + abs(v)
    for limit, fill in ((3, PAPER), (5, MARIGOLD), (7, DARK), (9, ""), (11, PAPER), (12, "")):
        if middle < limit:
            return fill
    return MARIGOLD if middle < 13 else ""
