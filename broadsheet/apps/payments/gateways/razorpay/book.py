"""Razorpay's lists, oldest first, though Razorpay gives them newest first.

A stretch of time that holds more than one page is halved until it does not, so that never more
than a page is in hand; only a single second may hold more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from broadsheet.apps.payments.gateways.contract import CannotReachGateway
from broadsheet.apps.payments.gateways.razorpay.states import Thing
from broadsheet.apps.payments.gateways.razorpay.wire import PAGE, Refused, Wire, items_of
from broadsheet.plumbing.outbound import NoAnswer, NotSent


def list_oldest_first(
    open_wire: Callable[[], Wire], path: str, *, since: datetime, until: datetime
) -> Iterator[Thing]:
    """What the list at ``path`` holds that was made from ``since`` to ``until``.

    Raises ``CannotReachGateway``.
    """
    at, end = int(since.timestamp()), int(until.timestamp()) + 1
    stretch = max(end - at, 1)
    while at < end:
        stretch = min(stretch, end - at)
        found = _ask(open_wire, path, at, at + stretch)
        if len(found) == PAGE and stretch > 1:
            stretch //= 2
            continue
        page = found
        while len(page) == PAGE:
            page = _ask(open_wire, path, at, at + 1, skip=len(found))
            found += page
        yield from reversed(found)
        at += stretch
        stretch *= 2


def _ask(
    open_wire: Callable[[], Wire], path: str, at: int, end: int, *, skip: int | None = None
) -> list[Thing]:
    # Razorpay counts both ends in.
    try:
        answer = open_wire().get(path, count=PAGE, skip=skip, **{"from": at, "to": end - 1})
        return items_of(answer)
    except (NotSent, NoAnswer, Refused) as error:
        raise CannotReachGateway(f"Razorpay's book cannot be read: {error}") from error
