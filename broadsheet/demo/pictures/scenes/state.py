"""The state's business: launchers on lorries at night, the treasury."""

from __future__ import annotations

from broadsheet.demo.pictures.drawing import DARK, INDIGO, MARIGOLD, PAPER, Sheet, tint
from broadsheet.demo.pictures.figures import person
from broadsheet.demo.pictures.surroundings import stars


def missile(s: Sheet) -> None:
    """Show heavy lorries with raised launchers on a plain, head lamps lit."""
    s.tiers(0, 560, ((0, 1, 0.15), (0.7, 0.85, 0), (1, 0.4, 0.2)), 13)
    stars(s, 110, 430)
    s.disc(980, 170, 74, tint(0, 0.4))
    s.disc(1012, 152, 66, tint(0.95, 0.05))
    s.cut("M0 566 L130 536 L300 556 L520 528 L760 556 L980 534 L1200 560 V600 H0Z", tint(0.85, 0.3))
    s.box(0, 560, 1200, 240, tint(1, 0.4))
    for y, h in ((590, 4), (622, 7), (668, 11), (734, 16)):
        s.box(0, y, 1200, h, tint(0.7, 0.3))
    for x, y, k in ((990, 578, 0.27), (830, 594, 0.4), (610, 622, 0.6)):
        _beam(s, x, y, k)
        _launcher(s, x, y, k)
    _beam(s, 330, 706, 1.0)
    _launcher(s, 330, 706, 1.0)
    for x, y, h in ((1020, 776, 200), (1096, 770, 190)):
        person(s, x, y, h)
        with s.at(x, y, h / 100):
            s.cut("M-12 -94 q12 -14 24 0 l3 3 h-30z", DARK)
    s.line("M1036 640 L1000 610", DARK, 12, cap="round")
    s.line("M992 616 L1008 604", MARIGOLD, 9)


def _beam(s: Sheet, x: float, y: float, k: float) -> None:
    """Throw the lorry's head lamps along the ground."""
    with s.at(x, y, k):
        s.cut("M262 -70 L760 -10 V70 L262 -44Z", tint(0.1, 0.95), opacity=0.85)


def _launcher(s: Sheet, x: float, y: float, k: float) -> None:
    """Draw a lorry with its wheels on y, its launch tubes tilted to the right."""
    with s.at(x, y, k):
        s.cut("M-290 6 H290 L340 26 H-240Z", DARK)
        s.box(-280, -92, 560, 34, DARK)
        s.line("M-280 -90 H150", tint(0.3, 0.7), 4)
        s.cut("M156 -90 V-196 H232 L276 -140 V-60 H156Z", INDIGO)
        s.cut("M180 -182 H226 L254 -142 H180Z", tint(0, 0.6))
        s.box(264, -86, 18, 30, MARIGOLD)
        with s.at(-232, -104, turn=-40):
            for row in range(2):
                for column in range(2):
                    top = -74 + row * 62 - column * 6
                    s.box(column * 8, top, 420, 54, tint(0.75, 0.35) if column else INDIGO, r=5)
            for row in range(2):
                s.box(8, -80 + row * 62, 420, 54, INDIGO, r=5)
                s.box(8, -80 + row * 62, 420, 12, tint(0.35, 0.3))
                s.box(396, -82 + row * 62, 22, 58, MARIGOLD)
                for rib in (90, 190, 290):
                    s.box(rib, -80 + row * 62, 9, 54, DARK)
        s.line("M-60 -92 L-46 -236 M-20 -92 L-46 -236", DARK, 13)
        s.cut("M-270 -92 h60 l-10 -44 h-40z", DARK)
        for wheel in (-232, -150, 20, 102, 216):
            s.disc(wheel, -38, 42, DARK)
            s.disc(wheel, -38, 19, tint(0.35, 0.35))
            s.disc(wheel, -38, 8, DARK)


def coin(s: Sheet) -> None:
    """Show a coin as tall as a house in a treasury hall, scales and strongroom beside."""
    s.box(0, 0, 1200, 800, tint(0.75, 0.2))
    s.cut("M0 0 H1200 V96 H0Z", DARK)
    for x in (20, 236, 452, 668, 884, 1100):
        s.cut(
            f"M{x + 66} 640 V260 Q{x + 66} 120 {x + 141} 116 Q{x + 216} 120 {x + 216} 260 V640Z",
            tint(0.9, 0.35),
        )
        s.box(x - 14, 100, 94, 34, PAPER)
        s.box(x, 134, 66, 520, PAPER)
        for flute in (10, 30, 50):
            s.box(x + flute, 150, 6, 490, tint(0.35, 0.1))
        s.box(x + 44, 134, 22, 520, tint(0.5, 0.1))
        s.box(x - 14, 640, 94, 22, PAPER)
    s.cut("M420 96 H780 L980 700 H220Z", tint(0.1, 0.6), opacity=0.5)
    s.box(0, 660, 1200, 140, INDIGO)
    for i, y in enumerate((660, 700, 744)):
        s.box(60 - i * 40, y, 1080 + i * 80, 14, PAPER)
    s.cut("M600 700 L1130 760 L1010 790 L520 712Z", DARK)
    s.disc(636, 420, 276, tint(0.55, 1))
    s.disc(600, 420, 276, MARIGOLD)
    s.ring(600, 420, 246, DARK, 7)
    for i in range(48):
        with s.at(600, 420, turn=i * 7.5):
            s.box(-4, -272, 8, 20, DARK)
    s.cut("M376 320 Q430 220 540 200 Q440 250 410 350Z", PAPER)
    s.line(
        "M500 300 H706 M500 362 H706 M520 300 H570 Q650 302 650 362 Q648 426 560 428 H506 L660 570",
        DARK,
        30,
    )
    _strongroom(s)
    _balance(s)
    for x, h in ((420, 132), (474, 124), (740, 136)):
        person(s, x, 758, h)
    with s.at(740, 758, 1.36):
        s.cut("M17 -44 h20 v22 h-20z", MARIGOLD)


def _strongroom(s: Sheet) -> None:
    """Draw the strongroom's round door on the right."""
    s.box(918, 380, 262, 280, DARK)
    s.disc(1048, 520, 118, tint(0.4, 0.1))
    s.disc(1048, 520, 92, INDIGO)
    for i in range(8):
        with s.at(1048, 520, turn=i * 45):
            s.disc(0, -105, 7, DARK)
    s.ring(1048, 520, 44, MARIGOLD, 9)
    s.line("M1048 458 V582 M986 520 H1110", MARIGOLD, 9, cap="round")
    s.disc(1048, 520, 13, DARK)


def _balance(s: Sheet) -> None:
    """Draw the scales on the left, one pan heavier."""
    s.cut("M150 660 h130 l-24 -26 h-82z", DARK)
    s.line("M215 640 V372 M104 420 L326 372", DARK, 12, cap="round")
    s.disc(215, 372, 17, MARIGOLD)
    for x, y in ((104, 420), (326, 372)):
        s.line(f"M{x} {y} l-42 112 M{x} {y} l42 112", DARK, 4)
        s.cut(f"M{x - 58} {y + 110} h116 q-16 36 -58 36 q-42 0 -58 -36z", DARK)
    for i in range(4):
        s.box(76 + i % 2 * 6, 512 - i * 14, 54, 12, MARIGOLD)
    s.box(304, 466, 44, 14, PAPER)
