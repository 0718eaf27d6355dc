"""The worker's doors to subscriptions and, below them, payments."""

from __future__ import annotations

import time
from datetime import date, datetime, timedelta

from django.conf import settings

from broadsheet.apps.payments.actions.keep_pace import Limits
from broadsheet.apps.payments.actions.send_charges import HANDFUL
from broadsheet.apps.payments.gateways import list_gateways, open_gateway
from broadsheet.apps.subscriptions.actions.change_price import (
    adopt_coming_prices,
    tell_price_changes,
)
from broadsheet.apps.subscriptions.actions.give_subscription import send_gifts
from broadsheet.apps.subscriptions.actions.pause_subscription import resume_due_pauses
from broadsheet.apps.subscriptions.actions.renew_terms import (
    RenewalTally,
    Sending,
    renew_due_terms,
)
from broadsheet.apps.subscriptions.actions.tell_ahead import tell_ahead
from broadsheet.apps.subscriptions.actions.win_back import ask_back
from broadsheet.plumbing import clock

A_WHILE = timedelta(seconds=30)
"""The longest that renewing keeps a worker from its other duties."""


def renew_for_a_while(*, now: datetime) -> RenewalTally:
    """Renew what is due, as far as one gets; the next round goes on."""
    return renew(now=now, until=now + A_WHILE)


def renew(
    *, now: datetime, as_of: date | None = None, until: datetime | None = None
) -> RenewalTally:
    """Renew what is due at every gateway, and end or lapse what is over."""
    tallies = [
        renew_due_terms(
            now=now,
            gateway=open_gateway(code),
            as_of=as_of,
            tell_time=clock.now,
            sending=sending_to(code),
            until=until,
        )
        for code in list_gateways()
    ]
    return sum_up(tallies)


def sending_to(gateway: str) -> Sending:
    """How the plant lets this gateway's charges go out."""
    plant = settings.PLANT
    per_second, a_day = plant.charges_per_second, plant.charges_a_day
    return Sending(
        batch=plant.charges_at_once * HANDFUL,
        at_once=plant.charges_at_once,
        limits=Limits(
            per_second=per_second.get(gateway, per_second.get("")),
            a_day=a_day.get(gateway, a_day.get("")),
        ),
        wait=time.sleep,
        above_forecast=plant.charges_above_forecast,
    )


def tell_of_charges(*, now: datetime) -> int:
    """Write to readers whose next charge, or whose card's last day, is near; how many."""
    total = 0
    while told := tell_ahead(now=now):
        total += told
    return total


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
