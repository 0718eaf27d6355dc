"""``broadsheet gate``: ask the gate why."""

from __future__ import annotations

import dataclasses

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
