from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.domain.billing_calendar import Span
from broadsheet.domain.money import MixedCurrencies, Money
from broadsheet.domain.proration import PaidTerm, SwitchCost, allot, find_switch_cost

pytestmark = pytest.mark.pure
QUARTER = PaidTerm(Span(date(2026, 1, 1), date(2026, 4, 1)), Money(90_000, "INR"))


def rupees(minor):
    return Money(minor, "INR")


@pytest.mark.parametrize(
    ("day", "unused", "credit"),
    [
        (date(2025, 12, 1), 90, 90_000),
        (date(2026, 1, 1), 90, 90_000),
        (date(2026, 1, 2), 89, 89_000),
        (date(2026, 3, 31), 1, 1_000),
        (date(2026, 4, 1), 0, 0),
        (date(2026, 5, 1), 0, 0),
    ],
)
def test_the_days_ahead_are_worth_their_share(day, unused, credit):
    assert QUARTER.unused_on(day) == unused
    assert QUARTER.credit_on(day) == rupees(credit)


def test_days_away_are_not_days_served():
    away = PaidTerm(Span(date(2026, 1, 1), date(2026, 5, 1)), rupees(90_000), paused_days=30)
    assert away.served_days == 90
    assert away.credit_on(date(2026, 4, 1)) == rupees(30_000)


def test_a_switch_costs_the_full_price_less_the_credit():
    yearly = rupees(270_000)
    assert find_switch_cost(QUARTER, yearly, date(2026, 2, 1)) == SwitchCost(yearly, rupees(59_000))
    assert find_switch_cost(QUARTER, yearly, date(2026, 2, 1)).to_pay == rupees(211_000)
    # Of a 31 days' month of ₹100 one day is worth ₹3.22, never ₹3.23.
    month = PaidTerm(Span(date(2026, 1, 1), date(2026, 2, 1)), rupees(10_000))
    assert month.credit_on(date(2026, 1, 31)) == rupees(322)


def test_a_switch_that_costs_nothing_waits_for_the_end():
    assert find_switch_cost(QUARTER, rupees(59_000), date(2026, 2, 1)) is None
    assert find_switch_cost(QUARTER, rupees(59_001), date(2026, 2, 1)).to_pay == rupees(1)
    with pytest.raises(MixedCurrencies):
        find_switch_cost(QUARTER, Money(100, "EUR"), date(2026, 2, 1))


@given(
    st.integers(0, 10**12),
    st.dates(date(1990, 1, 1), date(2090, 1, 1)),
    st.integers(1, 1500),
    st.integers(0, 400),
    st.integers(-10, 1600),
)
def test_credit_is_never_more_than_was_paid_and_never_grows(minor, starts_on, days, paused, later):
    span = Span(starts_on, starts_on + timedelta(days=days + paused))
    term = PaidTerm(span, rupees(minor), paused)
    day = starts_on + timedelta(days=later)
    credit = term.credit_on(day)
    assert 0 <= credit.minor <= minor
    assert term.credit_on(day + timedelta(days=1)).minor <= credit.minor
    assert term.credit_on(span.ends_on) == rupees(0)


@given(st.lists(st.integers(0, 10**9), max_size=6), st.integers(0, 10**9))
def test_what_is_allotted_sums_to_the_amount_and_overdraws_nothing(held, wanted):
    money = [rupees(minor) for minor in held]
    if wanted > sum(held):
        with pytest.raises(ValueError, match="are not there"):
            allot(rupees(wanted), money)
        return
    shares = allot(rupees(wanted), money)
    assert sum(share.minor for share in shares) == wanted
    assert all(0 <= share.minor <= one for share, one in zip(shares, held, strict=True))
