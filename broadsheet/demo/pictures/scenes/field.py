"""Games: cricket under lights, a spinner at home, football, a marathon at dawn."""

from __future__ import annotations

from broadsheet.demo.pictures.drawing import DARK, INDIGO, MARIGOLD, PAPER, Sheet, tint
from broadsheet.demo.pictures.figures import CROUCH, RUN, STAND, WALK, Pose, figure, palm, person
from broadsheet.demo.pictures.surroundings import fan, glitter, ripples, skyline, stars

BOWL = Pose(
    head=(6, -91),
    neck=(3, -78),
    hip=(-6, -46),
    legs=(((16, -34), (24, -4)), ((-18, -24), (-30, -2))),
    arms=(((10, -98), (18, -120)), ((20, -66), (30, -52))),
)
KICK = Pose(
    head=(-6, -90),
    neck=(-6, -77),
    hip=(-4, -46),
    legs=(((18, -40), (38, -26)), ((-8, -22), (-12, 0))),
    arms=(((-24, -72), (-36, -60)), ((14, -66), (24, -80))),
)
STRIDE = Pose(
    head=(12, -92),
    neck=(7, -79),
    hip=(-3, -48),
    legs=(((20, -46), (22, -18)), ((-14, -26), (-40, -30))),
    arms=(((-14, -64), (-4, -48)), ((24, -66), (34, -82))),
)


def cricket(s: Sheet) -> None:
    """Show a batter and a bowler in a full ground under four light towers."""
    s.tiers(0, 480, ((0, 1, 0.1), (1, 0.8, 0)), 9)
    _beams(s)
    _crowd(s)
    for x, y, scale in ((150, 130, 1), (1050, 130, 1), (470, 180, 0.62), (740, 180, 0.62)):
        _light_tower(s, x, y, scale)
    s.cut("M-100 800 Q-40 470 600 456 Q1240 470 1300 800Z", tint(0.28, 0.75))
    for i in range(9):
        top, band = 480 + i * i * 4.6, 8 + i * 5
        s.cut(
            f"M-100 {top + 20:.0f} Q600 {top - 16:.0f} 1300 {top + 20:.0f} L1300 {top + 20 + band:.0f} "
            f"Q600 {top - 16 + band:.0f} -100 {top + 20 + band:.0f}Z",
            tint(0.42, 0.8),
        )
    s.cut("M545 560 L655 560 L720 790 L480 790Z", tint(0, 0.4))
    s.line("M520 742 H680 M538 590 H662", PAPER, 5)
    for x in (590, 600, 610):
        s.box(x - 2, 544, 4, 32, DARK)
    for x, y, w in (
        (640, 772, 120),
        (300, 652, 80),
        (930, 642, 80),
        (1080, 722, 110),
        (130, 722, 110),
    ):
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


def spinner(s: Sheet) -> None:
    """Show a young bowler spinning a ball in a room under a ceiling fan."""
    s.box(0, 0, 1200, 800, tint(0, 0.75))
    s.cut("M0 0 H1200 V110 H0Z", tint(0.85, 0.3))
    s.cut("M0 640 H1200 V800 H0Z", tint(0.55, 0.4))
    s.box(0, 628, 1200, 14, DARK)
    s.box(96, 210, 230, 330, DARK)
    s.box(112, 226, 198, 298, PAPER)
    s.line("M211 226 V524 M112 374 H310", DARK, 9)
    s.cut("M112 524 V470 Q160 430 210 466 Q260 440 310 474 V524Z", INDIGO)
    s.disc(260, 290, 34, MARIGOLD)
    s.cut("M112 640 L326 640 L520 800 H220Z", tint(0, 0.3))
    s.disc(640, 450, 330, tint(0, 0.35))
    for radius, width in ((210, 13), (272, 9), (330, 6)):
        s.line(
            f"M{640 - radius} 128 a{radius} {radius * 0.2:.0f} 0 0 1 {radius * 1.5:.0f} "
            f"-{radius * 0.17:.0f} M{640 + radius} 136 a{radius} {radius * 0.2:.0f} 0 0 1 "
            f"-{radius * 1.4:.0f} {radius * 0.14:.0f}",
            tint(0.5, 0.3),
            width,
        )
    fan(s, 640, 20, 128, 620)
    s.cut("M560 700 L1010 768 L900 786 L520 716Z", tint(1, 0.4))
    figure(s, 590, 716, 372, BOWL)
    with s.at(590, 716, 3.72):
        s.cut("M0 -99 q-13 2 -12 16 q-14 4 -20 24 q12 -2 18 -16 q8 -2 12 -10z", DARK)
        s.line("M-17 -56 H9", MARIGOLD, 5)
    _spun_ball(s, 684, 268)
    s.box(900, 400, 300, 26, DARK)
    s.box(930, 426, 18, 214, DARK)
    for x, h in ((960, 70), (1010, 96), (1062, 56)):
        s.cut(f"M{x} 400 v-{h} h30 v{h}z", INDIGO)
    s.cut("M1110 400 l-10 -44 h60 l-10 44z", PAPER)
    s.cut("M1130 356 q-40 -60 -8 -90 q10 40 14 60 q16 -50 46 -46 q-10 50 -44 76z", DARK)
    for x in (1010, 1034, 1058):
        s.box(x, 566, 11, 146, DARK)
    s.box(1000, 708, 80, 14, DARK)


def _spun_ball(s: Sheet, x: float, y: float) -> None:
    """Draw a ball with its seam and the turn it has been given."""
    for radius in (50, 68):
        s.line(
            f"M{x - radius} {y} a{radius} {radius} 0 0 1 {radius} -{radius}", DARK, 6, cap="round"
        )
        s.line(
            f"M{x + radius} {y} a{radius} {radius} 0 0 1 -{radius} {radius}", DARK, 6, cap="round"
        )
    s.disc(x, y, 33, PAPER)
    s.cut(f"M{x} {y - 33} a33 33 0 0 1 0 66 q18 -32 0 -66z", INDIGO)
    s.line(f"M{x - 22} {y - 24} Q{x + 4} {y} {x - 14} {y + 29}", DARK, 5, dash="6 4")


def football(s: Sheet) -> None:
    """Show women playing before a low stand, the far goal standing in water."""
    s.tiers(0, 330, ((0, 0, 0.2), (1, 0, 0.85)), 9)
    s.disc(240, 150, 92, PAPER)
    s.cut("M0 250 H1200 V360 H0Z", INDIGO)
    s.cut("M560 190 H1200 V214 H600Z", DARK)
    for x in (620, 790, 960, 1130):
        s.line(f"M{x} 200 V350", DARK, 9)
    for row in range(4):
        for column in range(62):
            if s.dice.roll() > 0.3:
                fill = MARIGOLD if s.dice.roll() > 0.7 else DARK if s.dice.roll() > 0.3 else PAPER
                s.disc(column * 20 + row % 2 * 10, 266 + row * 22, 8, fill)
    s.box(0, 344, 1200, 22, PAPER)
    s.box(0, 366, 1200, 434, tint(0.35, 0.75))
    for i in range(5):
        y = 384 + i * i * 22
        s.box(0, y, 1200, 14 + i * 15, tint(0.15, 0.8))
    s.cut(
        "M0 430 Q60 390 200 398 H420 Q520 404 470 430 Q380 470 180 462 Q60 462 0 480Z",
        tint(0.2, 0.05),
    )
    s.line("M150 440 V326 H350 V440", PAPER, 9)
    s.line(
        "M150 326 L180 350 H320 L350 326 M150 360 H350 M150 394 H350 M190 326 V430 M250 326 V430 M310 326 V430",
        PAPER,
        2,
    )
    s.line("M120 448 h90 M280 452 h120 M60 430 h50", INDIGO, 4)
    s.line("M-20 640 Q600 560 1220 640", PAPER, 8)
    s.ring(680, 600, 260, PAPER, 7, ry=70)
    players = (
        (210, 540, 130, RUN, False, INDIGO),
        (930, 500, 118, WALK, True, DARK),
        (1090, 560, 150, RUN, True, INDIGO),
        (480, 520, 122, STAND, False, DARK),
        (330, 700, 250, RUN, False, INDIGO),
    )
    for x, y, h, pose, flip, fill in players:
        s.cut(f"M{x} {y} l{h * 0.8:.0f} {h * 0.1:.0f} h-{h * 0.5:.0f}z", tint(0.9, 0.5))
        _player(s, x, y, h, pose, fill=fill, flip=flip)
    s.cut("M640 752 L960 786 L820 796Z", tint(0.9, 0.5))
    _player(s, 640, 750, 360, KICK, fill=DARK)
    s.disc(838, 652, 36, PAPER)
    s.cut("M838 634 l17 12 l-6 20 h-22 l-6 -20z", DARK)
    s.line(
        "M838 616 v18 M855 646 l18 -6 M849 666 l10 17 M827 666 l-10 17 M821 646 l-18 -6", DARK, 4
    )
    s.line("M772 690 q20 2 32 -10 M756 664 q22 4 36 -8", PAPER, 6, cap="round")


def _player(
    s: Sheet, x: float, y: float, h: float, pose: Pose, *, fill: str, flip: bool = False
) -> None:
    """Draw a player with tied hair, her feet at x, y."""
    figure(s, x, y, h, pose, fill=fill, flip=flip)
    with s.at(x, y, h / 100, flip=flip):
        hx, hy = pose.head
        s.line(f"M{hx - 7} {hy - 4} q-9 1 -11 15", fill, 5.5, cap="round")
        nx, ny = pose.neck
        s.line(f"M{nx - 9} {ny + 16} h18", MARIGOLD if fill == DARK else PAPER, 6)


def runner(s: Sheet) -> None:
    """Show a marathon runner on a waterside road before sunrise."""
    s.tiers(0, 470, ((0, 1, 0.1), (0.6, 0.8, 0), (0.85, 0.35, 0.3), (1, 0, 0.9)), 15)
    stars(s, 80, 260)
    s.disc(300, 464, 76, MARIGOLD)
    skyline(s, 470, 16, 66, tint(0.9, 0.3), lit=0.12)
    s.tiers(468, 580, ((0, 0.3, 0.6), (1, 0.95, 0)), 7)
    glitter(s, 300, 474, 580, 150, fill=MARIGOLD)
    ripples(s, 474, 576, 30, tint(0.3, 0.3))
    s.box(0, 572, 1200, 228, tint(0.8, 0.15))
    s.box(0, 566, 1200, 12, DARK)
    for x in range(20, 1200, 76):
        s.line(f"M{x} 566 v-34", DARK, 9)
    s.line("M0 534 H1200", DARK, 7)
    for x in (120, 520, 1010):
        s.line(f"M{x} 580 V250 q0 -40 56 -40", DARK, 11)
        s.cut(f"M{x + 40} 204 h60 l8 16 h-76z", DARK)
        s.cut(f"M{x + 34} 220 h72 L{x + 240} 690 H{x - 90}Z", tint(0, 0.85), opacity=0.55)
        s.disc(x + 72, 222, 13, PAPER)
    s.line("M0 700 H1200", PAPER, 8, dash="90 60")
    for x, y, h in ((86, 690, 190), (190, 676, 170), (-10, 700, 200)):
        s.cut(f"M{x} {y} l-{h * 0.7:.0f} {h * 0.1:.0f} h{h * 0.5:.0f}z", tint(1, 0.6))
        figure(s, x, y, h, RUN)
    palm(s, 1150, 600, 420, DARK, lean=-0.14)
    s.cut("M640 762 L240 796 H520Z", tint(1, 0.6))
    figure(s, 650, 762, 470, STRIDE)
    with s.at(650, 762, 4.7):
        s.cut("M-6 -70 L12 -76 L15 -58 L-2 -52Z", PAPER)
        s.line("M3 -66 V-57 M7 -66 L12 -68 L8 -58", INDIGO, 2)
        s.line("M3 -94 Q12 -104 21 -95", MARIGOLD, 3)
        s.line("M20 -18 h10 M-41 -30 l-3 8", PAPER, 4.5, cap="round")
    figure(s, 900, 640, 150, CROUCH, flip=True)
    s.cut("M850 600 h28 l-4 36 h-20z", PAPER)
