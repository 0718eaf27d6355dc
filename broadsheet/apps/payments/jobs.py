"""The worker's door to payments."""

from __future__ import annotations

import logging
from datetime import datetime

from broadsheet.apps.payments.actions.give_refund import send_refunds
from broadsheet.apps.payments.actions.reap_charges import Reaped, reap_charges
from broadsheet.apps.payments.actions.reap_refunds import reap_refunds
from broadsheet.apps.payments.actions.see_to_inbox import drop_old_words, see_to_inbox
from broadsheet.apps.payments.gateways import open_gateway
from broadsheet.apps.payments.queries import list_silent_gateways

log = logging.getLogger(__name__)


def reap(*, now: datetime) -> Reaped:
    """Ask about charges nobody has heard of; close checkouts whose time is over."""
    return reap_charges(now=now, open_gateway=open_gateway)


def give_back(*, now: datetime) -> None:
    """Send refunds that are due, and ask about those whose answer nobody heard."""
    send_refunds(open_gateway=open_gateway, now=now)
    reap_refunds(open_gateway=open_gateway, now=now)


def read_inbox(*, now: datetime) -> None:
    """See to what gateways have told us."""
    see_to_inbox(open_gateway=open_gateway, now=now)


def drop_inbox(*, now: datetime) -> None:
    """Forget what was told long ago."""
    while drop_old_words(now=now):
        pass


def tell_of_silence(*, now: datetime) -> None:
    """Say loudly that a gateway has stopped telling us things."""
    for silent in list_silent_gateways(now):
        log.error(
            "%s has fallen silent: %s charges ended since %s without a webhook; see the webhook's "
            "page at the company",
            silent.code,
            silent.charges,
            silent.since,
        )
