"""`python -m broadsheet.demo.pictures.marks`: make the icons from the drawn marks.

`nameplate.svg`, `flame.svg` and `favicon.svg` in `broadsheet/demo/marks` are the
originals; this writes the raster icons beside them and copies everything to the
reader's static folder, which shows the demo newspaper's marks by default.
"""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path

import resvg_py
from PIL import Image

BROADSHEET = Path(__file__).parents[2]
MARKS = BROADSHEET / "demo" / "marks"
STATIC = BROADSHEET / "web" / "reader" / "static" / "reader"
ICONS = {"apple-touch-icon.png": 180, "icon-192.png": 192, "icon-512.png": 512}


def draw_icon(side: int) -> Image.Image:
    """Return the favicon's drawing at `side` pixels."""
    drawing = (MARKS / "favicon.svg").read_text(encoding="utf-8")
    drawn = resvg_py.svg_to_bytes(svg_string=drawing, width=side, height=side)
    return Image.open(io.BytesIO(bytes(drawn))).convert("RGB")


def main() -> int:
    """Write the icons and copy all marks to the static folder."""
    for name, side in ICONS.items():
        draw_icon(side).quantize(32).save(MARKS / name, optimize=True)
    small = [draw_icon(side) for side in (16, 32, 48)]
    small[-1].save(MARKS / "favicon.ico", append_images=small[:-1], sizes=[i.size for i in small])
    STATIC.mkdir(parents=True, exist_ok=True)
    for mark in sorted(MARKS.iterdir()):
        shutil.copyfile(mark, STATIC / mark.name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
