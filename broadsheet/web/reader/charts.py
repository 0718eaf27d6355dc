"""Small charts drawn by the server: columns for few figures, a line for many."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from broadsheet.plumbing.formatting import format_number

WIDTH, HEIGHT = 304, 190
TOP, BOTTOM = 22, 30
COLUMNS_AT_MOST = 18
STEPS_AT_MOST = 4
DIGIT_WIDTH = 7
SHORT_LABEL = 7
LABELS_AT_MOST = 5


@dataclass(frozen=True, slots=True)
class Scale:
    """Round steps that hold every figure, and where a figure stands (from the top, in pixels)."""

    ticks: tuple[float, ...]

    def y(self, value: float) -> float:
        low, high = self.ticks[0], self.ticks[-1]
        return TOP + (HEIGHT - TOP - BOTTOM) * (1 - (value - low) / (high - low))


def make_scale(values: Sequence[float], *, from_zero: bool) -> Scale:
    """At most four round steps: 1, 2 or 5 times a power of ten."""
    low, high = min(values), max(values)
    if from_zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        high = low + 1
    power = 10.0 ** (math.floor(math.log10(high - low)) - 1)
    step = next(
        step
        for step in (power * k for k in (1, 2, 5, 10, 20, 50))
        if math.ceil(high / step) - math.floor(low / step) <= STEPS_AT_MOST
    )
    first, last = math.floor(low / step), math.ceil(high / step)
    return Scale(tuple(round(place * step, 10) for place in range(first, last + 1)))


def draw_chart(
    points: Sequence[tuple[str, Decimal]], *, mark: str = "", note: str = ""
) -> SafeString:
    """An SVG of ``points`` (label, figure). From the label ``mark`` on columns are lit; ``note``
    stands there in words. The caller gives the chart its words for readers who cannot see it.
    """
    values = [float(figure) for _label, figure in points]
    columns = len(points) <= COLUMNS_AT_MOST
    scale = make_scale(values, from_zero=columns)
    scale_words = [_figure(tick) for tick in scale.ticks]
    room = WIDTH - 12 - DIGIT_WIDTH * max(len(word) for word in scale_words)
    labels = [label for label, _ in points]
    marked = labels.index(mark) if mark in labels else len(labels)
    drawn = [_grid(scale, scale_words, room)]
    draw = _columns if columns else _line
    drawn.append(draw(values, scale, room, marked))
    drawn.append(_labels(labels, room, columns))
    if note and marked < len(labels):
        drawn.append(
            _note(note, values[marked], scale, _middle(marked, len(labels), room, columns))
        )
    return mark_safe(  # noqa: S308 — every word in it is escaped below
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'aria-hidden="true" focusable="false">{"".join(drawn)}</svg>'
    )


def _figure(value: float) -> str:
    return format_number(int(value) if value == int(value) else value)


def _middle(place: int, count: int, room: float, columns: bool) -> float:
    if columns:
        return (place + 0.5) * room / count
    return place * room / max(count - 1, 1)


def _grid(scale: Scale, words: list[str], room: float) -> str:
    lines = []
    for tick, word in zip(scale.ticks, words, strict=True):
        y = scale.y(tick)
        kind = "base" if tick == 0 else "grid"
        lines.append(
            f'<path class="{kind}" d="M0 {y:.1f}H{room:.0f}"/>'
            f'<text class="scale" x="{WIDTH}" y="{y + 5:.1f}" text-anchor="end">{escape(word)}</text>'
        )
    return "".join(lines)


def _columns(values: list[float], scale: Scale, room: float, marked: int) -> str:
    pitch = room / len(values)
    wide = min(pitch * 0.7, 40)
    zero = scale.y(0)
    return "".join(
        f'<rect class="bar-{"b" if place >= marked else "a"}" '
        f'x="{pitch * (place + 0.5) - wide / 2:.1f}" y="{min(scale.y(value), zero):.1f}" '
        f'width="{wide:.1f}" height="{abs(scale.y(value) - zero):.1f}"/>'
        for place, value in enumerate(values)
    )


def _line(values: list[float], scale: Scale, room: float, _marked: int) -> str:
    dots = [
        (_middle(place, len(values), room, columns=False), scale.y(value))
        for place, value in enumerate(values)
    ]
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in dots)
    x, y = dots[-1]
    return (
        f'<path class="line" d="M{path}"/><circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="4.5"/>'
    )


def _labels(labels: list[str], room: float, columns: bool) -> str:
    every = (
        columns
        and len(labels) <= LABELS_AT_MOST
        and all(len(label) <= SHORT_LABEL for label in labels)
    )
    if every:
        return "".join(
            f'<text class="word" x="{_middle(place, len(labels), room, columns):.1f}" '
            f'y="{HEIGHT - 8}" text-anchor="middle">{escape(label)}</text>'
            for place, label in enumerate(labels)
        )
    return (
        f'<text class="word" x="2" y="{HEIGHT - 8}">{escape(labels[0])}</text>'
        f'<text class="word" x="{room:.0f}" y="{HEIGHT - 8}" text-anchor="end">{escape(labels[-1])}</text>'
    )


def _note(note: str, value: float, scale: Scale, x: float) -> str:
    end = scale.y(max(value, 0)) - 2
    to_the_left = x > WIDTH / 2
    anchor, start = ("end", x - 10) if to_the_left else ("start", x + 10)
    arm = (
        f"M{x - 7:.1f} 10H{x:.1f}V{end:.1f}"
        if to_the_left
        else f"M{x + 7:.1f} 10H{x:.1f}V{end:.1f}"
    )
    return (
        f'<text class="said" x="{start:.1f}" y="14" text-anchor="{anchor}">{escape(note)}</text>'
        f'<path class="tick" d="{arm}"/>'
    )
