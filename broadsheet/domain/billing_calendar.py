"""Terms hung on an anchor day.

A term is a half-open span of dates in the paper's zone: ``[starts_on, ends_on)``. Term *n* begins
at ``anchor + n × length``, in months and years clamped to the month's last day, and never at "the
last end plus a month": an anchor on the 31st is back on the 31st after every February. Dates are dates until the
last moment; only ``day_begins`` makes an instant of one.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from fractions import Fraction

MONTHS_A_YEAR = 12
DAYS_A_WEEK = 7
DAYS_A_MONTH = Fraction(365, MONTHS_A_YEAR)
"""The usual month of labels; no term is ever reckoned by it."""


class TermUnit(StrEnum):
    """What a term is counted in."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class TermLength:
    """How long a term is: ``TermLength(3, TermUnit.MONTH)``. Raises ``ValueError`` below one."""

    count: int
    unit: TermUnit

    def __post_init__(self) -> None:
        if self.count < 1:
            raise ValueError("A term is at least one day, week, month or year long.")

    @property
    def whole_months(self) -> int | None:
        """The length in calendar months, ``None`` where it is counted in days or weeks."""
        if self.unit is TermUnit.YEAR:
            return self.count * MONTHS_A_YEAR
        return self.count if self.unit is TermUnit.MONTH else None

    @property
    def in_months(self) -> Fraction:
        """The length in months for labels and comparison: a day is 12/365 of one."""
        if (months := self.whole_months) is not None:
            return Fraction(months)
        return Fraction(self._days) / DAYS_A_MONTH

    @property
    def _days(self) -> int:
        return self.count * (DAYS_A_WEEK if self.unit is TermUnit.WEEK else 1)

    def after(self, day: date, times: int = 1) -> date:
        """``day`` so many lengths later, in months and years clamped to the month's last day."""
        if (months := self.whole_months) is not None:
            return add_months(day, months * times)
        return day + timedelta(days=self._days * times)


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


def term_span(anchor_on: date, *, length: TermLength, index: int) -> Span:
    """The term number ``index`` (from 0) of an agreement anchored on ``anchor_on``."""
    if index < 0:
        raise ValueError("The first term is number 0.")
    return Span(length.after(anchor_on, index), length.after(anchor_on, index + 1))


def day_begins(day: date, zone: tzinfo) -> datetime:
    """The first instant of ``day`` in ``zone``, in UTC.

    Where a clock change skips midnight, the instant of the change; where midnight comes twice,
    the first.
    """
    return datetime.combine(day, time(), zone).astimezone(UTC)


def local_day(instant: datetime, zone: tzinfo) -> date:
    """The date that ``instant`` falls on in ``zone``."""
    return instant.astimezone(zone).date()
