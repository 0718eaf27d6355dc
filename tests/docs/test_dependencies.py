"""Everything the house stands on has its one reason."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

pytestmark = pytest.mark.pure
ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "explanation" / "dependencies.md"


def list_dependencies() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project.get("optional-dependencies", {}).values()
    wanted = [*project["dependencies"], *(line for lines in extras for line in lines)]
    return sorted({re.split(r"[\[<>=~!; ]", line)[0].lower().replace("_", "-") for line in wanted})


def test_each_dependency_has_one_line_and_each_line_a_dependency() -> None:
    named = re.findall(r"^- \*\*([^*]+)\*\*: \S", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(name.lower().replace("_", "-") for name in named) == list_dependencies()
