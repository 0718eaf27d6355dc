"""Roofs and lanes: the water tanks, the reader under a lamp."""

from __future__ import annotations

from broadsheet.demo.pictures.drawing import DARK, INDIGO, MARIGOLD, PAPER, Sheet, tint


def tanks(s: Sheet) -> None:
    """Show water tanks on roof after roof under a marigold sky."""
    s.tiers(0, 800, ((0, 0.05, 1), (0.7, 0, 0.45), (1, 0, 0.2)), 17)
    s.disc(300, 250, 105, PAPER)
    far, far_sash = tint(0.38, 0.4), tint(0.62, 0.3)
    _house(s, 60, 190, 520, far, sash=far_sash)
    _house(s, 420, 230, 470, tint(0.34, 0.4), sash=tint(0.6, 0.3))
    _house(s, 930, 220, 500, far, sash=far_sash)
    for x, y, scale in ((480, 444, 0.8), (580, 444, 0.8), (1020, 474, 0.9)):
        _tank(s, x, y, scale, tint(0.5, 0.3), hoop=tint(0.25, 0.4))
    _house(s, 240, 230, 590, tint(0.72, 0.2), sash=tint(0.95, 0.2))
    _house(s, 640, 270, 560, tint(0.72, 0.2), sash=tint(0.95, 0.2))
    for x, y, scale in ((320, 564, 1.15), (720, 534, 1.3), (850, 534, 1.05)):
        _tank(s, x, y, scale, tint(0.85, 0.2), hoop=tint(0.4, 0.3))
    for x, w, y in ((-20, 260, 690), (470, 200, 700), (880, 340, 660)):
        _house(s, x, w, y, INDIGO, sash=tint(0.6, 0.1))
    for x, y, scale in ((90, 664, 1.7), (1000, 634, 1.9), (560, 674, 1.25)):
        _tank(s, x, y, scale, DARK, hoop=tint(0.2, 0.9))
    s.line("M170 664 H240 V700 M1090 600 H1150 V660 M610 660 V640 H660", DARK, 7)
    s.line("M1130 650 V430 M1100 470 H1160 M1108 452 H1152 M1114 434 H1146", DARK, 5)
    s.line("M-10 470 Q400 560 820 430 T1210 450", INDIGO, 3)
    for x, y in ((330, 515), (352, 517), (640, 489), (668, 480), (690, 474)):
        s.cut(f"M{x - 9} {y} q4 -14 16 -13 l7 -2 l-3 6 q-2 11 -20 9z", DARK)


def _house(s: Sheet, x: float, w: float, y: float, wall: str, *, sash: str) -> None:
    """Draw a house from roof height y down, its windows drawn by chance."""
    s.box(x, y, w, 900 - y, wall)
    s.box(x - 6, y - 10, w + 12, 13, wall)
    for row in range(int((799 - y - 40) // 74) + 1):
        for column in range(int((w - 67) // 66) + 1):
            left, top = x + 26 + column * 66, y + 40 + row * 74
            chance = s.dice.roll()
            s.box(left, top, 30, 42, MARIGOLD if chance > 0.8 else sash)
            if chance > 0.5:
                s.box(left - 4, top - 9, 38, 5, sash)


def _tank(s: Sheet, x: float, y: float, scale: float, fill: str, *, hoop: str) -> None:
    """Draw a hooped tank on its stand."""
    with s.at(x, y, scale):
        s.line("M-34 0 V26 M34 0 V26 M0 0 V26", fill, 7)
        s.box(-46, -86, 92, 88, fill, r=7)
        s.cut("M-46 -86 Q0 -112 46 -86Z", fill)
        s.box(-12, -110, 24, 10, fill)
        s.line("M-46 -62 H46 M-46 -38 H46 M-46 -14 H46", hoop, 3.5)


def lane(s: Sheet) -> None:
    """Show someone reading a broadsheet in a lane, under the only lamp."""
    s.tiers(0, 800, ((0, 0.98, 0.1), (1, 0.7, 0)), 11)
    for _ in range(40):
        radius = s.dice.between(1, 2.4)
        s.disc(s.dice.between(380, 820), s.dice.between(0, 260), radius, PAPER)
    for n, (x1, x2, haze) in enumerate(
        ((0, 250, 0.0), (250, 370, 0.12), (370, 450, 0.24), (450, 500, 0.36))
    ):
        _front(s, n, x1, x2, tint(1 - haze * 0.9, 0.28 - 0.2 * haze))
    s.cut("M0 800 L500 600 H700 L1200 800Z", tint(0.8, 0.15))
    s.cut("M600 250 L330 760 Q600 830 870 760Z", tint(0, 0.85))
    s.cut("M600 250 L440 740 Q600 780 760 740Z", tint(0, 0.4))
    for i in range(7):
        y = 606 + i * 31
        s.line(
            f"M{500 - i * 84} {y} L{700 + i * 84} {y}", tint(0.9, 0.2), 1.5 + i * 0.7, opacity=0.7
        )
    _street_lamp(s)
    _reader(s)
    with s.at(470, 762):
        s.cut("M-40 0 Q-46 -36 -20 -40 L-14 -56 L-4 -44 L8 -56 L12 -38 Q18 -20 4 -16 L4 0Z", DARK)
        s.line("M-40 -6 Q-70 -10 -66 -40", DARK, 8, cap="round")


def _front(s: Sheet, n: int, x1: float, x2: float, wall: str) -> None:
    """Draw the nth pair of house fronts, left and right of the lane."""
    s.cut(f"M{x1} {-20 + n * 84} L{x2} {40 + n * 84} V800 H{x1}Z", wall)
    s.cut(f"M{1200 - x1} {-40 + n * 96} L{1200 - x2} {26 + n * 96} V800 H{1200 - x1}Z", wall)
    w, near = x2 - x1, n < 2
    for row in range(5):
        for column in range(2 if near else 1):
            x, y = x1 + w * (0.2 + 0.42 * column), 90 + n * 74 + row * (130 - n * 18)
            pane, high = w * 0.22, 70 - n * 12
            lit = near and (n + row + column) % 5 == 1
            right = near and (n * 2 + row + column) % 6 == 2
            s.box(x, y, pane, high, MARIGOLD if lit else tint(0.62, 0.1))
            s.box(1200 - x - pane, y + 14, pane, high, MARIGOLD if right else tint(0.62, 0.1))
            if lit:
                s.line(f"M{x + pane / 2} {y} v{high} M{x} {y + high / 2} h{pane}", DARK, 5 - n)


def _street_lamp(s: Sheet) -> None:
    """Draw the lamp that hangs over the lane."""
    s.line("M380 150 Q600 210 820 130", DARK, 5)
    s.line("M600 186 V214", DARK, 6)
    s.cut("M560 232 Q600 196 640 232 L650 244 H550Z", DARK)
    s.cut("M560 244 H640 L628 306 H572Z", PAPER)
    s.line("M560 244 H640 L628 306 H572Z", DARK, 6)
    s.line("M600 244 V306 M586 244 L590 306 M614 244 L610 306", DARK, 3)
    s.cut("M570 306 H630 L624 320 H576Z", DARK)
    s.cut("M600 300 q-13 -16 0 -38 q13 22 0 38z", MARIGOLD)


def _reader(s: Sheet) -> None:
    """Draw the reader on a stool behind an open paper."""
    with s.at(590, 742):
        s.cut("M-64 0 L-52 -74 H26 L38 0 H26 L14 -58 H-40 L-52 0Z", DARK)
        s.cut("M-56 -74 Q-74 -150 -40 -196 Q-10 -216 22 -192 Q44 -160 36 -74Z", INDIGO)
        s.cut("M-40 -90 L80 -96 L96 0 H74 L60 -66 L-30 -60Z", DARK)
        s.disc(-4, -236, 34, DARK)
        s.cut(
            "M-40 -240 Q-36 -280 0 -280 Q36 -278 34 -236 Q18 -258 -6 -256 Q-28 -256 -40 -240Z",
            INDIGO,
        )
        s.line("M10 -180 L-4 -120 L60 -100", INDIGO, 26, cap="round")
        s.cut("M28 -200 L92 -214 L156 -196 L150 -76 L90 -92 L24 -80Z", PAPER)
        s.line("M92 -214 L90 -92", INDIGO, 3)
        for i in range(7):
            y = -174 + i * 13
            s.line(f"M36 {y} L84 {y - 10} M100 {y - 10} L146 {y + 2}", INDIGO, 3)
        s.line("M36 -190 L84 -201", INDIGO, 8)
