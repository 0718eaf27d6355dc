"""Getting about: the mango train, the bridge, bus 14, the pothole."""

from __future__ import annotations

import itertools

from broadsheet.demo.pictures.drawing import DARK, INDIGO, MARIGOLD, PAPER, Sheet, tint
from broadsheet.demo.pictures.figures import LEAN, REACH, STAND, WALK, bird, figure, person, woman
from broadsheet.demo.pictures.surroundings import canopy, glitter, hills, ripples, skyline


def train(s: Sheet) -> None:
    """Show slatted mango wagons curving away past mango trees."""
    s.tiers(0, 420, ((0, 0.35, 0.7), (0.5, 0.05, 0.85), (1, 0, 0.35)), 12)
    s.disc(330, 300, 92, PAPER)
    hills(s, 430, 352, tint(0.5, 0.35))
    hills(s, 430, 392, tint(0.75, 0.3))
    s.box(0, 424, 1200, 376, tint(0.12, 0.72))
    for y, h in ((440, 7), (462, 10), (492, 14), (534, 19), (590, 26), (664, 36)):
        s.box(0, y, 1200, h, tint(0.3, 0.75))
    for x, y, size in ((470, 446, 74), (560, 452, 92), (60, 470, 150), (210, 462, 124)):
        canopy(s, x, y, size, tint(0.9, 0.4), light=tint(0.45, 0.7))
    depths = [0.78, 1.25, 1.8, 2.42, 3.1, 3.85, 4.65, 5.5, 6.4]
    rails = [(_rail(z, 0), 210 / z) for z in depths]
    bed = [(x - w, y + w * 0.1) for (x, y), w in rails]
    s.polygon([*bed, *((x, y) for (x, y), _ in reversed(rails))], tint(0.62, 0.3))
    for front, back in reversed(list(itertools.pairwise(depths))):
        _wagon(s, front + 0.05, back)
    _mango_tree(s)
    figure(s, 452, 778, 168, REACH)
    with s.at(508, 770):
        s.cut("M-36 -38 H36 L28 8 H-28Z", DARK)
        for x in (-22, -6, 10, 24):
            s.disc(x, -42, 12, MARIGOLD)


def _mango_tree(s: Sheet) -> None:
    """Draw the near tree, its fruit hanging on long stalks."""
    s.cut("M196 800 L214 560 L150 470 L176 460 L232 530 L300 452 L318 466 L262 560 L284 800Z", DARK)
    s.cut(
        "M-20 380 Q-30 250 74 236 Q96 150 204 164 Q300 130 352 214 Q446 226 444 328 "
        "Q470 420 384 446 Q330 500 268 470 Q200 520 134 478 Q40 510 -20 450Z",
        DARK,
    )
    s.cut(
        "M10 336 Q20 270 92 262 Q116 190 200 196 Q150 226 160 262 Q100 270 96 320 Q50 310 10 336Z",
        tint(0.75, 0.5),
    )
    s.cut("M220 236 Q260 188 318 224 Q280 226 270 262 Q240 240 220 236Z", tint(0.75, 0.5))
    for x, y in ((66, 392), (128, 356), (186, 330), (214, 440), (262, 310), (330, 292), (384, 372)):
        s.line(f"M{x} {y - 30} v34", tint(0.3, 0.8), 3)
        s.cut(f"M{x} {y} q22 6 20 28 q-4 24 -22 20 q-20 -6 -16 -28 q4 -18 18 -20z", MARIGOLD)


def _rail(z: float, up: float) -> tuple[float, float]:
    """Return where the track is at depth z (1 is near), `up` units above the ground."""
    x = 320 + 900 / z + 90 * (1 - 1 / z) ** 3
    return x, 424 + (296 - up) / z


def _wagon(s: Sheet, z1: float, z2: float) -> None:
    """Draw one wagon between two depths, its door open on crates."""

    def at(part: float, up: float) -> tuple[float, float]:
        return _rail(1 / ((1 - part) / z1 + part / z2), up)

    s.polygon([at(0, 0), at(0, 46), at(1, 46), at(1, 0)], DARK)
    end = [at(0, 40), at(0, 330)]
    far = [(x + 150 / z1, y) for x, y in reversed(end)]
    s.polygon([*end, *far], DARK)
    s.polygon([at(0, 40), at(0, 330), at(1, 330), at(1, 40)], INDIGO)
    for i in range(1, 14):
        p = i / 14
        s.polygon([at(p, 66), at(p, 300), at(p + 0.03, 300), at(p + 0.03, 66)], tint(0.3, 0.15))
    s.polygon([at(0.36, 56), at(0.36, 300), at(0.66, 300), at(0.66, 56)], DARK)
    for level in (66, 122, 178):
        for p in (0.39, 0.48, 0.57):
            s.polygon(
                [at(p, level), at(p, level + 42), at(p + 0.07, level + 42), at(p + 0.07, level)],
                MARIGOLD,
            )
    s.polygon([at(0, 330), at(0, 356), at(1, 356), at(1, 330)], tint(0.2, 0.6))
    for p in (0.16, 0.3, 0.72, 0.86):
        x, y = at(p, 8)
        s.disc(x, y, 34 / z1 * (1 - 0.2 * p), DARK)
        s.disc(x, y, 14 / z1, tint(0.4, 0.5))


def bridge(s: Sheet) -> None:
    """Show a long arched bridge over an estuary and the low island beyond it."""
    s.tiers(0, 430, ((0, 0.1, 0.95), (0.6, 0.02, 0.55), (1, 0, 0.15)), 12)
    s.disc(880, 236, 84, PAPER)
    for y, w in ((120, 420), (168, 300), (300, 520)):
        s.cut(
            f"M{700 - w} {y} q{w / 2} -22 {w} -4 q{w / 2} 10 {w} 2 q-{w} 26 -{2 * w} 2z",
            tint(0.16, 0.5),
        )
    hills(s, 432, 398, tint(0.3, 0.35))
    s.tiers(430, 800, ((0, 0.25, 0.3), (0.4, 0.55, 0.1), (1, 0.9, 0)), 12)
    glitter(s, 880, 438, 780, 170, fill=PAPER)
    ripples(s, 440, 790, 60, tint(0.2, 0.2))
    s.cut("M470 452 Q560 424 690 428 Q840 420 960 440 L1010 454 Q740 472 470 452Z", tint(0.95, 0.5))
    for x, size in (
        (540, 40),
        (580, 56),
        (628, 48),
        (700, 62),
        (760, 50),
        (812, 58),
        (880, 42),
        (930, 34),
    ):
        canopy(s, x, 446, size, tint(0.95, 0.5), light=tint(0.5, 0.7))
    piers = [(_pier(i), 0.84**i) for i in range(16)]
    for (x1, k1), (x2, k2) in reversed(list(itertools.pairwise(piers))):
        _arch(s, x1, k1, x2, k2)
    s.polygon([(0, _deck(1) - 12), (1200, _deck(piers[-1][1]) - 1), (1200, 398), (0, 250)], DARK)
    for pier, k in piers[:15]:
        lamp = _deck(k) - 180 * k
        s.line(f"M{pier:.0f} {lamp + 160 * k:.0f} V{lamp:.0f} q0 -26 {44 * k:.0f} -26", DARK, 7 * k)
        s.disc(pier + 48 * k, lamp - 20 * k, 11 * k, PAPER)
    with s.at(330, 250 + 330 * 0.124):
        s.box(-70, -66, 176, 62, PAPER, r=8)
        for x in range(-58, 90, 27):
            s.box(x, -56, 20, 22, INDIGO)
        s.box(-70, -26, 176, 8, MARIGOLD)
        s.disc(-34, -4, 12, DARK)
        s.disc(70, -4, 12, DARK)
    for x, h in ((120, 76), (156, 66), (520, 50)):
        person(s, x, 255 + x * 0.124, h)
    for x, y, scale in ((640, 170, 0.9), (690, 150, 0.7), (590, 206, 0.6)):
        bird(s, x, y, scale, DARK)


def _pier(i: int) -> float:
    """Return where the ith pier stands, the near ones far apart."""
    return 1260 - 1390 * 0.84**i


def _deck(k: float) -> float:
    """Return the height of the deck's lower edge where things are k times their near size."""
    return 404 - 132 * k


def _arch(s: Sheet, x1: float, k1: float, x2: float, k2: float) -> None:
    """Draw the masonry between two piers with the arch cut out and the pier's foot."""
    top1, top2, foot1, foot2 = _deck(k1), _deck(k2), 436 + 290 * k1, 436 + 290 * k2
    w1, w2 = 40 * k1, 40 * k2
    crown = (top1 + top2) / 2 + 28 * (k1 + k2) / 2
    s.cut(
        f"M{x1 - w1:.1f} {top1:.1f} L{x2 + w2:.1f} {top2:.1f} L{x2 + w2:.1f} {foot2:.1f} "
        f"L{x2 - w2:.1f} {foot2:.1f} L{x2 - w2:.1f} {crown + 120 * k2:.1f} "
        f"Q{x2 - w2 - 6:.1f} {crown:.1f} {(x1 + x2) / 2:.1f} {crown:.1f} "
        f"Q{x1 + w1 + 6:.1f} {crown:.1f} {x1 + w1:.1f} {crown + 130 * k1:.1f} "
        f"L{x1 + w1:.1f} {foot1:.1f} L{x1 - w1:.1f} {foot1:.1f}Z",
        tint(1, 0.3),
    )
    s.box(x1 + w1 * 0.35, crown + 60 * k1, w1 * 0.65, foot1 - crown - 60 * k1, tint(0.55, 0.5))
    s.disc(x1, foot1, w1 * 1.5, DARK, ry=w1 * 0.3)


def bus(s: Sheet) -> None:
    """Show bus 14 with its conductor leaning out of the rear door."""
    s.tiers(0, 500, ((0, 0, 0.95), (1, 0, 0.4)), 10)
    s.disc(960, 190, 96, PAPER)
    skyline(s, 520, 130, 330, tint(0.34, 0.4))
    skyline(s, 540, 50, 210, tint(0.62, 0.3), lit=0.1)
    s.box(0, 536, 1200, 264, tint(0.5, 0.15))
    s.box(0, 536, 1200, 26, tint(0.85, 0.2))
    for x in range(-40, 1200, 190):
        s.cut(f"M{x} 726 h110 l-10 16 h-112z", PAPER)
    s.cut("M150 652 H1120 L1180 690 H120Z", tint(1, 0.3))
    _bus_body(s)
    _conductor(s)
    for x, h, pose in ((86, 200, WALK), (26, 188, STAND)):
        figure(s, x, 690, h, pose)
    woman(s, 146, 694, 178)
    with s.at(196, 700):
        s.cut("M-20 -10 Q-24 -34 -4 -32 L6 -46 L14 -42 L12 -34 Q18 -12 2 -8 L2 0 H-2 V-8Z", DARK)
        s.disc(10, -45, 5, MARIGOLD)


def _bus_body(s: Sheet) -> None:
    """Draw the bus, its windows full, its number and its wheels."""
    s.cut("M236 218 H1040 Q1086 218 1094 270 L1112 470 V650 H218 V238 Q218 218 236 218Z", INDIGO)
    s.cut("M236 218 H1040 Q1070 218 1082 240 H220 Q222 218 236 218Z", PAPER)
    s.box(218, 470, 894, 26, MARIGOLD)
    s.box(218, 628, 894, 24, DARK)
    for i in range(7):
        x = 408 + i * 88
        s.box(x, 282, 74, 118, tint(0, 0.75))
        if i != 4:
            s.disc(x + 40, 338, 17, DARK)
            s.cut(f"M{x + 8} 400 q4 -42 32 -42 q28 0 32 42z", DARK)
        s.line(f"M{x} 372 h74 M{x} 384 h74", INDIGO, 4)
    s.cut("M1030 282 H1078 L1094 420 H1030Z", PAPER)
    s.cut("M1056 300 a15 15 0 1 1 1 0 q20 14 22 60 h-42 q0 -46 19 -60z", DARK)
    s.box(620, 232, 190, 40, DARK)
    s.line("M700 240 V264 M694 245 L700 240", MARIGOLD, 6)
    s.line("M734 240 L718 256 H742 M734 240 V265", MARIGOLD, 6)
    s.box(1092, 560, 22, 30, MARIGOLD)
    for x in (420, 940):
        s.disc(x, 640, 70, DARK)
        s.disc(x, 640, 32, tint(0.3, 0.3))
        s.disc(x, 640, 12, DARK)


def _conductor(s: Sheet) -> None:
    """Draw the rear door with the conductor, his bag and his ticket hand."""
    s.box(250, 278, 122, 350, DARK)
    s.box(262, 290, 98, 330, tint(0, 0.85))
    s.line("M278 290 V620", DARK, 7)
    with s.at(322, 620, turn=-9):
        figure(s, 0, 0, 300, REACH, flip=True)
        s.line("M34 -216 L-44 -116", PAPER, 9)
        s.cut("M-72 -122 h58 l4 56 h-66z", MARIGOLD)
        s.line("M-72 -104 h58", DARK, 5)
        s.cut("M-32 -286 q28 -22 60 0 l2 9 h-64z", INDIGO)


def pothole(s: Sheet) -> None:
    """Show a man tamping a small patch while scooters go round him."""
    s.tiers(0, 380, ((0, 0.05, 0.9), (1, 0, 0.35)), 9)
    skyline(s, 390, 150, 330, tint(0.3, 0.45))
    skyline(s, 396, 60, 190, tint(0.7, 0.25), lit=0.08)
    s.cut("M0 384 H1200 V800 H0Z", tint(0.42, 0.08))
    s.cut("M0 384 H430 L-60 640 H0Z", tint(0.12, 0.5))
    s.cut("M1200 384 H800 L1270 640 H1200Z", tint(0.12, 0.5))
    for y, w, h in ((396, 5, 18), (430, 8, 30), (486, 13, 46)):
        s.cut(f"M{612 - w} {y} h{2 * w} l{w / 3:.0f} {h} h-{2.7 * w:.0f}z", PAPER)
    s.cut("M640 664 L1180 612 L1200 640 L690 700Z", tint(0.85, 0.1))
    s.cut(
        "M330 690 Q360 612 520 606 Q690 596 760 664 Q790 730 640 752 Q400 772 330 690Z",
        tint(0.75, 0.2),
    )
    s.cut("M370 688 Q400 632 530 628 Q670 620 722 668 Q740 716 620 732 Q420 746 370 688Z", DARK)
    s.cut("M420 690 Q450 654 540 650 Q640 646 676 676 Q680 708 590 714 Q450 722 420 690Z", MARIGOLD)
    _tamper(s)
    _scooter(s, 215, 560, 1.15)
    _scooter(s, 1000, 520, 0.95, flip=True)
    _scooter(s, 800, 440, 0.5)
    for x, y, k in ((330, 752, 1), (786, 742, 1), (838, 628, 0.8)):
        with s.at(x, y, k):
            s.cut("M-40 8 H40 L34 -4 H-34Z", DARK)
            s.cut("M-28 -4 L-6 -96 H6 L28 -4Z", MARIGOLD)
            s.cut("M-21 -34 L-15 -58 H15 L21 -34Z", PAPER)


def _tamper(s: Sheet) -> None:
    """Draw the worker leaning on his tamper."""
    figure(s, 648, 664, 330, LEAN, flip=True)
    s.line("M545 440 L560 690", DARK, 11, cap="round")
    s.box(520, 676, 80, 22, DARK)
    s.cut("M612 432 L664 426 L672 530 L610 536Z", MARIGOLD)
    s.line("M612 470 L668 464 M611 502 L671 496", PAPER, 9)
    s.cut("M548 384 q8 -40 44 -34 q32 6 28 44 l-84 -2z", MARIGOLD)


def _scooter(s: Sheet, x: float, y: float, scale: float, *, flip: bool = False) -> None:
    """Draw a scooter with its rider, both wheels on y."""
    with s.at(x, y, scale, flip=flip):
        s.cut("M-90 2 H110 L190 18 H-30Z", tint(0.85, 0.1))
        s.disc(-62, -22, 25, DARK)
        s.disc(74, -22, 25, DARK)
        s.disc(-62, -22, 9, PAPER)
        s.disc(74, -22, 9, PAPER)
        s.cut(
            "M-92 -40 Q-80 -84 -30 -82 L6 -80 L14 -44 H40 L52 -110 L66 -112 L76 -30 L20 -24 H-50Z",
            INDIGO,
        )
        s.line("M58 -108 L40 -120", DARK, 6, cap="round")
        s.cut(
            "M-46 -82 Q-58 -150 -20 -168 Q10 -164 12 -140 L44 -118 L38 -106 L0 -116 L-4 -82Z", DARK
        )
        s.line("M-16 -84 L24 -76 L18 -34", DARK, 17, cap="round")
        s.disc(4, -184, 21, MARIGOLD)
        s.cut("M6 -190 h20 v12 h-18z", DARK)
