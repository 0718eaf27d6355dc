"""Work and machines: the foundry ladle, the loom, the robot arm."""

from __future__ import annotations

import math

from broadsheet.demo.pictures.drawing import DARK, INDIGO, MARIGOLD, PAPER, Sheet, tint
from broadsheet.demo.pictures.figures import LEAN, SIT, figure, person, woman


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
    s.cut("M596 250 Q650 300 648 400 L646 640 L668 640 L676 400 Q676 290 612 240Z", tint(0, 0.75))
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
    s.cut("M520 372 Q600 346 760 350 Q880 352 940 374 Q880 398 760 400 Q600 402 520 372Z", DARK)
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


def robot(s: Sheet) -> None:
    """Show an arm on a cart welding in a small workshop while people watch."""
    s.box(0, 0, 1200, 800, tint(0.9, 0.25))
    s.cut("M0 0 H1200 V60 L600 150 L0 60Z", DARK)
    for x in range(100, 1200, 250):
        s.cut(f"M{x} 120 h150 v190 h-150z", tint(0.35, 0.15))
        s.line(f"M{x + 50} 120 v190 M{x + 100} 120 v190 M{x} 182 h150 M{x} 246 h150", DARK, 6)
    s.disc(806, 470, 330, tint(0.6, 0.45))
    s.disc(806, 470, 226, tint(0.3, 0.75))
    s.disc(806, 470, 120, tint(0, 0.9))
    s.cut("M0 640 H1200 V800 H0Z", tint(0.55, 0.3))
    s.cut("M806 640 L120 760 L60 800 H620 L900 660Z", tint(0.95, 0.35))
    _arm(s)
    s.cut("M700 560 H1010 V586 H976 V680 H950 V586 H760 V680 H734 V586 H700Z", DARK)
    s.line("M740 560 V500 H970 V560 M740 530 H970 M850 500 V560", tint(0.9, 0.4), 13)
    dice = s.dice
    for _ in range(90):
        angle, away = dice.between(-3.1, 0.4), dice.between(20, 220) * dice.roll() + 12
        fall = 486 + math.sin(angle) * away * 0.9 + away * away / 900
        s.disc(
            806 + math.cos(angle) * away,
            fall,
            dice.between(1.6, 5),
            PAPER if dice.roll() > 0.5 else MARIGOLD,
        )
    s.cut(
        "M806 426 L818 472 L862 462 L828 490 L852 528 L812 508 L790 546 L788 506 L744 510 "
        "L780 486 L756 448 L794 470Z",
        PAPER,
    )
    person(s, 1060, 760, 300)
    with s.at(1060, 760, 3):
        s.cut("M-20 -96 h18 v15 h-16z", MARIGOLD)
    woman(s, 1150, 772, 290)
    figure(s, 120, 780, 310, LEAN)
    figure(s, 40, 790, 190, SIT)
    s.cut("M0 726 h110 v74 h-110z", DARK)


def _arm(s: Sheet) -> None:
    """Draw the jointed arm on a cane cart with spoked wheels."""
    s.cut("M250 610 H610 V640 H250Z", DARK)
    s.line("M250 626 L120 690", DARK, 14, cap="round")
    for x in (320, 540):
        s.ring(x, 676, 62, DARK, 15)
        for i in range(4):
            with s.at(x, 676, turn=i * 45):
                s.box(-4, -60, 8, 120, DARK)
        s.disc(x, 676, 15, MARIGOLD)
    s.cut("M360 612 L380 520 H500 L520 612Z", INDIGO)
    s.box(366, 566, 148, 14, MARIGOLD)
    s.line("M440 520 L384 300", PAPER, 62)
    s.line("M424 512 L374 316", tint(0.5, 0.1), 20)
    s.line("M384 300 L664 236", PAPER, 50)
    s.line("M390 318 L660 256", tint(0.5, 0.1), 16)
    s.line("M664 236 L764 392", PAPER, 38)
    for x, y, r in ((440, 520, 50), (384, 300, 50), (664, 236, 38)):
        s.disc(x, y, r, INDIGO)
        s.disc(x, y, r * 0.5, MARIGOLD)
        s.disc(x, y, r * 0.2, DARK)
    s.line("M756 378 L782 420", DARK, 42)
    s.line("M776 412 L802 466", MARIGOLD, 13)
    s.line("M410 560 Q250 480 330 300 Q420 170 640 200", DARK, 8)
