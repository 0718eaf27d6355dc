"""Sea and river: the eight, the roadstead, the whale, the mangrove, the dam, the wave."""

from __future__ import annotations

from broadsheet.demo.pictures.drawing import DARK, INDIGO, MARIGOLD, PAPER, Sheet, tint
from broadsheet.demo.pictures.figures import CARRY, RUN, SIT, bird, figure, person
from broadsheet.demo.pictures.surroundings import canopy, glitter, hills, ripples, skyline, stars

DAWN = ((0, 0.55, 0.1), (0.5, 0.2, 0.4), (1, 0, 0.95))
SEA = ((0, 0.35, 0.45), (0.3, 0.6, 0.15), (1, 1, 0))


def rowers(s: Sheet) -> None:
    """Show a rowing eight at dawn, a cargo ship standing over it."""
    s.tiers(0, 420, DAWN, 13)
    s.disc(250, 392, 96, MARIGOLD)
    skyline(s, 424, 16, 60, tint(0.6, 0.4))
    s.cut("M560 150 H1200 V450 H610 Q570 320 560 150Z", tint(1, 0.3))
    s.cut("M584 380 H1200 V450 H610 Q590 420 584 380Z", DARK)
    s.line("M560 176 H1200", PAPER, 7)
    for x, n in ((700, 3), (812, 5), (924, 4), (1036, 5), (1148, 4)):
        for i in range(n):
            fill = (MARIGOLD, tint(0.45, 0.1), PAPER, tint(0.15, 0.7))[(i + x // 112) % 4]
            s.box(x, 118 - i * 30, 104, 27, fill)
    s.line("M632 150 V70 L660 150 M612 96 h44", DARK, 7)
    s.disc(640, 240, 13, DARK)
    s.line("M640 240 L632 320", DARK, 5)
    s.tiers(420, 800, SEA, 12)
    glitter(s, 250, 428, 790, 190, fill=MARIGOLD)
    ripples(s, 470, 790, 60, tint(0.15, 0.2))
    for i in range(8):
        _oarsman(s, 170 + i * 106, 596)
    s.cut(
        "M40 600 Q120 588 300 592 H960 Q1090 588 1180 600 Q1100 626 900 630 H300 Q140 626 40 600Z",
        DARK,
    )
    s.line("M46 601 Q120 592 300 596 H960 Q1090 592 1174 601", MARIGOLD, 5)
    with s.at(1054, 596):
        s.disc(-8, -60, 17, DARK)
        s.cut("M-26 -62 q18 -24 36 -2 l-14 2z", PAPER)
        s.cut("M-36 0 Q-36 -46 -8 -46 Q18 -44 16 0Z", DARK)
        s.line("M-18 -56 l-18 6", MARIGOLD, 7)
    s.cut("M60 640 Q300 664 600 650 Q900 668 1120 640 Q900 690 600 672 Q300 690 60 640Z", PAPER)
    with s.at(150, 720):
        s.cut("M-40 0 L-12 -78 H12 L40 0Z", MARIGOLD)
        s.box(-52, -6, 104, 20, DARK)
        s.line("M0 -78 V-110", DARK, 6)


def _oarsman(s: Sheet, x: float, y: float) -> None:
    """Draw one rower leaning back on the oar."""
    with s.at(x, y):
        s.line("M0 -6 L34 -34 L66 0", DARK, 15, cap="round")
        s.line("M-4 -8 L-22 -66", DARK, 25, cap="round")
        s.line("M-20 -66 L8 -44 L22 -42", DARK, 9, cap="round")
        s.disc(-30, -96, 16, DARK)
        s.line("M26 -46 L-44 84", PAPER, 5)
        s.cut("M-40 66 l-22 44 l14 8 l22 -44z", MARIGOLD)


def harbour(s: Sheet) -> None:
    """Show stacked container ships at anchor in a crowded roadstead."""
    s.tiers(0, 400, DAWN, 13)
    s.disc(620, 372, 110, MARIGOLD)
    hills(s, 404, 350, tint(0.4, 0.4))
    s.tiers(400, 800, SEA, 12)
    glitter(s, 620, 408, 790, 210, fill=MARIGOLD)
    for x, y, k, flip in ((140, 424, 0.26, False), (1090, 424, 0.22, False)):
        _container_ship(s, x, y, k, flip=flip)
    ripples(s, 440, 790, 50, tint(0.15, 0.2))
    _container_ship(s, 880, 506, 0.62, flip=True)
    _container_ship(s, 400, 640, 0.98)
    with s.at(950, 720):
        s.cut("M-120 -26 H130 L100 26 H-96Z", DARK)
        s.cut("M-120 -26 H130 L127 -18 H-117Z", MARIGOLD)
        s.box(-70, -80, 84, 54, PAPER)
        s.box(-60, -70, 24, 22, INDIGO)
        s.box(-26, -70, 24, 22, INDIGO)
        s.box(-80, -88, 104, 9, DARK)
        s.box(28, -66, 26, 40, DARK)
        s.cut("M-140 30 q60 14 130 6 q80 12 150 -4 q-60 28 -150 20 q-90 10 -130 -22z", PAPER)
        person(s, 90, -26, 62)
    for x, y, k in ((560, 150, 1), (620, 120, 0.8), (690, 176, 0.7)):
        bird(s, x, y, k, PAPER)


def _container_ship(s: Sheet, x: float, y: float, k: float, *, flip: bool = False) -> None:
    """Draw a laden ship with its waterline's middle at x, y."""
    fills = (INDIGO, MARIGOLD, tint(0.4, 0.05), PAPER, tint(0.1, 0.6), DARK)
    with s.at(x, y, k, flip=flip):
        for column in range(9):
            for row in range(3 + (column * 7 + round(x)) % 3):
                fill = fills[int(s.dice.roll() * 6)]
                s.box(-206 + column * 53, -116 - row * 27, 50, 25, fill)
        s.box(-286, -250, 66, 166, PAPER)
        s.box(-306, -262, 104, 16, DARK)
        for row in range(4):
            s.box(-278, -234 + row * 32, 50, 12, INDIGO)
        s.cut("M-276 -262 v-36 h36 v36z", MARIGOLD)
        s.line("M-258 -298 v-40", DARK, 5)
        s.cut("M-320 -92 H350 L300 0 H-296Z", DARK)
        s.cut("M-302 -30 H316 L300 0 H-296Z", tint(0.5, 1))
        s.line("M-320 -90 H350", tint(0.3, 0.4), 5)
        s.line("M288 -58 L370 6", tint(0.9, 0.4), 4)
        s.cut(
            "M-320 4 q150 -12 300 0 q160 10 320 -4 l40 6 q-160 22 -330 14 q-200 10 -330 -16z", PAPER
        )


def whale(s: Sheet) -> None:
    """Show a whale surfacing in a dark estuary mouth, a lighthouse behind."""
    s.tiers(0, 420, ((0, 1, 0.1), (0.6, 0.85, 0), (1, 0.45, 0.15)), 12)
    stars(s, 80, 300)
    s.cut("M262 210 L1200 60 V330Z", tint(0.25, 0.75), opacity=0.8)
    s.cut("M262 210 L1200 150 V250Z", tint(0, 0.85))
    s.cut("M262 210 L0 190 V236Z", tint(0.25, 0.75))
    _lighthouse(s)
    hills(s, 424, 396, tint(0.8, 0.2))
    s.tiers(418, 800, ((0, 0.5, 0.25), (0.3, 0.8, 0), (1, 1, 0.2)), 12)
    ripples(s, 430, 790, 90, tint(0.35, 0.1))
    glitter(s, 900, 424, 560, 130, fill=MARIGOLD)
    s.cut("M330 640 Q380 470 610 446 Q860 430 960 560 Q1000 606 1010 640 Q700 690 330 640Z", DARK)
    s.cut(
        "M368 610 Q430 492 610 468 Q800 452 900 524 Q760 486 620 510 Q470 536 368 610Z",
        tint(0.75, 0.35),
    )
    s.cut("M344 628 Q420 574 560 584 Q600 620 560 650 Q430 654 344 628Z", tint(0.25, 0.1))
    for i in range(5):
        s.line(
            f"M{372 + i * 22} {640 - i} Q{440 + i * 12} {600 + i * 3} 556 {598 + i * 12}", DARK, 3.5
        )
    s.disc(590, 574, 9, PAPER)
    s.cut("M690 640 Q730 560 800 560 Q790 620 750 650Z", INDIGO)
    s.cut(
        "M1010 640 Q1040 560 1060 520 Q1000 500 984 440 Q1050 446 1080 486 Q1106 440 1176 428 "
        "Q1160 500 1096 522 Q1080 590 1072 640Z",
        DARK,
    )
    s.line(
        "M560 440 Q552 350 500 320 M560 440 Q562 340 566 296 M560 440 Q572 350 630 322",
        PAPER,
        11,
        cap="round",
    )
    for x, y in (
        (486, 330),
        (512, 302),
        (566, 272),
        (640, 334),
        (612, 300),
        (540, 286),
        (592, 282),
    ):
        s.disc(x, y, 7, PAPER)
    s.cut(
        "M270 640 q60 -22 120 -6 q140 22 300 10 q180 8 330 -6 q60 -12 110 4 q-80 34 -240 28 "
        "q-180 18 -340 4 q-180 6 -280 -34z",
        PAPER,
    )
    s.cut("M60 730 h170 l-24 34 h-120z", DARK)
    figure(s, 120, 738, 90, SIT)
    figure(s, 176, 738, 90, SIT, flip=True)
    s.line("M226 700 v36", DARK, 4)
    s.disc(226, 696, 8, MARIGOLD)


def _lighthouse(s: Sheet) -> None:
    """Draw the headland and its light."""
    s.cut("M0 420 Q70 346 180 350 Q330 344 420 420Z", DARK)
    s.cut("M228 362 L240 232 H284 L298 362Z", PAPER)
    s.cut("M235 290 H290 L293 322 H232Z", INDIGO)
    s.cut("M266 232 H284 L298 362 H272Z", tint(0.4, 0.05))
    s.box(230, 224, 64, 10, DARK)
    s.box(244, 192, 36, 34, MARIGOLD)
    s.cut("M236 192 L262 168 L288 192Z", DARK)


def forest(s: Sheet) -> None:
    """Show mangroves on their roots in shallow water, a small boat among them."""
    s.tiers(0, 460, ((0, 0.1, 0.9), (0.6, 0, 0.55), (1, 0, 0.2)), 11)
    s.disc(640, 300, 92, PAPER)
    for x, size in ((430, 150), (520, 128), (760, 140), (850, 170)):
        canopy(s, x, 470, size, tint(0.35, 0.5), light=tint(0.2, 0.6))
    s.tiers(456, 800, ((0, 0.05, 0.55), (0.4, 0.35, 0.3), (1, 0.85, 0.05)), 11)
    glitter(s, 640, 462, 700, 130, fill=PAPER)
    for x, y, k in ((350, 500, 0.72), (960, 508, 0.8)):
        _mangrove(s, x, y, k, tint(0.75, 0.35), light=tint(0.5, 0.5))
    with s.at(640, 590):
        s.cut("M-150 -20 Q0 22 160 -26 Q130 26 60 30 H-70 Q-126 22 -150 -20Z", DARK)
        figure(s, 70, 6, 150, SIT, flip=True)
        person(s, -50, 2, 158)
        s.line("M-34 -104 L-96 60", DARK, 6, cap="round")
        s.cut("M-76 -138 q26 -34 54 0z", MARIGOLD)
        s.cut("M-170 34 q160 22 340 -4 q-150 46 -340 4z", tint(1, 0.3), opacity=0.8)
    _mangrove(s, 110, 690, 1.5, DARK, light=tint(0.85, 0.45))
    _mangrove(s, 1110, 720, 1.55, DARK, light=tint(0.85, 0.45))
    ripples(s, 560, 790, 36, tint(0.1, 0.3))
    for i in range(26):
        left = 210 + i * 34 + s.dice.between(-14, 14)
        foot = 770 + s.dice.between(-40, 10)
        s.line(
            f"M{left:.0f} {foot:.0f} q-3 -20 {s.dice.between(-4, 4):.0f} -{s.dice.between(24, 54):.0f}",
            DARK,
            6,
            cap="round",
        )
    with s.at(820, 740):
        s.line("M-6 0 L0 -66 M8 0 L4 -66", DARK, 4)
        s.cut(
            "M-30 -66 Q-10 -96 18 -84 Q22 -120 32 -136 Q42 -146 50 -138 L84 -132 L50 -128 "
            "Q40 -110 38 -84 Q30 -58 -30 -66Z",
            PAPER,
        )


def _mangrove(s: Sheet, x: float, y: float, k: float, fill: str, *, light: str) -> None:
    """Draw a mangrove whose arched roots meet the water at x, y."""
    with s.at(x, y, k):
        for reach, top in (
            (-130, -90),
            (-92, -112),
            (-52, -130),
            (44, -126),
            (88, -110),
            (134, -88),
        ):
            s.line(
                f"M0 -176 Q{reach * 0.7:.0f} {top - 40} {reach} {10 + abs(reach) * 0.06:.0f}",
                fill,
                9,
            )
        for reach in (-24, 18):
            s.line(f"M0 -170 Q{reach} -70 {reach * 1.3:.0f} 12", fill, 10)
        s.line("M0 -150 Q-8 -220 -40 -270 M0 -180 Q20 -230 60 -270 M0 -160 V-290", fill, 18)
        s.cut(
            "M-190 -270 Q-200 -340 -120 -346 Q-96 -420 0 -410 Q90 -430 120 -356 Q200 -344 186 -270 "
            "Q150 -226 90 -248 Q20 -216 -50 -246 Q-130 -224 -190 -270Z",
            fill,
        )
        s.cut(
            "M-160 -300 Q-150 -334 -104 -330 Q-84 -390 -10 -392 Q-60 -366 -64 -320 Q-110 -326 -160 -300Z",
            light,
        )
        s.cut("M30 -330 Q60 -376 108 -340 Q76 -340 66 -312 Q46 -326 30 -330Z", light)


def river(s: Sheet) -> None:
    """Show a dam across a river between two states, one hilly bank per ink."""
    s.tiers(0, 300, ((0, 0, 0.7), (1, 0, 0.1)), 8)
    s.disc(610, 190, 80, PAPER)
    s.cut("M0 250 Q120 150 250 210 Q380 130 520 290 L560 800 H0Z", INDIGO)
    s.cut("M1200 230 Q1080 140 960 220 Q820 150 690 290 L640 800 H1200Z", MARIGOLD)
    s.cut("M0 330 Q160 250 330 320 Q430 330 520 300 L500 420 L0 560Z", tint(0.75, 0))
    s.cut("M1200 320 Q1040 240 880 320 Q780 330 690 296 L720 420 L1200 560Z", tint(0.1, 0.7))
    s.cut("M520 288 Q610 276 690 288 Q740 330 880 402 H330 Q480 330 520 288Z", tint(0.15, 0.1))
    for y, a, b in ((304, 540, 660), (322, 500, 700), (346, 450, 720), (374, 400, 760)):
        s.line(f"M{a} {y} h{(b - a) * 0.4:.0f} m40 3 h{(b - a) * 0.3:.0f}", tint(0.7, 0), 3.5)
    s.cut(
        "M470 560 Q600 590 730 560 Q660 620 720 680 Q780 740 720 800 H470 Q530 740 470 690 Q420 620 470 560Z",
        tint(0.2, 0.1),
    )
    s.cut("M500 600 Q600 620 690 598 L640 640 Q690 700 660 800 H610 Q640 700 590 650Z", PAPER)
    for x, y, size, fill, light in (
        *((60, 470, 110, DARK, tint(0.6, 0.1)), (160, 520, 130, DARK, tint(0.6, 0.1))),
        *((250, 620, 170, DARK, tint(0.6, 0.1)), (80, 690, 200, DARK, tint(0.6, 0.1))),
        *(
            (1130, 470, 110, tint(0.4, 1), tint(0, 0.5)),
            (1010, 540, 130, tint(0.4, 1), tint(0, 0.5)),
        ),
        *(
            (930, 640, 170, tint(0.4, 1), tint(0, 0.5)),
            (1120, 700, 200, tint(0.4, 1), tint(0, 0.5)),
        ),
    ):
        canopy(s, x, y, size, fill, light=light)
    s.cut("M270 384 H700 V404 L690 566 Q600 596 470 570 L400 470Z", PAPER)
    s.cut("M700 384 H820 V410 H800 V470 H770 V520 H740 V560 L690 566Z", tint(0.3, 0.3))
    s.cut("M262 368 H820 V388 H262Z", DARK)
    for x in range(330, 700, 74):
        s.box(x, 388, 16, 168 if 400 < x < 680 else 90, tint(0.45, 0.05))
        s.cut(f"M{x + 26} 410 h34 v44 h-34z", DARK)
    for x in (520, 594):
        s.cut(f"M{x + 8} 454 h34 q10 60 4 124 h-42 q6 -60 4 -124z", tint(0.1, 0))
    for x in (716, 744, 772, 800):
        s.line(f"M{x} 368 v-46 M{x - 6} 322 v40 M{x + 6} 326 v36", DARK, 3)
    s.line(
        "M860 404 V150 M820 160 H980 M860 150 L960 160 M840 404 h44 M860 120 V160 M860 120 L820 160",
        DARK,
        6,
    )
    s.line("M950 160 V250", DARK, 3)
    s.box(934, 250, 32, 22, DARK)
    for x, fill in ((212, MARIGOLD), (996, INDIGO)):
        s.line(f"M{x} 420 v-104", DARK, 6)
        s.cut(f"M{x} 316 h64 v40 h-64z", fill)
        s.line(f"M{x} 316 h64 v40 h-64z", DARK, 3)
    person(s, 250, 424, 62)
    person(s, 964, 426, 62)


def wave(s: Sheet) -> None:
    """Show a tall wave breaking over a sea wall before a row of huts."""
    s.tiers(0, 520, ((0, 0.85, 0.1), (0.6, 0.4, 0.05), (1, 0.05, 0.6)), 13)
    s.disc(960, 300, 84, MARIGOLD)
    for y, w in ((120, 520), (180, 380), (236, 460)):
        s.cut(f"M{1150 - w} {y} q{w / 2} -26 {w} 0 q-{w / 2} 26 -{w} 0z", tint(0.7, 0.1))
    s.cut(
        "M0 560 Q90 520 150 440 Q230 250 420 160 Q600 90 720 190 Q640 180 600 236 Q690 220 730 290 "
        "Q640 260 590 320 Q560 400 620 520 Q660 600 760 640 L760 800 H0Z",
        INDIGO,
    )
    s.cut(
        "M0 640 Q140 560 220 440 Q300 300 470 230 Q380 340 390 460 Q400 580 520 660 L0 760Z",
        tint(0.7, 0),
    )
    s.cut(
        "M0 720 Q180 640 270 500 Q300 440 350 380 Q310 500 360 600 Q400 680 480 720 L0 800Z",
        tint(0.45, 0),
    )
    s.line(
        "M150 470 Q240 270 430 190 M196 520 Q270 340 420 260 M60 620 Q170 540 220 450",
        PAPER,
        8,
        cap="round",
    )
    s.cut(
        "M420 160 Q600 90 720 190 Q790 196 776 250 Q820 280 780 318 Q760 350 722 322 Q690 340 672 310 "
        "Q640 330 622 296 Q596 306 592 270 Q560 250 590 222 Q520 170 420 160Z",
        PAPER,
    )
    for _ in range(70):
        across, up = s.dice.between(560, 900), s.dice.between(90, 420)
        s.disc(across, up, s.dice.between(2, 8), PAPER)
    s.cut("M540 640 L640 540 H1200 V800 H540Z", tint(0.3, 0.75))
    for x, k in ((790, 0.8), (910, 1.0), (1050, 1.15), (1180, 1.0)):
        with s.at(x, 560, k):
            s.box(-48, -74, 96, 76, tint(0.75, 0.4))
            s.cut("M-66 -70 L0 -130 L66 -70Z", DARK)
            s.box(-12, -50, 26, 52, MARIGOLD)
    s.cut("M520 660 L640 560 H1200 V596 H664 L580 800 H440Z", DARK)
    s.cut("M640 560 H1200 V572 H636Z", PAPER)
    for x in range(700, 1200, 90):
        s.line(f"M{x} 576 V598 M{x + 44} 598 V640", tint(0.45, 0.7), 4)
    s.box(600, 598, 600, 202, tint(0.12, 0.6))
    s.cut(
        "M470 690 Q560 600 640 596 Q700 560 730 612 Q790 610 780 660 Q720 720 640 700 Q560 730 470 690Z",
        PAPER,
    )
    figure(s, 900, 790, 190, RUN)
    figure(s, 1060, 786, 184, CARRY)
    s.box(1024, 586, 72, 40, MARIGOLD)
    s.cut("M0 780 Q200 720 420 760 Q560 730 690 790 V800 H0Z", PAPER)
