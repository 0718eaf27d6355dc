"""Games: cricket under lights."""

from __future__ import annotations

from broadsheet.demo.pictures.drawing import DARK, MARIGOLD, PAPER, Sheet, tint
from broadsheet.demo.pictures.figures import person


def cricket(s: Sheet) -> None:
    """Show a batter and a bowler in a full ground under four light towers."""
    s.tiers(0, 480, ((0, 1, 0.1), (1, 0.8, 0)), 9)
    _beams(s)
    _crowd(s)
    for x, y, scale in ((150, 130, 1), (1050, 130, 1), (470, 180, 0.62), (740, 180, 0.62)):
        _light_tower(s, x, y, scale)
    s.cut("M-100 800 Q-40 470 600 456 Q1240 470 1300 800Z", tint(0.28, 0.75))
    for i in range(9):
        y, band = 480 + i * i * 4.6, 8 + i * 5
        s.cut(
            f"M-100 {y + 20:.0f} Q600 {y - 16:.0f} 1300 {y + 20:.0f} L1300 {y + 20 + band:.0f} "
            f"Q600 {y - 16 + band:.0f} -100 {y + 20 + band:.0f}Z",
            tint(0.42, 0.8),
        )
    s.cut("M545 560 L655 560 L720 790 L480 790Z", tint(0, 0.4))
    s.line("M520 742 H680 M538 590 H662", PAPER, 5)
    for x in (590, 600, 610):
        s.box(x - 2, 544, 4, 32, DARK)
    for x, y, w in ((640, 772, 120), (300, 652, 80), (930, 642, 80), (1080, 722, 110), (130, 722, 110)):
        s.cut(f"M{x} {y} l{w} 12 l-{w} 0z", tint(1, 0.4), opacity=0.7)
    person(s, 640, 770, 150)
    with s.at(640, 770, 1.5):
        s.cut("M14 -68 L44 -20 L36 -12 L12 -54z", DARK)
        s.cut("M38 -22 L60 18 L50 24 L30 -14z", DARK)
    person(s, 570, 590, 82)
    with s.at(570, 590, 0.82):
        s.cut("M8 -76 L22 -120 L16 -122 L2 -80z", DARK)
    for x, y, height in (
        *((300, 650, 100), (930, 640, 98), (420, 540, 66)),
        *((790, 545, 66), (1080, 720, 128), (130, 720, 124)),
    ):
        person(s, x, y, height)
    s.disc(520, 330, 10, PAPER)


def _beams(s: Sheet) -> None:
    """Let light fall from the towers."""
    for path, fill, opacity in (
        ("M150 130 L-60 560 L700 560Z", tint(0.42, 0.5), 0.75),
        ("M1050 130 L480 560 L1290 560Z", tint(0.42, 0.5), 0.75),
        ("M470 180 L300 480 L840 480Z", tint(0.5, 0.35), 0.55),
        ("M740 180 L400 480 L930 480Z", tint(0.5, 0.35), 0.55),
    ):
        s.cut(path, fill, opacity=opacity)


def _crowd(s: Sheet) -> None:
    """Fill the stand with seven hundred people."""
    s.cut("M0 420 Q600 330 1200 420 V520 Q600 430 0 520Z", DARK)
    dice = s.dice
    for _ in range(700):
        x = dice.between(0, 1200)
        y = 420 - 90 * (1 - ((x - 600) / 600) ** 2) + dice.between(10, 84)
        radius, chance = dice.between(2, 4), dice.roll()
        fill = MARIGOLD if chance > 0.75 else PAPER if chance > 0.6 else tint(0.55, 0.25)
        s.disc(x, y, radius, fill)


def _light_tower(s: Sheet, x: float, y: float, scale: float) -> None:
    """Draw a mast with fifteen lamps."""
    with s.at(x, y, scale):
        s.cut("M-9 0 L-4 330 H4 L9 0Z", DARK)
        s.box(-74, -70, 148, 84, DARK, r=5)
        for row in range(3):
            for column in range(5):
                fill = PAPER if row == 1 or column % 2 else MARIGOLD
                s.disc(-56 + column * 28, -52 + row * 25, 10, fill)
