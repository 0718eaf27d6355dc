"""The drawing vocabulary: flat cut shapes on a sheet of 1200 × 800 units.

A colour states how much of each ink lies at a place, so one drawing holds both
plates: the red channel carries indigo and the blue channel marigold, each
inverted. There are no gradients; a sky that grows lighter is a pile of flat
strips (`Sheet.tiers`).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

WIDTH = 1200
HEIGHT = 800


def tint(indigo: float = 0.0, marigold: float = 0.0) -> str:
    """Return the fill for the two ink amounts, each from 0 (none) to 1 (solid)."""
    return f"rgb({round(255 * (1 - indigo))},255,{round(255 * (1 - marigold))})"


PAPER = tint(0, 0)
INDIGO = tint(1, 0)
MARIGOLD = tint(0, 1)
DARK = tint(1, 0.95)


class Dice:
    """Repeatable chance: the Park-Miller generator, the same on every machine."""

    def __init__(self, seed: int) -> None:
        """Start from `seed`, any whole number above 0."""
        self._state = seed

    def roll(self) -> float:
        """Return a number from 0 up to 1."""
        self._state = self._state * 16807 % 2147483647
        return self._state / 2147483647

    def between(self, low: float, high: float) -> float:
        """Return a number from `low` to `high`."""
        return low + (high - low) * self.roll()


class Sheet:
    """A drawing in progress; all lengths are sheet units, all angles degrees."""

    def __init__(self, seed: int = 7) -> None:
        """Take an empty sheet whose chance starts from `seed`."""
        self.dice = Dice(seed)
        self._parts: list[str] = []

    @property
    def markup(self) -> str:
        """The shapes drawn so far, as SVG elements without the outer tag."""
        return "".join(self._parts)

    def box(
        self, x: float, y: float, w: float, h: float, fill: str, *, r: float = 0, opacity: float = 1
    ) -> None:
        """Cut a rectangle with its upper left corner at x, y and corners of radius r."""
        self._parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}" rx="{r:.1f}" '
            f'fill="{fill}" opacity="{opacity:g}"/>'
        )

    def disc(
        self, x: float, y: float, r: float, fill: str, *, ry: float = 0, opacity: float = 1
    ) -> None:
        """Cut a disc of radius r, or an ellipse when `ry` is given."""
        self._parts.append(
            f'<ellipse cx="{x:.1f}" cy="{y:.1f}" rx="{r:.1f}" ry="{ry or r:.1f}" '
            f'fill="{fill}" opacity="{opacity:g}"/>'
        )

    def ring(
        self, x: float, y: float, r: float, stroke: str, width: float, *, ry: float = 0
    ) -> None:
        """Draw an unfilled disc or ellipse."""
        self._parts.append(
            f'<ellipse cx="{x:.1f}" cy="{y:.1f}" rx="{r:.1f}" ry="{ry or r:.1f}" fill="none" '
            f'stroke="{stroke}" stroke-width="{width:g}"/>'
        )

    def cut(self, path: str, fill: str, *, opacity: float = 1) -> None:
        """Cut the outline given as SVG path commands."""
        self._parts.append(f'<path d="{path}" fill="{fill}" opacity="{opacity:g}"/>')

    def line(
        self,
        path: str,
        stroke: str,
        width: float,
        *,
        dash: str = "",
        cap: str = "butt",
        opacity: float = 1,
    ) -> None:
        """Draw a line of even width along SVG path commands."""
        dashes = f' stroke-dasharray="{dash}"' if dash else ""
        self._parts.append(
            f'<path d="{path}" fill="none" stroke="{stroke}" stroke-width="{width:g}" '
            f'stroke-linecap="{cap}" stroke-linejoin="round" opacity="{opacity:g}"{dashes}/>'
        )

    def polygon(self, points: Sequence[tuple[float, float]], fill: str) -> None:
        """Cut a straight-sided shape through the points."""
        self.cut("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z", fill)

    @contextmanager
    def at(
        self, x: float, y: float, scale: float = 1, *, turn: float = 0, flip: bool = False
    ) -> Iterator[None]:
        """Draw with the origin moved to x, y, turned clockwise, scaled, perhaps mirrored."""
        across = -scale if flip else scale
        self._parts.append(
            f'<g transform="translate({x:.1f} {y:.1f}) rotate({turn:g}) '
            f'scale({across:.4g} {scale:.4g})">'
        )
        yield
        self._parts.append("</g>")

    def tiers(
        self,
        top: float,
        bottom: float,
        stops: Sequence[tuple[float, float, float]],
        count: int = 13,
    ) -> None:
        """Lay flat strips from `top` to `bottom`, stepping through the tints of `stops`.

        A stop is (place from 0 to 1, indigo, marigold).
        """
        step = (bottom - top) / count
        for strip in range(count):
            indigo, marigold = _tint_at(stops, (strip + 0.5) / count)
            self.box(0, top + strip * step, WIDTH, step + 0.6, tint(indigo, marigold))


def _tint_at(stops: Sequence[tuple[float, float, float]], place: float) -> tuple[float, float]:
    """Return the two ink amounts at `place` (0 to 1) between the stops."""
    for (a, i1, y1), (b, i2, y2) in itertools.pairwise(stops):
        if place <= b:
            part = (place - a) / (b - a)
            return i1 + (i2 - i1) * part, y1 + (y2 - y1) * part
    return stops[-1][1:]
