"""Segments: short names for readers with an account, by which a policy may rule them.

They follow from what the paper knows of every account anyway; nobody keeps a profile for them.
Readers without an account have none.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

NEW_FOR = timedelta(days=30)


class Segment(StrEnum):
    """What may be said of an account."""

    NEW_ACCOUNT = "new-account"
    FORMER_SUBSCRIBER = "former-subscriber"


def name_segments(
    *, registered_at: datetime, was_subscriber: bool, is_subscriber: bool, now: datetime
) -> frozenset[Segment]:
    """The segments of one account at ``now``.

    New is an account of less than 30 days; a former subscriber held a subscription that ended and
    has none that runs.
    """
    named = set()
    if now - registered_at < NEW_FOR:
        named.add(Segment.NEW_ACCOUNT)
    if was_subscriber and not is_subscriber:
        named.add(Segment.FORMER_SUBSCRIBER)
    return frozenset(named)
