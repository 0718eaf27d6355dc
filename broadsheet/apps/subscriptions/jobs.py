"""The worker's doors to subscriptions and, below them, payments."""

from __future__ import annotations

from datetime import date, datetime

from broadsheet.apps.payments.gateways import list_gateways, open_gateway
from broadsheet.apps.subscriptions.actions.change_price import (
    adopt_coming_prices,
    tell_price_changes,
)
from broadsheet.apps.subscriptions.actions.give_subscription import send_gifts
from broadsheet.apps.subscriptions.actions.pause_subscription import resume_due_pauses
from broadsheet.apps.subscriptions.actions.renew_terms import RenewalTally, renew_due_terms
from broadsheet.apps.subscriptions.actions.win_back import ask_back
from broadsheet.plumbing import clock


def renew(*, now: datetime, as_of: date | None = None) -> RenewalTally:
    """Renew what is due at every gateway, and end or lapse what is over."""
    tallies = [
        renew_due_terms(now=now, gateway=open_gateway(code), as_of=as_of, tell_time=clock.now)
        for code in list_gateways()
    ]
    return sum_up(tallies)


def ask_who_left(*, now: datetime) -> int:
    """Write to whose subscription stopped some time ago; how many."""
    return ask_back(now=now)


def end_pauses(*, now: datetime) -> int:
    """Let the paper come again to whose time away is over; how many."""
    return resume_due_pauses(now=now)


def adopt_prices(*, now: datetime) -> int:
    """Let agreed prices hold for those whose next term is the first of them."""
    return adopt_coming_prices(now=now)


def tell_of_changes(*, now: datetime) -> int:
    """Tell readers of a new price, a month or more before it."""
    return tell_price_changes(now=now)


def send_out_gifts(*, now: datetime) -> int:
    """Send the gifts whose day has come, and remind of those forgotten."""
    return send_gifts(now=now)


def sum_up(tallies: list[RenewalTally]) -> RenewalTally:
    return RenewalTally(
        **{
            name: sum(getattr(tally, name) for tally in tallies)
            for name in RenewalTally.__dataclass_fields__
        }
    )
