from __future__ import annotations

import zoneinfo
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.domain.billing_calendar import Span, add_months, day_begins, local_day, term_span

pytestmark = pytest.mark.pure

days = st.dates(min_value=date(1990, 1, 1), max_value=date(2090, 12, 31))
terms = st.integers(min_value=1, max_value=36)
zones = st.sampled_from(
    ["Asia/Kolkata", "Pacific/Pago_Pago", "Pacific/Apia", "America/Sao_Paulo", "Europe/London",
     "Asia/Beirut", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "UTC"]
).map(zoneinfo.ZoneInfo)  # fmt: skip


@given(days, terms, st.integers(min_value=0, max_value=40))
def test_terms_tile(anchor, months, index):
    here = term_span(anchor, months=months, index=index)
    after = term_span(anchor, months=months, index=index + 1)
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
    starts = [term_span(date(2027, 1, 31), months=1, index=n).starts_on for n in range(4)]
    assert starts == [date(2027, 1, 31), date(2027, 2, 28), date(2027, 3, 31), date(2027, 4, 30)]


def test_the_29th_of_february_comes_back_in_leap_years():
    starts = [term_span(date(2028, 2, 29), months=12, index=n).starts_on for n in range(5)]
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


@pytest.mark.parametrize(("months", "index"), [(0, 0), (-1, 0), (1, -1)])
def test_there_is_no_such_term(months, index):
    with pytest.raises(ValueError, match="at least one month"):
        term_span(date(2026, 1, 1), months=months, index=index)


def test_a_span_ends_after_it_starts():
    with pytest.raises(ValueError, match="ends after"):
        Span(date(2026, 1, 1), date(2026, 1, 1))
