"""``docs/reference/settings.md`` says what the two tables of settings say.

After a change to ``VARIABLES`` or ``FIELDS`` run ``python -m tests.docs.rewrite``: it writes
the rows anew and leaves the rest of the page alone.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from broadsheet.plumbing.paper import FIELDS
from broadsheet.plumbing.plant import VARIABLES

pytestmark = pytest.mark.pure
PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "settings.md"
REWRITE = "docs/reference/settings.md is behind the code: run python -m tests.docs.rewrite"


def make_plant_rows() -> str:
    """One row for each variable of the environment."""
    return _table(
        "| variable | says |", [f"| `{name}` | {says} |" for name, says in VARIABLES.items()]
    )


def make_paper_rows() -> str:
    """One row for each line of ``broadsheet.toml``."""
    rows = []
    for field in FIELDS:
        choice = f" One of: {', '.join(field.one_of)}." if field.one_of else ""
        rows.append(f"| `{field.name}` | {field.says}{choice} | {field.default} |")
    return _table("| name | says | default |", rows)


def rewrite_page(text: str) -> str:
    """The page with both tables made anew."""
    for mark, rows in (("plant", make_plant_rows()), ("paper", make_paper_rows())):
        text = re.sub(
            rf"(<!-- {mark} -->\n).*?(<!-- /{mark} -->)",
            lambda found, rows=rows: f"{found[1]}\n{rows}\n\n{found[2]}",
            text,
            flags=re.DOTALL,
        )
    return text


def _table(head: str, rows: list[str]) -> str:
    return "\n".join([head, re.sub(r"[^|]+", "---", head), *rows])


@pytest.mark.parametrize("rows", [make_plant_rows(), make_paper_rows()], ids=["plant", "paper"])
def test_every_setting_is_on_the_page(rows: str) -> None:
    assert f"\n\n{rows}\n\n" in PAGE.read_text(encoding="utf-8"), REWRITE


def test_no_setting_is_on_the_page_that_nothing_reads() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert rewrite_page(text) == text, REWRITE
    assert set(re.findall(r"BROADSHEET_[A-Z_]+", text)) - set(VARIABLES) == set()
