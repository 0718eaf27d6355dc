"""``broadsheet payment …``"""

from __future__ import annotations

from datetime import datetime, timedelta

import click

from broadsheet.cli._print import answer, open_house, with_json

USUAL_DAYS = 60


@click.group()
def group() -> None:
    """Charges and what the gateways say of them."""


@group.command()
@click.option(
    "--since",
    type=click.DateTime(formats=["%Y-%m-%d"]),
    help=f"Compare from this day on; without it the last {USUAL_DAYS} days.",
)
@with_json
def reconcile(since: datetime | None, as_json: bool) -> None:
    """Ask about every open charge, then lay our book beside each gateway's, both ways."""
    open_house()
    from django.conf import settings

    from broadsheet.apps.payments.actions.reconcile_gateway import reconcile_gateway
    from broadsheet.apps.payments.gateways import list_gateways, open_gateway
    from broadsheet.apps.payments.gateways.contract import CannotReachGateway
    from broadsheet.domain.billing_calendar import day_begins
    from broadsheet.plumbing import clock

    now = clock.now()
    begin = now - timedelta(days=USUAL_DAYS)
    if since is not None:
        begin = day_begins(since.date(), settings.PAPER.zone)
        if begin > now:
            raise click.UsageError("--since lies in the future; name a day that is past.")
    checked = settled = 0
    wrong: list[str] = []
    for code in list_gateways():
        try:
            found = reconcile_gateway(gateway=open_gateway(code), since=begin, now=now)
        except CannotReachGateway as error:
            wrong.append(f"{code}: its book cannot be read just now: {error}")
            continue
        checked += found.checked
        settled += found.settled
        wrong += found.mismatched
    words = "\n".join([f"{checked} checked, {settled} settled, {len(wrong)} mismatched.", *wrong])
    facts = {"checked": checked, "settled": settled, "mismatched": len(wrong), "details": wrong}
    answer(facts, as_json=as_json, words=words, failed=bool(wrong))
