"""Turn ink amounts into dots: screening, flecks, register, and the small palette.

Plates are screened at twice the pixels of the file, then averaged and rounded to
a few strengths of each ink: four where one pixel is one CSS pixel (sixteen
colours, soft dots), two where pixels are finer (paper, indigo, marigold and
their overprint, nothing between).
"""

from __future__ import annotations

from fractions import Fraction
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Amounts: TypeAlias = npt.NDArray[np.float32]
Strengths: TypeAlias = npt.NDArray[np.uint8]
Colour: TypeAlias = tuple[int, int, int]

PAPER: Colour = (252, 251, 248)
INDIGO: Colour = (33, 52, 128)
MARIGOLD: Colour = (246, 170, 28)
BLACK: Colour = (26, 26, 28)

OVERSAMPLE = 2
SHARPNESS = 9.0
FLECKS = 0.002


def screen(amounts: Amounts, grain: Fraction, *, steep: bool) -> Amounts:
    """Return ink (0 to 1) per oversampled pixel: dots of the size the amount asks for.

    `grain` is in file pixels; `steep` chooses the 68.2° screen over the 21.8° one.
    """
    thresholds = _tile(grain * OVERSAMPLE, steep=steep)
    rows, columns = amounts.shape
    side = len(thresholds)
    spread = np.tile(thresholds, (-(-rows // side), -(-columns // side)))[:rows, :columns]
    ink = np.clip((amounts - spread) * SHARPNESS + 0.5, 0, 1)
    return np.where(amounts > 0.985, 1, np.where(amounts < 0.015, 0, ink)).astype(np.float32)


def _tile(grain: Fraction, *, steep: bool) -> Amounts:
    """Return the smallest square of thresholds that repeats, every value equally frequent."""
    side = 29 * grain.numerator
    side *= 1 if side % OVERSAMPLE == 0 else OVERSAMPLE
    along, across = (2, 5) if steep else (5, 2)
    period = 29 * float(grain)
    y, x = np.mgrid[0:side, 0:side].astype(np.float64) * (2 * np.pi / period)
    waves = np.cos(along * x + across * y) + np.cos(along * y - across * x)
    order = np.sort(waves.ravel())
    return (np.searchsorted(order, waves) / waves.size).astype(np.float32)


def fleck(ink: Amounts, size: int, seed: int) -> Amounts:
    """Leave out a few specks of ink, each `size` oversampled pixels wide, as a press does."""
    rows, columns = ink.shape
    chance = np.random.default_rng(seed).random((-(-rows // size), -(-columns // size)))
    missing = np.kron(chance < FLECKS, np.ones((size, size), dtype=bool))
    return np.where(missing[:rows, :columns], 0, ink).astype(np.float32)


def strengths(ink: Amounts, levels: int) -> Strengths:
    """Average the oversampled pixels and round to the strengths 0 to levels - 1."""
    rows, columns = (n // OVERSAMPLE for n in ink.shape)
    blocks = ink.reshape(rows, OVERSAMPLE, columns, OVERSAMPLE).mean(axis=(1, 3))
    return np.rint(blocks * (levels - 1)).astype(np.uint8)


def palette(levels: int, indigo: Colour = INDIGO) -> list[Colour]:
    """Return the colours by index levels x indigo strength + marigold strength."""
    top = levels - 1
    return [_overprint(indigo, a / top, b / top) for a in range(levels) for b in range(levels)]


def _overprint(indigo: Colour, a: float, b: float) -> Colour:
    """Return paper seen through `a` of the first ink and `b` of marigold."""
    mixed = [
        round(paper * (1 - a * (1 - i / paper)) * (1 - b * (1 - m / paper)))
        for paper, i, m in zip(PAPER, indigo, MARIGOLD, strict=True)
    ]
    return mixed[0], mixed[1], mixed[2]
