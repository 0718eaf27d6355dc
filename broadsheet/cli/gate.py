"""``broadsheet gate``: ask the gate why, and try whether it holds."""

from __future__ import annotations

import dataclasses
import os
import sys
from pathlib import Path
from typing import Any

import click

from broadsheet.cli._print import answer, open_house, with_json


@click.group()
def group() -> None:
    """The gate that decides each view of a story."""


@group.command()
@click.argument("code")
@with_json
def explain(code: str, *, as_json: bool) -> None:
    """Turn a stop CODE, such as LN-M5-7Q4K, into plain words."""
    open_house()
    from broadsheet.apps.meter.queries import explain_code
    from broadsheet.domain.reason_code import UnreadableCode

    try:
        explained = explain_code(code)
    except UnreadableCode as error:
        raise click.UsageError(str(error)) from error
    answer(dataclasses.asdict(explained), as_json=as_json, words=explained.text)


@group.command()
@click.argument("url")
@click.option("--email", default="", help="Read as this subscriber, to learn what is locked.")
@click.option("--login", default="", metavar="URL", help="Where the sign-in form is.")
@click.option(
    "--cookie-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A subscriber's cookies: cookies.txt, or one line name=value; name=value.",
)
@click.option("--feed", multiple=True, metavar="URL", help="A feed or sitemap that lists stories.")
@click.option("--story", multiple=True, metavar="URL", help="Scan this story alone.")
@click.option(
    "--stories",
    "most_stories",
    default=1000,
    show_default=True,
    type=click.IntRange(1, 50_000),
    help="At most so many of those listed.",
)
@click.option(
    "--allowance",
    type=click.IntRange(0, 1000),
    help="After how many free stories the site should stop a reader; else it is tried.",
)
@click.option(
    "--preview",
    "preview_words",
    default=120,
    show_default=True,
    type=click.IntRange(0, 2000),
    help="Words of a text that a stopped reader may see, besides its first paragraph.",
)
@click.option("--at-once", default=4, show_default=True, type=click.IntRange(1, 32))
@click.option(
    "--pause",
    type=click.FloatRange(0, 60),
    help="Seconds between two requests; 0.1 unless told, 0 on this machine.",
)
@click.option(
    "--texts",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="JSON lines of url and paragraphs: the stories' texts as the newsroom knows them.",
)
@with_json
def scan(url: str, *, as_json: bool, texts: Path | None, email: str, **how: Any) -> None:
    """Walk the live site at URL as those who may not read, and report every locked sentence.

    It needs no newspaper of its own: any site with a feed or a sitemap will do. The subscriber's
    password comes from BROADSHEET_SCAN_PASSWORD, else it is asked for. Exit 1: there are leaks.
    """
    from broadsheet.scan.asking import CannotScan
    from broadsheet.scan.known_texts import read_texts
    from broadsheet.scan.walk import Wishes, scan_site

    password = _ask_for_password(email) if email else ""
    try:
        wishes = Wishes(
            feeds=how.pop("feed"),
            only=how.pop("story"),
            email=email,
            password=password,
            texts=read_texts(texts) if texts else {},
            **how,
        )
        report = scan_site(url, wishes, tell=_show_progress)
    except CannotScan as error:
        raise click.UsageError(str(error)) from error
    finally:
        _show_progress("")
    words = "\n".join(report.list_words())
    answer(report.as_facts(), as_json=as_json, words=words, failed=bool(report.leaks))


def _ask_for_password(email: str) -> str:
    held = os.environ.get("BROADSHEET_SCAN_PASSWORD", "")
    if held or sys.stdin.isatty():
        return held or click.prompt(f"Password of {email}", hide_input=True, err=True, type=str)
    raise click.UsageError(f"Give the password of {email} in BROADSHEET_SCAN_PASSWORD.")


def _show_progress(words: str) -> None:
    """One line that is written over; nothing where nobody looks."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{words[:150]}", end="", file=sys.stderr, flush=True)
