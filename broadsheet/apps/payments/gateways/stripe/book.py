"""Stripe's lists, oldest first, though Stripe gives them newest first.

A stretch of time that holds more than one page is halved until it does not, so that never more
than a page is in hand; only a single second may hold more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from broadsheet.apps.payments.gateways.contract import CannotReachGateway
from broadsheet.apps.payments.gateways.stripe.states import Refused, Thing
from broadsheet.apps.payments.gateways.stripe.wire import PAGE, Wire
from broadsheet.plumbing.outbound import NoAnswer, NotSent

List = Callable[..., object]


def list_oldest_first(
    open_wire: Callable[[], Wire], do: List, *, since: datetime, until: datetime
) -> Iterator[Thing]:
    """What ``do(v1, params)`` lists that was made from ``since`` to ``until``.

    Raises ``CannotReachGateway``.
    """
    at, end = int(since.timestamp()), int(until.timestamp()) + 1
    stretch = max(end - at, 1)
    while at < end:
        stretch = min(stretch, end - at)
        page = _ask(open_wire, do, at, at + stretch)
        if page["has_more"] and stretch > 1:
            stretch //= 2
            continue
        found = page["data"]
        while page["has_more"]:
            page = _ask(open_wire, do, at, at + 1, starting_after=page["data"][-1]["id"])
            found += page["data"]
        yield from reversed(found)
        at += stretch
        stretch *= 2


def _ask(open_wire: Callable[[], Wire], do: List, at: int, end: int, **more: str) -> Thing:
    asked = {"limit": PAGE, "created": {"gte": at, "lt": end}, **more}
    try:
        return open_wire().ask(lambda v1: do(v1, asked))
    except (NotSent, NoAnswer, Refused) as error:
        raise CannotReachGateway(f"Stripe's book cannot be read: {error}") from error
