"""A scene: how to draw it, where to crop it, and the register of all scenes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from broadsheet.demo.pictures.cuts import PORTRAIT_CUTS, SCENE_CUTS, Cut
from broadsheet.demo.pictures.drawing import HEIGHT, WIDTH, Sheet

Box: TypeAlias = tuple[float, float, float, float]


@dataclass(frozen=True)
class Scene:
    """A drawing with the point that every crop keeps, in sheet units.

    `closeness` is how much nearer the thumb cut comes, around `near` where that is
    not the focus; `black` prints the first
    plate in black, for reconstructions of old pages.
    """

    name: str
    draw: Callable[[Sheet], None]
    focus: tuple[float, float] = (600, 400)
    closeness: float = 1.4
    near: tuple[float, float] | None = None
    seed: int = 7
    black: bool = False
    sheet: tuple[float, float] = (WIDTH, HEIGHT)

    @property
    def cuts(self) -> tuple[Cut, ...]:
        """The cuts this scene is printed at."""
        return SCENE_CUTS if self.sheet == (WIDTH, HEIGHT) else PORTRAIT_CUTS

    @cached_property
    def markup(self) -> str:
        """The drawing as SVG elements."""
        sheet = Sheet(self.seed)
        self.draw(sheet)
        return sheet.markup

    def frame(self, cut: Cut) -> Box:
        """Return left, top, width and height of the part of the sheet a cut shows."""
        full, tall = self.sheet
        across = min(full, tall * cut.width / cut.height)
        down = across * cut.height / cut.width
        if cut.close:
            across, down = across / self.closeness, down / self.closeness
        x, y = self.near if cut.close and self.near else self.focus
        left = min(max(x - across / 2, 0), full - across)
        top = min(max(y - down / 2, 0), tall - down)
        return left, top, across, down
