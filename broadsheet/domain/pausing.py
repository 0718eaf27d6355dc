"""A pause: the whole days that were left are kept and given back when the paper comes again.

The day on which a reader pauses is still read; the pause is ``[starts_on, resumes_on)`` and begins
with the next day. On ``resumes_on`` the days kept begin to run, and the calendar hangs on the day
they end. Source: billing.md §1.5.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from broadsheet.domain.billing_calendar import Span

YEAR = timedelta(days=365)


def begins_on(today: date) -> date:
    """The first day away of a reader who pauses today."""
    return today + timedelta(days=1)


def frozen_days(ends_on: date, starts_on: date) -> int:
    """The whole days that a pause keeps; nought or less where nothing is left to keep."""
    return (ends_on - starts_on).days


def days_away(pauses: Iterable[Span], until: date) -> int:
    """On how many of the 365 days before ``until`` the reader was away."""
    since = until - YEAR
    return sum(
        max(0, (min(pause.ends_on, until) - max(pause.starts_on, since)).days) for pause in pauses
    )


def longest_pause(pauses: Iterable[Span], starts_on: date, most: int) -> int:
    """How many days a pause from ``starts_on`` may last so that no 365 days hold more than ``most``.

    Of all windows the one that ends with the pause is the fullest, so it alone is looked at.
    """
    known = list(pauses)
    for days in range(most, 0, -1):
        if days + days_away(known, starts_on + timedelta(days=days)) <= most:
            return days
    return 0
