from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.domain.invoice_number import (
    NUMBER,
    SeriesFull,
    YearStart,
    name_series,
    name_year,
    write_number,
)

pytestmark = pytest.mark.pure
INDIA = YearStart(4, 1)
CALENDAR = YearStart(1, 1)


@pytest.mark.parametrize(
    ("day", "begins", "year"),
    [
        (date(2026, 3, 31), INDIA, "2526"),
        (date(2026, 4, 1), INDIA, "2627"),
        (date(2027, 3, 31), INDIA, "2627"),
        (date(2099, 4, 1), INDIA, "9900"),
        (date(2026, 1, 1), CALENDAR, "2026"),
        (date(2026, 12, 31), CALENDAR, "2026"),
        (date(2026, 7, 1), YearStart(7, 1), "2627"),
    ],
)
def test_the_financial_year_of_a_day(day, begins, year):
    assert name_year(day, begins) == year


def test_the_first_number_of_a_year():
    assert write_number(name_series("BS", date(2026, 11, 26), INDIA), 1) == "BS/2627/0000001"
    assert write_number(name_series("BC", date(2026, 11, 26), CALENDAR), 12) == "BC/2026/0000012"


@given(
    st.from_regex(r"\A[A-Za-z0-9-]{1,3}\Z"),
    st.dates(),
    st.integers(min_value=1, max_value=9_999_999),
)
def test_every_number_keeps_the_rule(prefix, day, n):
    number = write_number(name_series(prefix, day, INDIA), n)
    assert NUMBER.fullmatch(number)
    assert number.rsplit("/", 1)[1] == f"{n:07d}"


@given(st.dates(min_value=date(1, 2, 1), max_value=date(9998, 1, 1)))
def test_a_year_begins_on_its_day_and_nowhere_else(day):
    following = date.fromordinal(day.toordinal() + 1)
    changes = name_year(day, INDIA) != name_year(following, INDIA)
    assert changes == ((following.month, following.day) == (4, 1))


@pytest.mark.parametrize("prefix", ["", "LONG", "B/", "बी", "B S", "B\n"])
def test_a_prefix_that_a_number_cannot_begin_with(prefix):
    with pytest.raises(ValueError, match="series begins"):
        name_series(prefix, date(2026, 4, 1), INDIA)


def test_a_series_ends_at_sixteen_characters():
    assert write_number("BS/2627", 99_999_999) == "BS/2627/99999999"
    with pytest.raises(SeriesFull):
        write_number("BS/2627", 100_000_000)
    with pytest.raises(ValueError, match="first number"):
        write_number("BS/2627", 0)


@pytest.mark.parametrize("written", ["", "4-1", "13-01", "04-31", "02-29", "०४-०१", "04-01 "])
def test_a_day_that_no_year_begins_on(written):
    with pytest.raises(ValueError, match=r"MM-DD|must be in|out of range"):
        YearStart.parse(written)


def test_a_day_is_read():
    assert YearStart.parse("04-01") == INDIA
