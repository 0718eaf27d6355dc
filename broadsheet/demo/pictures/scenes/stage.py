"""Arts: the cinema's foyer, the theatre, the tabla maker, the novels of the flood."""

from __future__ import annotations

from broadsheet.demo.pictures.drawing import DARK, INDIGO, MARIGOLD, PAPER, Sheet, tint
from broadsheet.demo.pictures.figures import STAND, WALK, figure, person, woman
from broadsheet.demo.pictures.surroundings import ripples, stars


def film(s: Sheet) -> None:
    """Show an audience standing in a cinema's foyer under a lit clock."""
    s.box(0, 0, 1200, 800, tint(0.95, 0.25))
    s.cut("M0 0 H1200 V90 Q600 190 0 90Z", DARK)
    for x in range(40, 1200, 56):
        y = 96 + 48 * (1 - ((x - 600) / 600) ** 2)
        s.disc(x, y - 14, 9, MARIGOLD)
    s.disc(600, 330, 300, tint(0.7, 0.45))
    s.disc(600, 330, 214, tint(0.4, 0.75))
    s.disc(600, 330, 128, DARK)
    s.disc(600, 330, 112, PAPER)
    for hour in range(12):
        with s.at(600, 330, turn=hour * 30):
            s.box(-4, -104, 8, 20, INDIGO)
    s.line("M600 330 L600 244 M600 330 L656 366", DARK, 11, cap="round")
    s.disc(600, 330, 11, MARIGOLD)
    s.cut("M0 250 H230 V610 H0Z", tint(0.75, 0.2))
    s.cut("M970 250 H1200 V610 H970Z", tint(0.75, 0.2))
    for x in (44, 1016):
        s.box(x, 286, 140, 230, PAPER)
        s.box(x + 10, 296, 120, 210, INDIGO if x < 600 else MARIGOLD)
    s.disc(114, 372, 44, MARIGOLD)
    s.cut("M54 506 V440 Q90 400 124 440 Q150 410 174 450 V506Z", DARK)
    s.cut("M1036 496 L1086 320 L1136 496Z", DARK)
    s.disc(1086, 350, 26, PAPER)
    s.cut("M330 470 H510 V640 H330Z", DARK)
    s.cut("M690 470 H870 V640 H690Z", DARK)
    for x in (344, 424, 704, 784):
        s.box(x, 484, 70, 156, tint(0, 0.7))
        s.disc(x + 35, 540, 20, DARK)
    s.cut("M0 606 H1200 V800 H0Z", tint(0.5, 0.55))
    for i in range(-6, 7):
        s.cut(f"M{600 + i * 100} 606 h50 l{24 + i * 14} 194 h-{64} z", tint(0.8, 0.4))
    _foyer_crowd(s)


def _foyer_crowd(s: Sheet) -> None:
    """Stand the audience in three ranks, some with cups and bags of peanuts."""
    for y, h, gap in ((660, 150, 82), (722, 196, 112)):
        x = -10.0
        while x < 1220:
            draw = woman if s.dice.roll() > 0.5 else person
            draw(s, x, y, h * s.dice.between(0.9, 1.06), INDIGO if y < 700 else DARK)
            x += gap * s.dice.between(0.8, 1.5)
    for x, h, flip in ((160, 300, False), (300, 286, True), (905, 304, True), (1046, 290, False)):
        figure(s, x, 830, h, STAND, flip=flip)
    woman(s, 606, 836, 292)
    person(s, 480, 834, 300)
    with s.at(480, 834, 3):
        s.cut("M16 -64 L26 -64 L24 -46 L18 -46Z", PAPER)
        s.cut("M15 -67 h12 v4 h-12z", MARIGOLD)
    for x, y in ((206, 660), (1000, 660)):
        s.cut(f"M{x} {y} l14 -46 h-28z", PAPER)
        for dx in (-8, 0, 8):
            s.disc(x + dx, y - 48, 7, MARIGOLD)


def theatre(s: Sheet) -> None:
    """Show one figure in a beam on a bare stage, the audience in front."""
    s.box(0, 0, 1200, 800, tint(1, 0.45))
    s.box(140, 60, 920, 470, tint(0.78, 0.1))
    s.cut("M140 500 H1060 L1140 600 H60Z", tint(0.6, 0.4))
    for x in range(-4, 5):
        s.line(f"M{600 + x * 116} 500 L{600 + x * 138} 600", tint(0.9, 0.4), 4)
    s.cut("M240 60 L560 60 L720 560 Q560 596 400 560Z", tint(0.1, 0.75), opacity=0.5)
    s.cut("M560 40 H640 L780 552 Q600 590 420 552Z", tint(0, 0.85))
    s.disc(600, 552, 180, PAPER, ry=30)
    s.cut("M600 552 L860 574 L850 590 L604 560Z", tint(1, 0.3))
    s.cut("M770 540 v-70 h12 v-40 h60 v40 h12 v70z", DARK)
    figure(s, 600, 552, 250, STAND)
    with s.at(600, 552, 2.5):
        s.line("M12 -72 L30 -84 L44 -76", DARK, 7.5, cap="round")
        s.cut("M38 -80 q8 -16 16 -8 q2 12 -10 12z M52 -88 l7 3 -6 3z", MARIGOLD)
    for flip in (False, True):
        with s.at(1200 if flip else 0, 0, flip=flip):
            s.cut("M0 0 H230 Q250 260 150 400 Q190 470 180 610 H0Z", MARIGOLD)
            for x, y in ((40, 600), (84, 606), (130, 604)):
                s.line(
                    f"M{x} 0 Q{x + 30} 300 {x - 16} 400 Q{x + 14} 480 {x} {y}", tint(0.45, 1), 12
                )
            s.cut("M104 396 h54 v16 h-58z", DARK)
    s.cut(
        "M0 0 H1200 V70 Q1100 150 1000 84 Q900 150 800 84 Q700 150 600 84 Q500 150 400 84 "
        "Q300 150 200 84 Q100 150 0 70Z",
        MARIGOLD,
    )
    s.line(
        "M0 66 Q100 146 200 80 Q300 146 400 80 Q500 146 600 80 Q700 146 800 80 Q900 146 1000 80 "
        "Q1100 146 1200 66",
        DARK,
        9,
    )
    s.box(0, 600, 1200, 200, DARK)
    s.box(0, 600, 1200, 8, tint(0.2, 0.8))
    for y, k, fill in ((668, 0.8, tint(1, 0.2)), (742, 1.1, tint(1, 0.6)), (838, 1.5, DARK)):
        seat = s.dice.between(-30, 10)
        while seat < 1240:
            with s.at(seat, y, k * s.dice.between(0.94, 1.06)):
                s.line("M-24 -58 a25 25 0 0 1 48 0", tint(0, 0.75), 4)
                s.disc(0, -50, 25, fill)
                s.cut("M-50 40 Q-50 -18 0 -24 Q50 -18 50 40Z", fill)
            seat += 96 * k


def tabla(s: Sheet) -> None:
    """Show a tabla maker at work in a hut on stilts above the tide."""
    s.tiers(0, 520, ((0, 1, 0.1), (0.6, 0.7, 0.1), (1, 0.2, 0.6)), 12)
    stars(s, 50, 260)
    s.disc(1010, 190, 76, tint(0, 0.35))
    s.tiers(520, 800, ((0, 0.4, 0.4), (0.3, 0.75, 0.1), (1, 1, 0)), 8)
    ripples(s, 530, 790, 50, tint(0.3, 0.2))
    for x in (190, 330, 470, 640, 790, 930):
        s.line(f"M{x} 610 V800", DARK, 22)
        s.line(f"M{x - 20} {700 + x % 30} h40", tint(0.2, 0.7), 6)
    s.line("M190 620 L330 760 M640 620 L790 760 M470 620 L330 760", DARK, 9)
    s.cut("M230 230 H900 V600 H230Z", tint(0, 0.9))
    s.cut("M440 230 H690 L800 600 H340Z", tint(0, 0.35))
    s.cut("M120 250 L560 70 L1010 250 L980 278 L560 112 L150 278Z", DARK)
    s.cut("M150 276 L560 108 L980 276Z", tint(1, 0.5))
    for x in range(220, 930, 44):
        s.line(f"M560 108 L{x} 276", tint(0.6, 0.5), 3)
    s.box(216, 250, 26, 352, DARK)
    s.box(890, 250, 26, 352, DARK)
    s.line("M560 276 V330", DARK, 5)
    s.cut("M530 330 h60 l14 34 h-88z", DARK)
    s.disc(560, 372, 17, PAPER)
    for x, k in ((300, 0.62), (384, 0.5)):
        s.line(f"M{x} 276 V{330}", DARK, 4)
        _drum(s, x, 400, k)
    for x, k in ((290, 0.9), (838, 1.0), (768, 0.72)):
        _drum(s, x, 598, k)
    s.box(110, 596, 910, 26, DARK)
    _maker(s)


def _drum(s: Sheet, x: float, y: float, k: float) -> None:
    """Draw a drum standing on y with its straps."""
    with s.at(x, y, k):
        s.cut("M-44 -104 H44 L58 0 H-58Z", INDIGO)
        for i in range(-2, 3):
            s.line(f"M{i * 19} -100 L{i * 25 + 8} -4", PAPER, 5)
        s.disc(0, -104, 46, PAPER, ry=15)
        s.disc(0, -104, 22, DARK, ry=8)
        s.box(-58, -12, 116, 14, DARK)


def _maker(s: Sheet) -> None:
    """Draw the maker, cross-legged, a hammer over the drum in his lap."""
    with s.at(560, 600):
        s.cut("M-128 0 Q-150 -40 -90 -54 L40 -70 Q120 -60 126 -28 Q128 0 100 0Z", DARK)
        s.cut("M-66 -40 Q-84 -150 -30 -186 Q26 -196 44 -150 L46 -50Z", DARK)
        s.disc(22, -214, 32, DARK)
        s.cut("M-12 -216 Q-12 -252 24 -250 Q52 -246 56 -222 Q20 -232 -12 -216Z", PAPER)
    _drum(s, 640, 586, 1.12)
    with s.at(560, 600):
        s.line("M-26 -160 L4 -100 L56 -124", DARK, 24, cap="round")
        s.line("M20 -166 L86 -196 L112 -236", DARK, 22, cap="round")
        s.line("M98 -258 L150 -214", DARK, 8)
        s.cut("M134 -240 l34 30 l-16 20 l-34 -30z", DARK)


def flood_books(s: Sheet) -> None:
    """Show three open books afloat between drowned houses, one with a reader aboard."""
    s.tiers(0, 420, ((0, 0.95, 0.05), (0.7, 0.6, 0), (1, 0.2, 0.15)), 12)
    s.disc(860, 170, 90, MARIGOLD)
    for _ in range(110):
        x, y = s.dice.between(-40, 1200), s.dice.between(-20, 760)
        s.line(f"M{x:.0f} {y:.0f} l-9 34", tint(0.1, 0), 2.4)
    for x, w, h in (
        (-20, 190, 190),
        (210, 130, 110),
        (400, 150, 70),
        (760, 120, 84),
        (960, 260, 230),
    ):
        s.box(x, 430 - h, w, h, tint(0.9, 0.3))
        s.cut(f"M{x - 18} {432 - h} L{x + w / 2} {380 - h} L{x + w + 18} {432 - h}Z", DARK)
        s.box(x + w * 0.24, 450 - h, w * 0.2, 44, MARIGOLD)
        s.box(x + w * 0.6, 450 - h, w * 0.2, 44, tint(0.5, 0.2))
    s.tiers(420, 800, ((0, 0.45, 0.3), (0.35, 0.75, 0.05), (1, 1, 0)), 11)
    ripples(s, 440, 790, 70, tint(0.25, 0.1))
    for i in range(12):
        broad = s.dice.between(60, 170)
        s.box(860 - broad / 2, 436 + i * i * 2.4, broad, 4 + i * 0.4, MARIGOLD)
    _book(s, 250, 520, 0.62, -7)
    _book(s, 930, 560, 0.85, 6)
    _book(s, 560, 690, 1.5, -3)
    figure(s, 600, 650, 190, WALK)
    s.line("M632 560 L706 760", DARK, 8, cap="round")
    s.cut("M690 726 l30 -8 l18 62 l-26 8z", DARK)
    s.line("M250 476 V410", DARK, 5)
    s.cut("M252 410 h46 l-12 16 l12 16 h-46z", MARIGOLD)
    s.cut("M908 500 Q908 474 926 472 L934 458 L942 470 L952 458 L956 476 Q962 492 950 500Z", DARK)


def _book(s: Sheet, x: float, y: float, k: float, turn: float) -> None:
    """Draw an open book floating spine down at x, y."""
    with s.at(x, y, k, turn=turn):
        s.cut("M-210 34 Q0 96 210 34 L196 60 Q0 116 -196 60Z", tint(1, 0.6), opacity=0.9)
        s.cut(
            "M-206 -46 L-190 40 Q-90 56 0 78 Q90 56 190 40 L206 -46 Q90 -40 0 4 Q-90 -40 -206 -46Z",
            DARK,
        )
        s.cut("M-196 -60 Q-80 -66 0 -14 V62 Q-84 30 -182 24Z", PAPER)
        s.cut("M196 -60 Q80 -66 0 -14 V62 Q84 30 182 24Z", tint(0.2, 0.25))
        for i in range(4):
            d = i * 17
            s.line(f"M-172 {-42 + d} Q-90 {-42 + d} -24 {-6 + d}", INDIGO, 5)
            s.line(f"M172 {-42 + d} Q90 {-42 + d} 24 {-6 + d}", INDIGO, 5)
        s.line("M0 -14 V62", DARK, 5)
        s.cut("M60 40 h22 v66 l-11 -12 l-11 12z", MARIGOLD)
