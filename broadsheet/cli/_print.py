"""How commands answer: a line for people, or one JSON object as the last line."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

with_json = click.option("--json", "as_json", is_flag=True, help="End with one JSON object.")


def answer(facts: dict[str, Any], *, as_json: bool, words: str, failed: bool = False) -> None:
    """Print ``words``, or with ``--json`` words to standard error and the object last; then exit."""
    print(words, file=sys.stderr if as_json else sys.stdout)
    if as_json:
        print(json.dumps(facts, ensure_ascii=False, default=str), flush=True)
    if failed:
        sys.exit(1)


def open_house() -> None:
    """Set Django up; the commands that need the database call this first."""
    import django

    django.setup()
