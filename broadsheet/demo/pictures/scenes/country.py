"""Inland: the telescope on its hill."""

from __future__ import annotations

import math

from broadsheet.demo.pictures.drawing import DARK, MARIGOLD, PAPER, Sheet, tint
from broadsheet.demo.pictures.figures import person


def telescope(s: Sheet) -> None:
    """Show a lattice telescope, a lit tent and stars drawn out by a long exposure."""
    s.tiers(0, 640, ((0, 1, 0.2), (0.7, 0.95, 0), (1, 0.6, 0.1)), 13)
    dice = s.dice
    for _ in range(120):
        radius, start = dice.between(18, 900), dice.between(0, 6.28)
        end = start + dice.between(0.25, 0.7)
        chance = dice.roll()
        s.line(
            f"M{420 + math.cos(start) * radius:.1f} {250 + math.sin(start) * radius:.1f} "
            f"A{radius:.1f} {radius:.1f} 0 0 1 "
            f"{420 + math.cos(end) * radius:.1f} {250 + math.sin(end) * radius:.1f}",
            MARIGOLD if chance > 0.8 else PAPER if chance > 0.5 else tint(0.4, 0),
            round(dice.between(1.5, 4.2), 1),
            cap="round",
        )
    s.disc(420, 250, 5, PAPER)
    s.cut("M0 640 Q200 560 420 620 Q640 540 860 610 Q1040 570 1200 630 V800 H0Z", DARK)
    s.line("M760 620 L840 470 L930 620 M840 470 V620 M800 550 H885", DARK, 11)
    with s.at(840, 450, turn=-38):
        s.box(-200, -50, 330, 100, DARK)
        s.line(
            "M-200 -50 V50 M-140 -50 L-60 50 M-140 50 L-60 -50 M-50 -50 L30 50 M-50 50 L30 -50",
            tint(0.3, 0.9),
            4,
        )
        s.box(125, -62, 30, 124, DARK)
        s.box(-218, -26, 26, 52, MARIGOLD)
    s.cut("M180 640 L250 540 L330 640Z", MARIGOLD)
    s.cut("M250 540 L330 640 H268Z", tint(0.3, 1))
    s.cut("M250 540 L240 640 H262Z", DARK)
    person(s, 596, 588, 96)
    person(s, 636, 588, 86)
