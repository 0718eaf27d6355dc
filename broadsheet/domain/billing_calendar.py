"""Terms hung on an anchor day.

A term is a half-open span of dates in the paper's zone: ``[starts_on, ends_on)``. Term *n* begins
at ``anchor + n × months``, clamped to the month's last day, and never at "the last end plus a
month": an anchor on the 31st is back on the 31st after every February. Dates are dates until the
last moment; only ``day_begins`` makes an instant of one.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo

MONTHS_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class Span:
    """Dates from ``starts_on`` up to, and without, ``ends_on``."""

    starts_on: date
    ends_on: date

    def __post_init__(self) -> None:
        if self.ends_on <= self.starts_on:
            raise ValueError("A span ends after it starts.")

    @property
    def days(self) -> int:
        return (self.ends_on - self.starts_on).days

    def __contains__(self, day: date) -> bool:
        return self.starts_on <= day < self.ends_on


def add_months(day: date, months: int) -> date:
    """``day`` so many months later, clamped to the month's last day."""
    index = day.year * MONTHS_A_YEAR + day.month - 1 + months
    year, month = divmod(index, MONTHS_A_YEAR)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def term_span(anchor_on: date, *, months: int, index: int) -> Span:
    """The term number ``index`` (from 0) of an agreement anchored on ``anchor_on``."""
    if months < 1 or index < 0:
        raise ValueError("A term has at least one month, and the first is number 0.")
    return Span(add_months(anchor_on, months * index), add_months(anchor_on, months * (index + 1)))


def day_begins(day: date, zone: tzinfo) -> datetime:
    """The first instant of ``day`` in ``zone``, in UTC.

    Where a clock change skips midnight, the instant of the change; where midnight comes twice,
    the first.
    """
    return datetime.combine(day, time(), zone).astimezone(UTC)


def local_day(instant: datetime, zone: tzinfo) -> date:
    """The date that ``instant`` falls on in ``zone``."""
    return instant.astimezone(zone).date()
