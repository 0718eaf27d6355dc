from __future__ import annotations

import zoneinfo
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.domain.billing_calendar import (
    Span,
    TermLength,
    TermUnit,
    add_months,
    day_begins,
    local_day,
    term_span,
)

pytestmark = pytest.mark.pure

A_MONTH, A_YEAR = TermLength(1, TermUnit.MONTH), TermLength(1, TermUnit.YEAR)
days = st.dates(min_value=date(1990, 1, 1), max_value=date(2090, 12, 31))
lengths = st.builds(TermLength, st.integers(min_value=1, max_value=36), st.sampled_from(TermUnit))
zones = st.sampled_from(
    ["Asia/Kolkata", "Pacific/Pago_Pago", "Pacific/Apia", "America/Sao_Paulo", "Europe/London",
     "Asia/Beirut", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "UTC"]
).map(zoneinfo.ZoneInfo)  # fmt: skip


@given(days, lengths, st.integers(min_value=0, max_value=40))
def test_terms_tile(anchor, length, index):
    here = term_span(anchor, length=length, index=index)
    after = term_span(anchor, length=length, index=index + 1)
    assert here.ends_on == after.starts_on
    assert here.days > 0
    assert (after.starts_on in here, here.starts_on in here) == (False, True)


@given(days, st.integers(min_value=0, max_value=400))
def test_a_day_moves_only_to_be_clamped(anchor, months):
    there = add_months(anchor, months)
    assert (there.year * 12 + there.month) - (anchor.year * 12 + anchor.month) == months
    assert there.day == anchor.day or (
        there.day < anchor.day and (there + timedelta(days=1)).day == 1
    )


def test_an_anchor_on_the_31st_survives_february():
    starts = [term_span(date(2027, 1, 31), length=A_MONTH, index=n).starts_on for n in range(4)]
    assert starts == [date(2027, 1, 31), date(2027, 2, 28), date(2027, 3, 31), date(2027, 4, 30)]


def test_the_29th_of_february_comes_back_in_leap_years():
    starts = [term_span(date(2028, 2, 29), length=A_YEAR, index=n).starts_on for n in range(5)]
    assert starts[1:] == [
        date(2029, 2, 28),
        date(2030, 2, 28),
        date(2031, 2, 28),
        date(2032, 2, 29),
    ]


@given(days, zones)
def test_a_day_begins_on_that_day_and_not_before(day, zone):
    begins = day_begins(day, zone)
    assert begins.tzinfo is UTC
    assert local_day(begins - timedelta(seconds=1), zone) < day
    # A day that a zone left out (Samoa, 30 December 2011) begins where the next one does.
    assert local_day(begins, zone) in {day, day + timedelta(days=1)}


def test_midnight_in_kadalpur():
    kolkata = zoneinfo.ZoneInfo("Asia/Kolkata")
    assert day_begins(date(2026, 11, 23), kolkata) == datetime(2026, 11, 22, 18, 30, tzinfo=UTC)
    assert local_day(datetime(2026, 11, 22, 18, 29, tzinfo=UTC), kolkata) == date(2026, 11, 22)


def test_a_midnight_that_a_clock_change_skips():
    sao_paulo = zoneinfo.ZoneInfo("America/Sao_Paulo")
    assert day_begins(date(2018, 11, 4), sao_paulo) == datetime(2018, 11, 4, 3, tzinfo=UTC)


@pytest.mark.parametrize("count", [0, -1])
def test_there_is_no_such_length(count):
    with pytest.raises(ValueError, match="at least one day, week, month or year"):
        TermLength(count, TermUnit.WEEK)


def test_there_is_no_term_before_the_first():
    with pytest.raises(ValueError, match="number 0"):
        term_span(date(2026, 1, 1), length=A_MONTH, index=-1)


@pytest.mark.parametrize(
    ("length", "starts_on", "ends_on"),
    [
        (TermLength(10, TermUnit.DAY), date(2026, 1, 30), date(2026, 2, 9)),
        (TermLength(2, TermUnit.WEEK), date(2026, 2, 3), date(2026, 2, 17)),
        (TermLength(3, TermUnit.MONTH), date(2026, 4, 20), date(2026, 7, 20)),
        (TermLength(2, TermUnit.YEAR), date(2028, 1, 20), date(2030, 1, 20)),
    ],
)
def test_the_second_term_by_unit(length, starts_on, ends_on):
    assert term_span(date(2026, 1, 20), length=length, index=1) == Span(starts_on, ends_on)


def test_a_span_ends_after_it_starts():
    with pytest.raises(ValueError, match="ends after"):
        Span(date(2026, 1, 1), date(2026, 1, 1))
