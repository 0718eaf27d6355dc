"""The printed pictures on disk: their names, their index, and how to find one."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from broadsheet.demo.pictures.cuts import Cut
from broadsheet.demo.pictures.scene import Scene

MADE = Path(__file__).parent / "made"
INDEX = "index.json"


@dataclass(frozen=True)
class Print:
    """One file; width and height are its pixels, density the pixels per CSS pixel."""

    cut: str
    width: int
    height: int
    density: int
    file: str


def print_of(scene: Scene, cut: Cut) -> Print:
    """Return what the index says of a scene at a cut."""
    width, height = cut.pixels
    file = f"{scene.name}-{width}x{height}.{cut.suffix}"
    return Print(cut.name, width, height, cut.density, file)


def write_index(folder: Path, scenes: Iterable[Scene]) -> None:
    """Write the index of all prints of the scenes into the folder."""
    rows = {s.name: [asdict(print_of(s, cut)) for cut in s.cuts] for s in scenes}
    lines = ",\n".join(
        f'  "{name}": [\n' + ",\n".join(f"    {json.dumps(row)}" for row in prints) + "\n  ]"
        for name, prints in rows.items()
    )
    (folder / INDEX).write_text("{\n" + lines + "\n}\n", encoding="utf-8")


def list_prints(scene: str, folder: Path = MADE) -> list[Print]:
    """Return all prints of the scene, in the order of the cuts."""
    rows = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    return [Print(**row) for row in rows[scene]]


def find_print(scene: str, cut: str, density: int = 1, folder: Path = MADE) -> Print | None:
    """Return the print of the scene at the cut and density, or None."""
    for candidate in list_prints(scene, folder):
        if (candidate.cut, candidate.density) == (cut, density):
            return candidate
    return None
