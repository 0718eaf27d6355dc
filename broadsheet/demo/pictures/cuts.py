"""The sizes a scene is printed at, and the screen each size is printed with.

A screen is made of a whole-number triangle of 5 and 2 (21.8° for indigo, its
mirror 68.2° for marigold, for the law's 22° and 67°), so that its dots repeat
exactly every few pixels; the files stay small because of it. `grain` is the
screen's scale: the dots lie 5.385 × grain CSS pixels apart.

Lossless WebP holds the same pixels in two thirds of a PNG's bytes (measured over
all scenes); PNG is kept where a mail program or a link preview may be the reader.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction


@dataclass(frozen=True)
class Cut:
    """One size of use; width and height are CSS pixels, density is pixels per CSS pixel."""

    name: str
    width: int
    height: int
    grain: Fraction
    density: int = 1
    close: bool = False
    levels: int = 4
    suffix: str = "webp"

    @property
    def pixels(self) -> tuple[int, int]:
        """Width and height of the file in pixels."""
        return self.width * self.density, self.height * self.density

    def at(self, density: int) -> Cut:
        """Return the same cut for a denser screen, in the four plain colours."""
        return replace(self, density=density, levels=2, suffix="webp")


WIDE = Cut("wide", 1312, 700, Fraction(1))
FRONT = Cut("front", 956, 560, Fraction(1))
LEAD = Cut("lead", 640, 440, Fraction(1), suffix="png")
PHONE = Cut("phone", 390, 292, Fraction(3, 4))
COLUMN = Cut("column", 304, 202, Fraction(2, 3))
THUMB = Cut("thumb", 120, 90, Fraction(1, 2), close=True, suffix="png")
SHARE = Cut("share", 1200, 630, Fraction(1), levels=2, suffix="png")
PORTRAIT = Cut("portrait", 112, 112, Fraction(2, 5))
PORTRAIT_SMALL = Cut("portrait-small", 72, 72, Fraction(1, 3))

SCENE_CUTS = (
    WIDE,
    FRONT,
    LEAD,
    LEAD.at(2),
    PHONE,
    PHONE.at(2),
    COLUMN,
    COLUMN.at(2),
    THUMB,
    THUMB.at(2),
    SHARE,
)
PORTRAIT_CUTS = (PORTRAIT, PORTRAIT.at(2), PORTRAIT_SMALL, PORTRAIT_SMALL.at(2))
