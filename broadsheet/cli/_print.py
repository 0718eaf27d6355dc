"""How commands answer: a line for people, or one JSON object as the last line."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
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
    refuse_unwritable(Path(os.environ.get("BROADSHEET_HOME") or "var").resolve())
    import django

    django.setup()


def refuse_unwritable(home: Path) -> None:
    """Say so at once if nothing can be kept in ``home``; database, reads and mail all stand there."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=home) as trial:
            trial.write(b"1")
    except OSError as error:
        raise click.UsageError(
            f"The newspaper's folder {home} cannot be written ({error.strerror}). Make it writable "
            "or make room on its disk, or name another folder in BROADSHEET_HOME."
        ) from error
