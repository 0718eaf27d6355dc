"""``docs/explanation/ways-round.md`` says what ``tests/attacks/rows.toml`` says.

After a change to the table run ``python -m tests.docs.rewrite``.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.pure
ROOT = Path(__file__).resolve().parents[2]
ROWS = ROOT / "tests" / "attacks" / "rows.toml"
PAGE = ROOT / "docs" / "explanation" / "ways-round.md"
REWRITE = "ways-round.md is behind the table: run python -m tests.docs.rewrite"
STATES = {
    "tested": "Tested",
    "unstoppable": "Cannot be stopped",
    "waiting": "Waits for what is not built yet",
}


def make_rows() -> str:
    """Each way: how it goes, what holds against it, what does not."""
    rows = tomllib.loads(ROWS.read_text(encoding="utf-8"))["row"]
    return "\n".join(line for row in rows for line in _make_row(row)).strip()


def _make_row(row: dict[str, Any]) -> list[str]:
    lines = [f"### {row['number']}. {row['title']}", "", row["how"], "", row["defence"], ""]
    if "sentence" in row:
        lines += [f"*{row['sentence']}*", ""]
    state = STATES[row["state"]]
    if "capability" in row:
        state += (
            f": {row['capability']}"
            if row["state"] == "waiting"
            else (f"; not there yet: {row['capability']}")
        )
    return [*lines, f"{state}.", ""]


def rewrite_page(text: str) -> str:
    """The page with its list made anew."""
    return re.sub(
        r"(<!-- rows -->\n).*?(<!-- /rows -->)",
        lambda found: f"{found[1]}\n{make_rows()}\n\n{found[2]}",
        text,
        flags=re.DOTALL,
    )


def test_every_way_round_is_on_the_page() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert rewrite_page(text) == text, REWRITE
