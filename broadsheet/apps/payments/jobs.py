"""The worker's door to payments."""

from __future__ import annotations

from datetime import datetime

from broadsheet.apps.payments.actions.give_refund import send_refunds
from broadsheet.apps.payments.actions.reap_charges import Reaped, reap_charges
from broadsheet.apps.payments.actions.reap_refunds import reap_refunds
from broadsheet.apps.payments.gateways import open_gateway


def reap(*, now: datetime) -> Reaped:
    """Ask about charges nobody has heard of; close checkouts whose time is over."""
    return reap_charges(now=now, open_gateway=open_gateway)


def give_back(*, now: datetime) -> None:
    """Send refunds that are due, and ask about those whose answer nobody heard."""
    send_refunds(open_gateway=open_gateway, now=now)
    reap_refunds(open_gateway=open_gateway, now=now)
