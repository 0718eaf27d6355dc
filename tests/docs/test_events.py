"""``docs/reference/events.md`` says what ``wiring.TABLE``, ``wiring.DUTIES`` and ``@purges`` say.

After a change to any of them run ``python -m tests.docs.rewrite``.
"""

from __future__ import annotations

import dataclasses
import re
from datetime import timedelta
from pathlib import Path

import pytest

pytestmark = pytest.mark.pure
PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "events.md"
REWRITE = "docs/reference/events.md is behind the wiring: run python -m tests.docs.rewrite"


def make_event_sections() -> str:
    """Each event of the wiring: what it means, what it carries and who hears it."""
    from broadsheet.wiring import TABLE

    lines = []
    for event in dict.fromkeys(wire.event for wire in TABLE):
        wires = [wire for wire in TABLE if wire.event is event]
        carried = ", ".join(f"`{field.name}`" for field in dataclasses.fields(event)) or "nothing"
        lines += [
            f"### {event.__name__}",
            "",
            " ".join((event.__doc__ or "").split()).replace("``", "`"),
            "",
            f"- from: `{_room(event.__module__)}`",
            f"- carries: {carried}",
            f"- in the same transaction: {_name(handler for wire in wires for handler in (*wire.together, *wire.same_transaction))}",
            f"- after commit: {_name(handler for wire in wires for handler in wire.after_commit)}",
            "",
        ]
    return "\n".join(lines).strip()


def make_duty_rows() -> str:
    """What the worker does again and again."""
    from broadsheet.wiring import DUTIES

    rows = [f"| {duty.name} | {_pause(duty.every)} |" for duty in DUTIES]
    return "\n".join(["| duty | every |", "|---|---|", *rows])


def make_purge_rows() -> str:
    """Which pages print a row of which model."""
    from broadsheet.plumbing.purging.declaring import list_declared

    declared = sorted(list_declared().items(), key=lambda item: item[0].__name__)
    rows = []
    for model, pages in declared:
        keys = ", ".join(
            f"`{page.key}`" + (f" of each of its {page.each}" * bool(page.each)) for page in pages
        )
        rows.append(f"| `{_room(model.__module__)}.{model.__name__}` | {keys} |")
    return "\n".join(["| row | purge keys |", "|---|---|", *rows])


def _room(module: str) -> str:
    return module.removeprefix("broadsheet.").removeprefix("apps.").split(".")[0]


def _name(handlers: object) -> str:
    named = [f"`{_room(handler.__module__)}.{handler.__name__}`" for handler in handlers]  # type: ignore[attr-defined]
    return ", ".join(named) or "nobody"


def _pause(every: timedelta) -> str:
    seconds = int(every.total_seconds())
    if seconds % 3600 == 0:
        return f"{seconds // 3600} h"
    return f"{seconds // 60} min" if seconds % 60 == 0 else f"{seconds} s"


def rewrite_page(text: str) -> str:
    """The page with its parts made anew."""
    parts = {
        "events": make_event_sections(),
        "duties": make_duty_rows(),
        "purges": make_purge_rows(),
    }
    for mark, made in parts.items():
        text = re.sub(
            rf"(<!-- {mark} -->\n).*?(<!-- /{mark} -->)",
            lambda found, made=made: f"{found[1]}\n{made}\n\n{found[2]}",
            text,
            flags=re.DOTALL,
        )
    return text


def test_every_event_and_duty_of_the_wiring_is_on_the_page() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert rewrite_page(text) == text, REWRITE


def test_every_event_says_what_happened() -> None:
    from broadsheet.wiring import TABLE

    silent = [
        wire.event.__name__
        for wire in TABLE
        if not wire.event.__doc__ or wire.event.__doc__.startswith(f"{wire.event.__name__}(")
    ]
    assert silent == []
