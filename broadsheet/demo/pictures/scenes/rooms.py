"""Indoors: the library without books, the court, the assembly, the ward."""

from __future__ import annotations

import itertools
import math

from broadsheet.demo.pictures.drawing import DARK, INDIGO, MARIGOLD, PAPER, Sheet, tint
from broadsheet.demo.pictures.figures import person
from broadsheet.demo.pictures.surroundings import fan


def library(s: Sheet) -> None:
    """Show a hall of empty shelves and readers at glowing screens."""
    s.box(0, 0, 1200, 800, tint(1, 0.35))
    s.cut("M0 0 H1200 L760 190 H440Z", DARK)
    s.line("M220 0 L510 170 M600 0 V170 M980 0 L690 170", tint(0.7, 0.3), 6)
    s.box(440, 170, 320, 360, tint(0.8, 0.3))
    s.cut("M500 460 V300 Q500 200 600 200 Q700 200 700 300 V460Z", MARIGOLD)
    s.disc(600, 316, 46, PAPER)
    s.line("M600 200 V460 M500 312 H700 M500 390 H700 M548 216 V460 M652 216 V460", DARK, 6)
    s.cut("M440 530 H760 L1200 800 H0Z", tint(0.6, 0.15))
    s.cut("M512 530 H688 L900 800 H300Z", tint(0.1, 0.75))
    s.cut("M552 530 H648 L760 800 H440Z", tint(0, 0.35))
    for flip in (False, True):
        _shelves(s, flip=flip)
    for y, k in ((556, 0.42), (620, 0.66), (724, 1.05)):
        for side in (-1, 1):
            for place in (1.0, 1.95):
                _desk(s, 600 + side * place * 250 * k, y + 40 * k, k)
    person(s, 600, 640, 108)
    with s.at(600, 640, 1.08):
        s.cut("M16 -52 h16 v20 h-16z", MARIGOLD)


def _shelves(s: Sheet, *, flip: bool) -> None:
    """Draw one wall of empty bookcases in perspective."""

    def at(depth: float, up: float) -> tuple[float, float]:
        x = 440 * depth
        return (1200 - x if flip else x), 40 + 150 * depth + (1 - up) * (800 - 400 * depth)

    s.polygon([at(0, 1), at(1, 1), at(1, 0.08), at(0, 0.08)], INDIGO)
    cases = [0, 0.3, 0.53, 0.71, 0.86, 0.97]
    for near, far in itertools.pairwise(cases):
        a, b = near + (far - near) * 0.09, far - (far - near) * 0.05
        for row in range(6):
            low, high = 0.12 + row * 0.14, 0.235 + row * 0.14
            s.polygon([at(a, high), at(b, high), at(b, low), at(a, low)], tint(0.9, 0.75))
            lip = [at(a, low + 0.016), at(b, low + 0.016), at(b, low), at(a, low)]
            s.polygon(lip, tint(0.2, 0.5))
            s.polygon(
                [at(b, high), at(b - (b - a) * 0.1, high), at(b - (b - a) * 0.1, low), at(b, low)],
                tint(0.45, 0.7),
            )


def _desk(s: Sheet, x: float, y: float, k: float) -> None:
    """Draw a reader from behind at a screen, k times full size."""
    with s.at(x, y, k):
        s.box(-112, -110, 224, 12, DARK)
        s.box(-102, -100, 10, 120, DARK)
        s.box(92, -100, 10, 120, DARK)
        s.box(-82, -226, 164, 106, DARK, r=5)
        s.box(-74, -218, 148, 90, PAPER)
        s.line("M-60 -200 h60 M-60 -186 h90 M-60 -172 h40", INDIGO, 6)
        s.box(30, -206, 34, 40, MARIGOLD)
        s.disc(0, -128, 30, DARK)
        s.cut("M-58 10 Q-62 -92 0 -98 Q62 -92 58 10Z", DARK)
        s.box(-46, -40, 92, 70, tint(0.9, 0.3), r=5)


def court(s: Sheet) -> None:
    """Show a high bench under a slow fan and bundles of files in front."""
    s.box(0, 0, 1200, 800, tint(0.3, 0.85))
    for x in range(0, 1200, 150):
        s.box(x + 12, 60, 126, 330, tint(0.5, 0.8))
        s.box(x + 24, 72, 102, 306, tint(0.38, 0.85))
    s.box(0, 0, 1200, 46, DARK)
    s.box(0, 390, 1200, 410, tint(0.78, 0.55))
    s.cut("M60 46 L250 46 L760 800 H330Z", tint(0.1, 0.75), opacity=0.55)
    s.cut("M96 120 V300 H236 V120 Q166 60 96 120Z", PAPER)
    s.line("M166 88 V300 M96 180 H236 M96 240 H236", DARK, 7)
    s.cut("M456 120 H804 V430 H456Z", DARK)
    s.cut("M474 124 H786 V430 H474Z", MARIGOLD)
    s.cut("M450 120 L630 50 L810 120Z", DARK)
    s.ring(630, 92, 13, MARIGOLD, 5)
    s.line("M630 150 V250 M570 172 H690", DARK, 7)
    s.cut("M540 214 h60 q-4 26 -30 26 q-26 0 -30 -26z", DARK)
    s.cut("M660 214 h60 q-4 26 -30 26 q-26 0 -30 -26z", DARK)
    s.line("M570 172 L542 214 M570 172 L598 214 M690 172 L662 214 M690 172 L718 214", DARK, 3)
    fan(s, 940, 40, 130, 330)
    _bench(s)
    for x, h in ((330, 250), (930, 258)):
        person(s, x, 800, h)
        with s.at(x, 800, h / 100):
            s.cut("M-6 -79 L0 -60 L6 -79 L8 -74 L2 -52 H-2 L-8 -74Z", PAPER)
    for x, count in ((470, 7), (560, 9), (650, 6), (742, 8), (120, 6), (1080, 7)):
        for i in range(count):
            _bundle(s, x + s.dice.between(-8, 8), 796 - i * 26)


def _bench(s: Sheet) -> None:
    """Draw three judges behind the high bench."""
    for x, tall in ((440, 0), (630, 16), (820, 0)):
        s.cut(
            f"M{x - 76} 470 Q{x - 74} {364 - tall} {x} {356 - tall} Q{x + 74} {364 - tall} {x + 76} 470Z",
            DARK,
        )
        s.cut(f"M{x - 12} {362 - tall} h24 l8 66 h-40z", PAPER)
        s.disc(x, 322 - tall, 34, DARK)
    s.box(270, 446, 720, 26, MARIGOLD)
    s.box(290, 472, 680, 190, INDIGO)
    for x in (312, 530, 748):
        s.box(x, 494, 200, 146, tint(0.75, 0.3))
    s.cut("M690 446 q6 -40 40 -40 l6 10 q-22 6 -26 30z", DARK)
    s.box(600, 424, 62, 22, PAPER)


def _bundle(s: Sheet, x: float, y: float) -> None:
    """Draw one tied file lying with its lower edge at y."""
    s.box(x - 54, y - 24, 108, 22, tint(0, s.dice.between(0, 0.6)))
    s.line(f"M{x - 54} {y - 17} h108 M{x - 54} {y - 9} h108", tint(0.5, 0.2), 2)
    s.box(x - 10, y - 26, 9, 25, DARK)


def parliament(s: Sheet) -> None:
    """Show a domed chamber, its curved benches and the speaker's chair."""
    s.box(0, 0, 1200, 800, tint(0.85, 0.2))
    s.cut("M150 330 Q150 -120 600 -120 Q1050 -120 1050 330Z", tint(0.45, 0.5))
    for k in range(13):
        angle = math.pi * (k + 0.5) / 13
        x, y = 600 - math.cos(angle) * 450, 330 - math.sin(angle) * 440
        s.line(f"M600 10 Q{(600 + x) / 2:.0f} {y * 0.4 - 30:.0f} {x:.0f} {y:.0f}", DARK, 6)
    s.ring(600, 330, 300, tint(0.9, 0.4), 7, ry=205)
    s.disc(600, 26, 84, PAPER, ry=34)
    s.cut("M520 30 L330 560 Q600 640 870 560 L680 30Z", tint(0, 0.75), opacity=0.55)
    s.box(110, 310, 980, 22, PAPER)
    s.box(110, 332, 980, 170, tint(0.7, 0.3))
    for x in range(130, 1080, 80):
        s.box(x, 332, 22, 170, PAPER)
        s.box(x + 14, 332, 8, 170, tint(0.5, 0.1))
    s.cut("M520 520 V330 Q520 262 600 250 Q680 262 680 330 V520Z", DARK)
    s.cut("M542 516 V344 Q542 286 600 276 Q658 286 658 344 V516Z", MARIGOLD)
    s.disc(600, 380, 25, DARK)
    s.cut("M550 500 Q548 412 600 408 Q652 412 650 500Z", DARK)
    s.box(490, 470, 220, 60, INDIGO)
    s.box(480, 462, 240, 12, PAPER)
    s.cut("M0 800 V470 Q600 600 1200 470 V800Z", tint(0.15, 0.7))
    for row in range(5):
        _benches(s, row)
    s.cut("M556 540 H644 L690 800 H510Z", tint(0, 0.35))
    person(s, 600, 622, 104)
    with s.at(600, 622, 1.04):
        s.line("M14 -70 L40 -84 L52 -104", DARK, 8, cap="round")


def _benches(s: Sheet, row: int) -> None:
    """Draw one curved row of members, nearer rows larger."""
    y, k = 520 + row * 12 + row * row * 13, 0.5 + row * 0.19
    bend = 60 + row * 16
    for side in (-1, 1):
        x = 600.0 + side * (62 + row * 26)
        while -60 < x < 1260:
            place = (x - 600) / 600
            top = y - bend * place * place + 20
            with s.at(x, top, k):
                coat = MARIGOLD if s.dice.roll() > 0.86 else DARK
                s.disc(0, -44, 17, DARK)
                if s.dice.roll() > 0.75:
                    s.cut("M-18 -48 q18 -26 36 0z", PAPER)
                s.cut("M-32 8 Q-32 -26 0 -27 Q32 -26 32 8Z", coat)
            x += side * 74 * k
    arc = f"M-20 {y - bend + 20 + 6:.0f} Q600 {y + bend + 26 - 20:.0f} 1220 {y - bend + 26:.0f}"
    s.line(arc, INDIGO, 30 * k)
    s.line(arc, tint(0.2, 0.4), 5 * k)


def hospital(s: Sheet) -> None:
    """Show a long ward with tall windows, a nurse holding a strip to the light."""
    s.box(0, 0, 1200, 800, tint(0.12, 0.25))
    s.cut("M0 0 H1200 L560 250 H470Z", tint(0.5, 0.1))
    s.cut("M470 250 H560 V440 H470Z", tint(0.5, 0.3))
    s.cut("M560 250 L1200 0 V800 L560 440Z", tint(0, 0.45))
    s.cut("M0 800 L470 440 H560 L1200 800Z", tint(0.55, 0.05))
    for near, far in ((0.02, 0.34), (0.42, 0.62), (0.68, 0.81), (0.85, 0.93)):
        _ward_window(s, near, far)
    for depth, light in ((0.1, 1.0), (0.48, 0.6), (0.72, 0.36)):
        x, y = 470 * depth + 250 * light, 800 - 360 * depth
        s.cut(
            f"M{x:.0f} {y:.0f} l{230 * light:.0f} 0 l{-20 * light:.0f} {-80 * light:.0f} "
            f"l{-170 * light:.0f} 0z",
            tint(0, 0.7),
        )
    for x, y, k in ((606, 470, 0.34), (672, 520, 0.52), (790, 606, 0.82), (990, 760, 1.3)):
        _bed(s, x, y, k)
    _nurse(s)


def _ward_window(s: Sheet, near: float, far: float) -> None:
    """Draw a tall window in the left wall between two depths (0 near, 1 far)."""

    def at(depth: float, up: float) -> tuple[float, float]:
        return 470 * depth, 800 - 360 * depth - up * (800 - 610 * depth)

    s.polygon([at(near, 0.94), at(far, 0.94), at(far, 0.28), at(near, 0.28)], MARIGOLD)
    inset = (far - near) * 0.08
    a, b = near + inset, far - inset
    s.polygon([at(a, 0.91), at(b, 0.91), at(b, 0.31), at(a, 0.31)], PAPER)
    middle = (a + b) / 2
    for p, q, width in ((at(middle, 0.91), at(middle, 0.31), 7), (at(a, 0.6), at(b, 0.6), 7)):
        s.line(f"M{p[0]:.0f} {p[1]:.0f} L{q[0]:.0f} {q[1]:.0f}", INDIGO, width * (1.2 - near))


def _bed(s: Sheet, x: float, y: float, k: float) -> None:
    """Draw a bed with a patient, its foot towards us."""
    with s.at(x, y, k):
        s.cut("M-60 10 H250 L270 40 H-80Z", tint(0.85, 0.1))
        s.line("M-60 -110 V30 M240 -150 V30 M-60 -60 H240", DARK, 10)
        s.line("M240 -150 H200 V-70", DARK, 8)
        s.box(-56, -82, 292, 34, PAPER)
        s.cut("M-56 -84 Q40 -128 150 -112 L160 -60 H-56Z", INDIGO)
        s.cut("M-56 -70 H160 V-52 H-56Z", MARIGOLD)
        s.cut("M158 -92 h66 v20 h-66z", tint(0.1, 0.3))
        s.disc(186, -108, 22, DARK)


def _nurse(s: Sheet) -> None:
    """Draw the nurse, seen from the side, raising the strip."""
    with s.at(420, 800, 5.0):
        s.cut("M-16 0 L-12 -44 Q-18 -66 -6 -78 Q6 -82 13 -74 Q20 -60 15 -44 L22 0Z", PAPER)
        s.cut("M4 0 L6 -44 Q14 -64 8 -78 Q22 -72 18 -44 L24 0Z", tint(0.45, 0.05))
        s.line("M-12 -45 H15", INDIGO, 4)
        s.line("M8 -70 L-6 -58", PAPER, 9, cap="round")
        s.line("M-4 -70 L-22 -66 L-30 -86", PAPER, 8, cap="round")
        s.line("M-30 -86 L-32 -92", DARK, 6, cap="round")
        s.box(-35, -112, 5, 20, MARIGOLD)
        s.box(-35, -112, 5, 7, INDIGO)
        s.disc(-1, -92, 10, DARK)
        s.disc(9, -93, 6, DARK)
        s.cut("M-9 -98 Q0 -108 9 -101 L8 -96 Q0 -100 -8 -95Z", PAPER)
        s.line("M2 -84 L2 -78", DARK, 6)
