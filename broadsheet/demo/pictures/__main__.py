"""`python -m broadsheet.demo.pictures`: print the demo newspaper's pictures.

`--only NAME` prints one scene, `--out DIR` chooses the folder, `--check` prints
into memory and compares with what the folder holds, pixel by pixel.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageChops

from broadsheet.demo.pictures.gallery import SCENES
from broadsheet.demo.pictures.portfolio import MADE, print_of, write_index
from broadsheet.demo.pictures.press import encode, proof
from broadsheet.demo.pictures.scene import Scene


def main(arguments: Sequence[str] | None = None) -> int:
    """Print or check the scenes asked for; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m broadsheet.demo.pictures")
    parser.add_argument("--only", metavar="NAME", action="append", choices=sorted(SCENES))
    parser.add_argument("--out", metavar="DIR", type=Path, default=MADE)
    parser.add_argument("--check", action="store_true")
    asked = parser.parse_args(arguments)
    scenes = [SCENES[name] for name in asked.only or SCENES]
    asked.out.mkdir(parents=True, exist_ok=True)
    differing: list[str] = []
    total = 0
    for number, scene in enumerate(scenes, start=1):
        if asked.check:
            differing += _list_differing(scene, asked.out)
        else:
            total += _print(scene, asked.out)
        _say(f"\r{number}/{len(scenes)} {scene.name:<14}")
    _say("\n")
    if asked.check:
        _say("".join(f"differs: {file}\n" for file in differing) or "all prints agree\n")
        return 1 if differing else 0
    write_index(asked.out, SCENES.values())
    _say(f"{total / 1e6:.2f} MB in {asked.out}\n")
    return 0


def _print(scene: Scene, folder: Path) -> int:
    """Write every print of the scene and return the bytes written."""
    total = 0
    for cut in scene.cuts:
        total += (folder / print_of(scene, cut).file).write_bytes(
            encode(proof(scene, cut), cut.suffix)
        )
    return total


def _list_differing(scene: Scene, folder: Path) -> list[str]:
    """Return the files that are missing or hold other pixels than a fresh print."""
    differing = []
    for cut in scene.cuts:
        file = print_of(scene, cut).file
        if not (folder / file).exists():
            differing.append(file)
            continue
        with Image.open(folder / file) as kept:
            fresh = proof(scene, cut).convert("RGB")
            same = (
                kept.size == fresh.size
                and not ImageChops.difference(kept.convert("RGB"), fresh).getbbox()
            )
        if not same:
            differing.append(file)
    return differing


def _say(text: str) -> None:
    """Show progress on the error stream."""
    sys.stderr.write(text)
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
