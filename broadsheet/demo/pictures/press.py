"""Print a scene at a cut: frame it, make the plates, screen them, encode the print."""

from __future__ import annotations

import io

import numpy as np
import resvg_py
from PIL import Image

from broadsheet.demo.pictures.cuts import Cut
from broadsheet.demo.pictures.scene import Scene
from broadsheet.demo.pictures.screen import (
    BLACK,
    INDIGO,
    OVERSAMPLE,
    Amounts,
    Colour,
    Strengths,
    fleck,
    palette,
    screen,
    strengths,
)


def svg(scene: Scene, cut: Cut) -> str:
    """Return the scene as one SVG document framed for the cut, at oversampled pixels."""
    width, height = (side * OVERSAMPLE for side in cut.pixels)
    left, top, across, down = scene.frame(cut)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="{left:.2f} {top:.2f} {across:.2f} {down:.2f}">{scene.markup}</svg>'
    )


def plates(scene: Scene, cut: Cut) -> tuple[Amounts, Amounts]:
    """Return the ink amounts (0 to 1) of the indigo and the marigold plate."""
    drawn = resvg_py.svg_to_bytes(svg_string=svg(scene, cut), background="#fff")
    channels = np.asarray(Image.open(io.BytesIO(bytes(drawn))).convert("RGB"))
    amounts = (1 - channels.astype(np.float32) / 255).astype(np.float32)
    return amounts[..., 0], amounts[..., 2]


def proof(scene: Scene, cut: Cut) -> Image.Image:
    """Return the printed picture as a palette image of the cut's pixels."""
    grain = cut.grain * cut.density
    first, second = plates(scene, cut)
    speck = OVERSAMPLE * cut.density
    ink = strengths(fleck(screen(first, grain, steep=False), speck, seed=3), cut.levels)
    lamp = strengths(fleck(screen(second, grain, steep=True), speck, seed=5), cut.levels)
    lamp = np.roll(lamp, (0, cut.density), (0, 1))
    indigo = BLACK if scene.black else INDIGO
    return _small(ink * cut.levels + lamp, palette(cut.levels, indigo))


def _small(indices: Strengths, colours: list[Colour]) -> Image.Image:
    """Return a palette image that keeps only the colours in use."""
    used, places = np.unique(indices, return_inverse=True)
    image = Image.fromarray(places.reshape(indices.shape).astype(np.uint8))
    image.putpalette([part for index in used for part in colours[int(index)]])
    return image


def encode(image: Image.Image, suffix: str) -> bytes:
    """Return the image as a PNG or, with the same pixels, a lossless WebP."""
    out = io.BytesIO()
    if suffix == "webp":
        image.convert("RGB").save(out, "WEBP", lossless=True, quality=100, method=4)
    else:
        image.save(out, "PNG", optimize=True)
    return out.getvalue()
