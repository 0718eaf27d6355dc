"""``broadsheet subscription …``"""

from __future__ import annotations

import dataclasses
from datetime import date, datetime

import click

from broadsheet.cli._print import answer, open_house, with_json


@click.group()
def group() -> None:
    """Subscriptions and their terms."""


@group.command()
@click.option(
    "--as-of",
    type=click.DateTime(formats=["%Y-%m-%d"]),
    help="Play another day, YYYY-MM-DD in the paper's zone, to its end.",
)
@with_json
def renew(as_of: datetime | None, as_json: bool) -> None:
    """Renew every term that is due, once, however often this is run and by however many."""
    open_house()
    from broadsheet.apps.subscriptions import jobs
    from broadsheet.plumbing import clock

    day: date | None = as_of.date() if as_of else None
    tally = jobs.renew(now=clock.now(), as_of=day)
    facts = dataclasses.asdict(tally)
    words = (
        f"{tally.due} due: {tally.succeeded} paid, {tally.declined} declined, "
        f"{tally.not_sent} not sent, {tally.pending} pending, {tally.unknown} unknown; "
        f"{tally.lapsed} lapsed, {tally.ended} ended."
    )
    answer(facts, as_json=as_json, words=words, failed=bool(tally.not_sent or tally.unknown))
