"""Open ground and daily places: wells, panels, kites, the school, the fish market."""

from __future__ import annotations

import itertools

from broadsheet.demo.pictures.drawing import DARK, INDIGO, MARIGOLD, PAPER, Sheet, tint
from broadsheet.demo.pictures.figures import (
    CARRY,
    LEAN,
    REACH,
    RUN,
    SIT,
    WALK,
    bird,
    figure,
    palm,
    person,
    woman,
)
from broadsheet.demo.pictures.surroundings import glitter, hills, ripples, skyline


def well(s: Sheet) -> None:
    """Show women drawing water at a round stone well, more wells beyond."""
    s.tiers(0, 370, ((0, 0, 1), (0.6, 0, 0.7), (1, 0, 0.3)), 10)
    s.disc(900, 170, 100, PAPER)
    hills(s, 380, 310, tint(0.3, 0.45))
    s.box(0, 372, 1200, 428, tint(0.05, 0.6))
    for i in range(9):
        y = 392 + i * i * 5.6
        s.cut(
            f"M0 {y:.0f} Q600 {y - 24:.0f} 1200 {y:.0f} v{4 + i * 2} Q600 {y - 20 + i * 2:.0f} 0 {y + 4 + i * 2:.0f}Z",
            tint(0.22, 0.75),
        )
    for x, y, k in (
        (180, 410, 0.16),
        (420, 402, 0.12),
        (760, 404, 0.13),
        (1040, 420, 0.2),
        (250, 460, 0.3),
        (980, 488, 0.36),
    ):
        _ring_wall(s, x, y, k)
    palm(s, 1120, 520, 330, DARK, lean=-0.1)
    palm(s, 80, 470, 250, tint(0.85, 0.4), lean=0.14)
    s.cut("M420 640 L1200 720 V800 H640Z", tint(0.6, 0.5))
    _ring_wall(s, 560, 640, 1.35)
    s.line("M330 640 V330 M790 640 V330", DARK, 20)
    s.line("M300 340 H820", DARK, 18)
    s.disc(560, 378, 34, DARK)
    s.disc(560, 378, 14, MARIGOLD)
    s.line("M560 340 V400", DARK, 8)
    s.line("M592 380 L786 500", PAPER, 5)
    s.line("M530 380 V540", PAPER, 5)
    s.cut("M498 540 h64 l-8 56 h-48z", PAPER)
    s.cut("M538 540 h24 l-8 56 h-14z", tint(0.4, 0))
    figure(s, 880, 740, 300, LEAN, flip=True)
    s.cut("M830 560 L906 556 L936 742 H820Z", DARK)
    s.disc(838, 490, 16, DARK)
    for x, h, fill in ((250, 300, INDIGO), (150, 284, DARK)):
        woman(s, x, 760, h, fill)
        with s.at(x, 760 - h * 0.99, h / 300):
            s.line("M0 20 L44 60 L40 96", fill, 20, cap="round")
            s.cut(
                "M-44 -14 Q-52 -62 -18 -74 L-22 -86 H22 L18 -74 Q52 -62 44 -14 Q0 14 -44 -14Z",
                MARIGOLD,
            )
            s.cut("M10 -74 Q52 -62 44 -14 Q30 -4 12 0 Q34 -40 10 -74Z", tint(0.45, 1))
    for x in (1010, 1090):
        s.cut(
            f"M{x - 36} 760 Q{x - 46} 700 {x - 14} 690 v-12 h28 v12 Q{x + 46} 700 {x + 36} 760Z",
            DARK,
        )
    with s.at(400, 742):
        figure(s, -20, 28, 170, WALK)


def _ring_wall(s: Sheet, x: float, y: float, k: float) -> None:
    """Draw a stone well with the middle of its mouth at x, y - 60k."""
    with s.at(x, y, k):
        s.cut("M-180 -60 V30 Q0 130 180 30 V-60Z", PAPER)
        s.cut("M40 -60 H180 V30 Q120 66 44 78Z", tint(0.55, 0.2))
        for row in range(3):
            for i in range(-3, 4):
                bx = i * 52 + (row % 2) * 26
                drop = 46 * (1 - (bx / 190) ** 2)
                if abs(bx) < 176:
                    s.line(f"M{bx} {-50 + row * 30 + drop:.0f} v24", INDIGO, 5)
            s.line(f"M-180 {-26 + row * 28} Q0 {72 + row * 28} 180 {-26 + row * 28}", INDIGO, 5)
        s.disc(0, -60, 180, DARK, ry=54)
        s.disc(0, -52, 146, INDIGO, ry=38)
        s.disc(-30, -44, 84, tint(0.3, 0.2), ry=14)
        s.ring(0, -60, 180, PAPER, 16, ry=54)


def solar(s: Sheet) -> None:
    """Show panels floating on a lake among hills, a fishing boat in the gap."""
    s.tiers(0, 330, ((0, 0.1, 0.55), (0.5, 0, 0.8), (1, 0, 0.25)), 10)
    s.disc(300, 190, 96, PAPER)
    hills(s, 350, 220, tint(0.4, 0.4))
    hills(s, 350, 280, tint(0.8, 0.3))
    s.tiers(344, 800, ((0, 0.05, 0.5), (0.3, 0.3, 0.2), (1, 0.75, 0)), 12)
    glitter(s, 560, 352, 790, 110, fill=PAPER)
    ripples(s, 370, 790, 40, tint(0.05, 0.2))
    rows = (362, 388, 424, 476, 552, 662, 820)
    for row, (far, near) in enumerate(itertools.pairwise(rows)):
        y1, y2 = far + (near - far) * 0.12, near - (near - far) * 0.1
        for i in range(-9, 10):
            a, b = i + 0.06, i + 0.94
            if -1 <= i <= 0 or abs(i) > 8:
                continue
            corners = [_lake(a, y1), _lake(b, y1), _lake(b, y2), _lake(a, y2)]
            s.polygon([(x, y + 9 + row * 2) for x, y in corners], tint(0.5, 0.9))
            glare = i in (-3, -4) and row < 5
            s.polygon(corners, tint(0.25, 0.5) if glare else INDIGO)
            for part in (0.25, 0.5, 0.75):
                (x1, _), (x2, _) = _lake(a + (b - a) * part, y1), _lake(a + (b - a) * part, y2)
                s.line(f"M{x1:.1f} {y1:.1f} L{x2:.1f} {y2:.1f}", PAPER, 0.8 + row * 0.5)
            (x1, middle), (x2, _) = _lake(a, (y1 + y2) / 2), _lake(b, (y1 + y2) / 2)
            s.line(f"M{x1:.1f} {middle:.1f} H{x2:.1f}", PAPER, 0.8 + row * 0.5)
    with s.at(556, 600):
        s.cut("M-120 -16 Q0 26 150 -24 Q110 28 50 34 H-60 Q-106 24 -120 -16Z", DARK)
        figure(s, 50, -2, 170, REACH)
        figure(s, -50, 0, 150, SIT)
        s.line("M102 -178 L210 20", DARK, 4)
        s.cut("M-130 36 q140 22 300 -6 q-130 46 -300 6z", tint(1, 0.2), opacity=0.7)
    for x, y, k in ((760, 130, 0.9), (820, 104, 0.7), (720, 96, 0.6)):
        bird(s, x, y, k, DARK)


def _lake(across: float, y: float) -> tuple[float, float]:
    """Return the point `across` panel widths from the middle line at height y."""
    return 560 + across * (y - 300) * 0.42, y


def kite(s: Sheet) -> None:
    """Show kites over roofs with people holding the strings."""
    s.tiers(0, 800, ((0, 0.75, 0), (0.45, 0.2, 0.1), (1, 0, 0.85)), 17)
    s.disc(880, 460, 118, MARIGOLD)
    skyline(s, 640, 60, 170, tint(0.4, 0.45))
    strings = (
        (190, 540, 330, 150, 1.5, 18),
        (450, 600, 610, 210, 1.2, -14),
        (700, 560, 860, 120, 1.7, 22),
        (1010, 540, 1070, 250, 1.1, -20),
        (60, 600, 120, 330, 0.9, 8),
    )
    for hand_x, hand_y, x, y, k, turn in strings:
        s.line(
            f"M{hand_x} {hand_y} Q{(hand_x + x) / 2 + 60} {(hand_y + y) / 2 + 80} {x} {y}",
            DARK,
            2.5,
        )
        _kite(s, x, y, k, turn)
    for x, y, k, turn in (
        (480, 100, 0.5, -10),
        (730, 340, 0.45, 30),
        (250, 300, 0.4, -24),
        (980, 120, 0.42, 6),
    ):
        _kite(s, x, y, k, turn)
    for x, w, y, wall in (
        (-30, 360, 680, DARK),
        (560, 300, 700, DARK),
        (330, 240, 740, INDIGO),
        (860, 380, 680, INDIGO),
    ):
        s.box(x, y, w, 160, wall)
        s.box(x - 10, y - 26, w + 20, 12, wall)
        for post in range(int(x), int(x + w), 34):
            s.box(post, y - 20, 8, 24, wall)
        for i in range(int(w // 90)):
            s.box(x + 40 + i * 90, y + 50, 36, 50, MARIGOLD if (i + w) % 3 else tint(0.6, 0.2))
    figure(s, 160, 668, 150, REACH)
    figure(s, 80, 664, 112, CARRY)
    figure(s, 420, 722, 150, REACH)
    figure(s, 480, 720, 96, CARRY)
    figure(s, 664, 684, 156, REACH)
    woman(s, 780, 684, 136)
    figure(s, 980, 664, 150, REACH)
    figure(s, 1090, 664, 120, SIT)
    s.cut("M250 654 h60 v-60 q-30 -22 -60 0z", DARK)


def _kite(s: Sheet, x: float, y: float, k: float, turn: float) -> None:
    """Draw a paper kite with two halves and a tail."""
    with s.at(x, y, k, turn=turn):
        s.cut("M0 -70 L58 0 L0 64 L-58 0Z", MARIGOLD)
        s.cut("M0 -70 L58 0 L0 64Z", INDIGO)
        s.disc(0, -6, 17, PAPER)
        s.line("M0 -70 V64 M-58 0 Q0 -34 58 0", DARK, 3)
        s.cut("M0 58 L18 94 H-18Z", DARK)


def school(s: Sheet) -> None:
    """Show a school's bell tower at first light and children crossing the yard."""
    s.tiers(0, 560, ((0, 0.9, 0.05), (0.45, 0.45, 0.1), (0.75, 0.05, 0.7), (1, 0, 0.95)), 15)
    s.disc(250, 520, 120, PAPER)
    skyline(s, 566, 20, 80, tint(0.55, 0.4))
    s.cut("M0 560 H1200 V800 H0Z", tint(0.1, 0.7))
    s.cut("M560 600 L1200 700 V800 H900Z", tint(0.6, 0.4))
    s.box(560, 350, 640, 260, INDIGO)
    s.cut("M534 352 L600 290 H1200 V352Z", DARK)
    for x in range(790, 1200, 104):
        s.cut(
            f"M{x} 520 v-84 q30 -30 60 0 v84z", MARIGOLD if x < 900 or x > 1000 else tint(0.6, 0.1)
        )
        s.line(f"M{x + 30} 424 v96 M{x} 470 h60", DARK, 5)
    s.box(560, 540, 640, 12, PAPER)
    s.box(600, 170, 150, 440, tint(0.9, 0.25))
    s.box(600, 170, 34, 440, tint(0.2, 0.6))
    s.cut("M580 174 L675 60 L770 174Z", DARK)
    s.line("M675 60 V30", DARK, 6)
    s.cut("M622 300 V230 Q675 172 728 230 V300Z", tint(0, 0.7))
    with s.at(675, 220, turn=18):
        s.cut("M-8 -8 h16 v10 q26 6 28 44 l12 18 h-96 l12 -18 q2 -38 28 -44z", DARK)
        s.disc(0, 70, 9, DARK)
    s.line(
        "M560 210 q-16 20 0 44 M536 196 q-28 34 0 72 M790 210 q16 20 0 44 M814 196 q28 34 0 72",
        PAPER,
        7,
        cap="round",
    )
    s.line("M690 292 Q700 420 676 560", PAPER, 4)
    s.box(596, 294, 158, 12, PAPER)
    s.cut("M638 610 V470 Q675 432 712 470 V610Z", DARK)
    figure(s, 690, 640, 176, REACH, flip=True)
    children = (
        (90, 700, 150),
        (200, 740, 172),
        (330, 690, 140),
        (440, 750, 178),
        (560, 700, 132),
        (900, 720, 150),
        (1040, 760, 176),
    )
    for i, (x, y, h) in enumerate(children):
        figure(s, x, y, h, RUN if i % 3 == 2 else WALK, flip=i > 4)
        with s.at(x, y, h / 100, flip=i > 4):
            s.box(-24, -76, 15, 28, MARIGOLD if i % 2 else PAPER, r=3)
        s.cut(f"M{x} {y} l{h * 0.9:.0f} {h * 0.14:.0f} h-{h * 0.5:.0f}z", tint(0.7, 0.4))


def market(s: Sheet) -> None:
    """Show a fish market at dawn: baskets, scales, a crowd under awnings."""
    s.tiers(0, 330, ((0, 0.5, 0.1), (0.6, 0.1, 0.6), (1, 0, 0.95)), 10)
    s.disc(620, 316, 84, PAPER)
    for x in (70, 160, 420, 800, 980, 1120):
        s.line(f"M{x} 330 V{150 + x % 90}", tint(0.8, 0.3), 6)
        s.cut(f"M{x - 50} 318 h100 l-20 26 h-62z", tint(0.9, 0.4))
    s.tiers(330, 400, ((0, 0.3, 0.5), (1, 0.6, 0.1)), 3)
    s.box(0, 396, 1200, 404, tint(0.45, 0.2))
    for i in range(30):
        s.box(s.dice.between(-30, 1180), 410 + i * 13, s.dice.between(30, 120), 3, tint(0.1, 0.4))
    _shoppers(s)
    _awnings(s)
    for x in (-20, 380, 820, 1180):
        s.line(f"M{x} 250 V700", DARK, 13)
    figure(s, 230, 690, 310, CARRY)
    s.cut("M160 372 h140 l-18 -58 h-104z", MARIGOLD)
    woman(s, 980, 690, 300)
    figure(s, 1090, 690, 310, REACH, flip=True)
    s.cut("M-20 556 H1220 V640 H-20Z", INDIGO)
    s.box(-20, 636, 1240, 164, DARK)
    for i in range(12):
        _fish(s, 60 + i * 104, 596 + i % 2 * 10, 0.86, -10 if i % 2 else 8)
    _scales(s)
    _fish(s, 520, 700, 1.5, -6)
    _fish(s, 700, 742, 1.5, 5)
    for x in (120, 330, 930, 1110):
        s.cut(f"M{x - 92} 676 H{x + 92} L{x + 70} 800 H{x - 70}Z", MARIGOLD)
        s.line(
            f"M{x - 88} 704 H{x + 88} M{x - 82} 736 H{x + 82} M{x - 76} 768 H{x + 76}",
            tint(0.6, 1),
            6,
        )
        for j in range(5):
            _fish(s, x - 60 + j * 32, 668 - (j % 2) * 14, 0.72, -62 + j * 26)


def _shoppers(s: Sheet) -> None:
    """Crowd the aisle behind the stalls, some with baskets on their heads."""
    for x in range(-20, 1220, 62):
        h = s.dice.between(124, 152)
        draw = person if s.dice.roll() > 0.45 else woman
        draw(s, x + s.dice.between(-12, 12), 520, h, INDIGO if s.dice.roll() > 0.4 else DARK)
        if s.dice.roll() > 0.66:
            s.cut(f"M{x - 34} {520 - h} h68 l-12 -26 h-44z", MARIGOLD)


def _awnings(s: Sheet) -> None:
    """Stretch three striped awnings."""
    for x, w, fill in ((-60, 420, MARIGOLD), (400, 400, INDIGO), (840, 420, MARIGOLD)):
        s.cut(f"M{x + 30} 176 H{x + w - 30} L{x + w} 260 H{x}Z", fill)
        for i in range(0, 8, 2):
            a, b = x + 30 + (w - 60) * i / 8, x + w * i / 8
            s.cut(f"M{a} 176 h{(w - 60) / 8} L{b + w / 8} 260 H{b}Z", PAPER)
        for i in range(8):
            s.disc(x + w * (i + 0.5) / 8, 260, w / 16, PAPER if i % 2 == 0 else fill)


def _fish(s: Sheet, x: float, y: float, k: float, turn: float) -> None:
    """Draw a fish lying at x, y, its head to the left."""
    with s.at(x, y, k, turn=turn):
        s.cut(
            "M-60 0 Q-30 -34 20 -18 L58 -2 L84 -26 L78 2 L86 30 L58 8 Q20 32 -20 22 Q-46 16 -60 0Z",
            tint(0.55, 0),
        )
        s.cut("M-60 0 Q-20 8 40 4 L58 8 Q20 32 -20 22 Q-46 16 -60 0Z", PAPER)
        s.disc(-40, -4, 5, DARK)


def _scales(s: Sheet) -> None:
    """Draw the hanging scales in the middle stall."""
    s.line("M600 262 V330 M470 350 L730 330", DARK, 9)
    s.disc(600, 338, 15, MARIGOLD)
    for x, y in ((470, 350), (730, 330)):
        s.line(f"M{x} {y} L{x - 60} {y + 120} M{x} {y} L{x + 60} {y + 120}", DARK, 4)
        s.cut(f"M{x - 76} {y + 118} h152 q-20 44 -76 44 q-56 0 -76 -44z", DARK)
    _fish(s, 462, 462, 0.95, 6)
    _fish(s, 480, 440, 0.9, -8)
    for x in (700, 736):
        s.cut(f"M{x} 448 v-36 h32 v36z", MARIGOLD)
