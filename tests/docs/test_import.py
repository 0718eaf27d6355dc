"""``docs/how-to/import-stories.md`` names every field and every format that an import knows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.pure
PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "import-stories.md"


def list_rows(heading: str) -> list[tuple[list[str], list[str]]]:
    """The code spans of the first two columns of a table under ``heading``."""
    part = PAGE.read_text(encoding="utf-8").split(f"## {heading}", 1)[1].split("\n## ", 1)[0]
    rows = [line.split("|")[1:3] for line in part.splitlines() if line.startswith("| `")]
    return [(re.findall(r"`([^`]+)`", one), re.findall(r"`([^`]+)`", two)) for one, two in rows]


def test_every_field_is_named_and_each_other_word_for_it_is_read() -> None:
    from broadsheet.apps.wire.records import ALIASES

    rows = list_rows("Fields of JSON lines and CSV")
    assert {name for named, _ in rows for name in named} == {*ALIASES}
    wrong = [
        (named, word) for named, words in rows for word in words if word not in ALIASES[named[0]]
    ]
    assert wrong == []


def test_every_format_is_named() -> None:
    from broadsheet.apps.wire.formats import BY_NAME

    assert sorted(name for named, _ in list_rows("Formats") for name in named) == sorted(
        [*BY_NAME, "auto"]
    )
