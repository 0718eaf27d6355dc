"""Numbers of invoices and credit notes: consecutive in a series that begins anew each financial year.

India asks for at most sixteen characters of letters, digits, hyphen and stroke, unique within the
year from 1 April to 31 March (CGST Rules, rule 46(b)): ``BS/2627/0000001``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

LONGEST = 16
DIGITS = 7
PREFIX = re.compile(r"[A-Za-z0-9-]{1,3}", re.ASCII)
NUMBER = re.compile(r"[A-Za-z0-9/-]{1,16}", re.ASCII)


class SeriesFull(OverflowError):  # noqa: N818
    """A series holds no more numbers of sixteen characters; begin another prefix."""


@dataclass(frozen=True, slots=True)
class YearStart:
    """The day on which a financial year begins: ``YearStart(4, 1)`` in India."""

    month: int
    day: int

    def __post_init__(self) -> None:
        # A year that began on 29 February would mostly not begin at all.
        date(2025, self.month, self.day)

    @classmethod
    def parse(cls, written: str) -> YearStart:
        """``"04-01"`` → 1 April. Raises ``ValueError``."""
        found = re.fullmatch(r"(\d\d)-(\d\d)", written, re.ASCII)
        if found is None:
            raise ValueError("A day of the year is written MM-DD, such as 04-01.")
        return cls(int(found[1]), int(found[2]))

    def year_of(self, day: date) -> int:
        """The calendar year in which the financial year of ``day`` began."""
        return day.year - ((day.month, day.day) < (self.month, self.day))


def name_year(day: date, begins: YearStart) -> str:
    """``2627`` for a year that ends in another than it began, ``2026`` for a calendar year."""
    first = begins.year_of(day)
    if (begins.month, begins.day) == (1, 1):
        return f"{first:04d}"
    return f"{first % 100:02d}{(first + 1) % 100:02d}"


def name_series(prefix: str, day: date, begins: YearStart) -> str:
    """The series that a document of ``day`` is numbered in: ``BS/2627``. Raises ``ValueError``."""
    if not PREFIX.fullmatch(prefix):
        raise ValueError("A series begins with one to three letters, digits or hyphens.")
    return f"{prefix}/{name_year(day, begins)}"


def write_number(series: str, n: int) -> str:
    """``("BS/2627", 1)`` → ``BS/2627/0000001``. Raises ``SeriesFull``, ``ValueError``."""
    if n < 1:
        raise ValueError("The first number of a series is 1.")
    number = f"{series}/{n:0{DIGITS}d}"
    if len(number) > LONGEST:
        raise SeriesFull(f"Series {series} is full; begin another.")
    return number
