"""The rules of the house that an import linter cannot see."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.pure
PACKAGE = Path(__file__).resolve().parents[2] / "broadsheet"
BANNED = {
    "utils",
    "helpers",
    "common",
    "core",
    "misc",
    "base",
    "manager",
    "processor",
    "service",
    "data",
    "info",
}
MOST_LINES, MOST_FUNCTION_LINES = 500, 60
LONGER_FUNCTIONS: dict[str, str] = {}
# Only surfaces, jobs and the processes themselves may read the clock.
CLOCK_FREE = ("domain", "protocol", "apps")
CLOCK_READERS = re.compile(r"/(jobs|adapter)\.py$")


def _modules() -> Iterator[Path]:
    yield from (path for path in sorted(PACKAGE.rglob("*.py")) if "migrations" not in path.parts)


def test_modules_are_small() -> None:
    tests = sorted((PACKAGE.parent / "tests").rglob("*.py"))
    long = [
        f"{path}: {lines}"
        for path in [*_modules(), *tests]
        if (lines := len(path.read_text().splitlines())) > MOST_LINES
    ]
    assert long == []


def test_functions_are_small() -> None:
    long = []
    for path in _modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                name = f"{path.relative_to(PACKAGE)}:{node.name}"
                if lines > MOST_FUNCTION_LINES and name not in LONGER_FUNCTIONS:
                    long.append(f"{name} {lines}")
    assert long == []


def test_no_junk_drawers_and_no_standard_library_names() -> None:
    standard = set(sys.stdlib_module_names)
    # Words of the trade, or of the frameworks, that the standard library uses too.
    allowed = {"__init__", "__main__", "copy", "site"}
    wrong = [
        str(path.relative_to(PACKAGE))
        for path in _modules()
        if path.stem.strip("_") in BANNED | (standard - allowed)
        and path.stem not in allowed
        and not path.stem.startswith("_")
    ]
    assert wrong == []


def test_no_clock_below_surfaces_and_jobs() -> None:
    wrong = []
    for floor in CLOCK_FREE:
        for path in sorted((PACKAGE / floor).rglob("*.py")):
            if "migrations" in path.parts or CLOCK_READERS.search(str(path)):
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and ast.unparse(node.func) in {
                    "datetime.now",
                    "datetime.utcnow",
                    "date.today",
                    "time.time",
                    "timezone.now",
                    "datetime.datetime.now",
                    "clock.now",
                }:
                    wrong.append(f"{path.relative_to(PACKAGE)}:{node.lineno}")
    assert wrong == []


def test_importing_the_gate_loads_no_django() -> None:
    code = "import sys, broadsheet.gate.app; print([m for m in sys.modules if m.split('.')[0] in ('django', 'wagtail')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_room_has_a_short_readme() -> None:
    rooms = [path.parent for path in PACKAGE.glob("apps/*/apps.py")]
    missing = [room.name for room in rooms if not (room / "README.md").exists()]
    long = [
        room.name
        for room in rooms
        if (room / "README.md").exists() and len((room / "README.md").read_text().splitlines()) > 30
    ]
    assert (missing, long) == ([], [])


def test_the_repository_speaks_of_the_product_alone() -> None:
    root = PACKAGE.parent
    names = subprocess.run(
        ["git", "ls-files"], cwd=root, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    words = [
        re.compile(word)
        for word in (
            r"/wo" + r"rk/",
            r"farm" + r"-studio",
            r"farm" + r"-bench",
            r"pypi\." + r"org",
            r"registry\.npm" + r"js",
        )
    ]
    wrong = []
    for name in names:
        path = root / name
        if not path.is_file() or path.suffix in {".png", ".webp", ".woff2", ".ico", ".jpg"}:
            continue
        text = path.read_text(errors="replace")
        wrong += [f"{name}: {word.pattern}" for word in words if word.search(text)]
    assert wrong == []
