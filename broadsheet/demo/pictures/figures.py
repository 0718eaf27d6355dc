"""People and birds as silhouettes, drawn 100 units tall and then scaled.

A `Pose` names the joints of a figure whose feet stand at 0, 0 and whose head is
near 0, -90; x grows to the right, y downwards.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

from broadsheet.demo.pictures.drawing import DARK, Sheet

Point: TypeAlias = tuple[float, float]
Limb: TypeAlias = tuple[Point, Point]


def person(sheet: Sheet, x: float, y: float, height: float, fill: str = DARK) -> None:
    """Stand a plain figure with its feet at x, y."""
    with sheet.at(x, y, height / 100):
        sheet.disc(0, -90, 9.5, fill)
        sheet.cut(
            "M-14 -76 Q0 -84 14 -76 L18 -40 L12 -38 L11 0 L2 0 L0 -36 L-3 0 L-12 0 L-12 -38 "
            "L-18 -40Z",
            fill,
        )


def woman(sheet: Sheet, x: float, y: float, height: float, fill: str = DARK) -> None:
    """Stand a figure in a sari, her hair in a knot."""
    with sheet.at(x, y, height / 100):
        sheet.disc(0, -90, 9, fill)
        sheet.disc(-9, -88, 5.5, fill)
        sheet.cut(
            "M-12 -77 Q0 -84 13 -76 L17 -46 L11 -44 L20 0 H-18 L-11 -44 L-17 -46Z",
            fill,
        )


@dataclass(frozen=True)
class Pose:
    """Joints of a figure: head, neck and hip, then knee-foot and elbow-hand pairs."""

    head: Point = (0, -90)
    neck: Point = (0, -77)
    hip: Point = (0, -44)
    legs: tuple[Limb, ...] = (((-4, -22), (-7, 0)), ((5, -22), (8, 0)))
    arms: tuple[Limb, ...] = (((-14, -58), (-15, -42)), ((14, -58), (15, -42)))
    build: float = 1.0


STAND = Pose()
WALK = Pose(
    legs=(((9, -24), (16, -1)), ((-6, -22), (-17, -3))),
    arms=(((-11, -58), (-16, -44)), ((11, -59), (17, -46))),
)
RUN = Pose(
    head=(12, -90),
    neck=(8, -77),
    hip=(-2, -46),
    legs=(((18, -38), (14, -13)), ((-12, -24), (-36, -22))),
    arms=(((-10, -62), (-12, -46)), ((22, -62), (30, -76))),
)
LEAN = replace(
    STAND,
    head=(20, -80),
    neck=(14, -70),
    hip=(-4, -44),
    arms=(((26, -56), (40, -48)), ((22, -54), (36, -42))),
)
REACH = replace(STAND, arms=(((-13, -58), (-15, -42)), ((20, -84), (30, -104))))
CARRY = replace(STAND, arms=(((-16, -84), (-8, -104)), ((16, -84), (8, -104))))
SIT = Pose(
    head=(2, -64),
    neck=(0, -52),
    hip=(-4, -18),
    legs=(((22, -20), (24, 0)), ((18, -18), (18, 0))),
    arms=(((10, -36), (22, -28)), ((-8, -36), (8, -24))),
)
CROUCH = Pose(
    head=(8, -62),
    neck=(4, -51),
    hip=(-10, -24),
    legs=(((12, -30), (4, 0)), ((6, -26), (-8, 0))),
    arms=(((18, -36), (28, -22)), ((14, -34), (24, -16))),
)


def figure(
    sheet: Sheet,
    x: float,
    y: float,
    height: float,
    pose: Pose,
    *,
    fill: str = DARK,
    flip: bool = False,
) -> None:
    """Draw a figure in a pose; `height` is what it would measure standing."""
    b = pose.build
    (nx, ny), (hx, hy) = pose.neck, pose.hip
    with sheet.at(x, y, height / 100, flip=flip):
        for knee, foot in pose.legs:
            sheet.line(_through((hx, hy), knee, foot), fill, 10.5 * b, cap="round")
            sheet.line(_through(foot, (foot[0] + 5, foot[1])), fill, 6 * b, cap="round")
        sheet.line(_through((nx, ny + 5), (hx, hy - 2)), fill, 23 * b, cap="round")
        for elbow, hand in pose.arms:
            sheet.line(_through((nx, ny + 4), elbow, hand), fill, 7.5 * b, cap="round")
        sheet.line(_through((nx, ny), pose.head), fill, 8 * b)
        sheet.disc(*pose.head, 9.5, fill)


def _through(*points: Point) -> str:
    """Return path commands for a line through the points."""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def bird(sheet: Sheet, x: float, y: float, scale: float, fill: str) -> None:
    """Draw a gull in flight, 52 units across at scale 1."""
    with sheet.at(x, y, scale):
        sheet.cut(
            "M-26 -6 Q-12 -16 0 0 Q12 -16 26 -6 Q12 -8 0 8 Q-12 -8 -26 -6Z",
            fill,
        )


def palm(sheet: Sheet, x: float, y: float, height: float, fill: str, *, lean: float = 0.12) -> None:
    """Plant a palm whose trunk starts at x, y and leans by `lean` of its height."""
    with sheet.at(x, y, height / 100):
        top = 100 * lean
        sheet.line(f"M0 0 Q{top * 0.2:.1f} -50 {top:.1f} -92", fill, 5.5)
        for tip_x, tip_y, bend in (
            (-38, -84, -16),
            (-30, -104, -14),
            (-8, -118, -8),
            (22, -116, 10),
            (38, -98, 16),
            (36, -76, 18),
            (-26, -68, -18),
        ):
            sheet.cut(
                f"M{top:.1f} -94 Q{top + bend:.1f} {tip_y - 14} {top + tip_x:.1f} {tip_y} "
                f"Q{top + bend * 0.8:.1f} {tip_y - 2} {top:.1f} -89Z",
                fill,
            )
