from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.domain.billing_calendar import TermLength, TermUnit
from broadsheet.domain.money import MixedCurrencies, Money, units_in_major
from broadsheet.domain.pricing import per_month

pytestmark = pytest.mark.pure

amounts = st.integers(min_value=-(10**12), max_value=10**12)
weights = st.lists(st.integers(min_value=0, max_value=10**6), min_size=1, max_size=12).filter(any)


@given(amounts, weights)
def test_a_split_sums_and_is_fair_to_one_unit(minor, parts):
    whole = Money(minor, "INR")
    shares = whole.split(parts)
    assert sum(share.minor for share in shares) == minor
    for share, weight in zip(shares, parts, strict=True):
        assert abs(share.minor * sum(parts) - minor * weight) < sum(parts)


@pytest.mark.parametrize("parts", [[], [0], [0, 0], [1, -1]])
def test_there_must_be_something_to_share_by(parts):
    with pytest.raises(ValueError, match="Weights"):
        Money(100, "INR").split(parts)


@pytest.mark.parametrize(
    ("minor", "months", "label"),
    [(90_000, 3, 30_000), (270_000, 12, 22_500), (390_000, 24, 16_200)],
)
def test_the_monthly_label_is_floored_to_whole_rupees(minor, months, label):
    assert per_month(Money(minor, "INR"), TermLength(months, TermUnit.MONTH)) == Money(label, "INR")


def test_a_term_cheaper_than_a_rupee_a_month_keeps_its_paise():
    assert per_month(Money(900, "INR"), TermLength(1, TermUnit.YEAR)) == Money(75, "INR")


def test_the_monthly_label_of_a_currency_without_cents():
    assert per_month(Money(1000, "JPY"), TermLength(3, TermUnit.MONTH)) == Money(333, "JPY")
    assert units_in_major("KWD") == 1000


@given(st.integers(min_value=0, max_value=10**10), st.integers(min_value=1, max_value=120))
def test_the_monthly_label_never_promises_more_than_the_price(minor, months):
    assert (
        per_month(Money(minor, "INR"), TermLength(months, TermUnit.MONTH)).minor * months <= minor
    )


def test_arithmetic_keeps_the_currency():
    assert Money(5, "INR") + Money(7, "INR") == Money(12, "INR")
    assert Money(5, "INR") - Money(7, "INR") == Money(-2, "INR")
    assert -Money(5, "INR") * 2 == Money(-10, "INR")
    assert Money(5, "INR") < Money(6, "INR") <= Money(6, "INR")
    assert not Money(0, "INR")


def test_currencies_do_not_mix():
    with pytest.raises(MixedCurrencies):
        Money(5, "INR") + Money(5, "USD")
    with pytest.raises(MixedCurrencies):
        Money(5, "INR").__lt__(Money(5, "USD"))


@pytest.mark.parametrize("minor", [9.0, "9", True])
def test_only_whole_minor_units(minor):
    with pytest.raises(TypeError):
        Money(minor, "INR")


@pytest.mark.parametrize("currency", ["", "inr", "RUPEE", "₹₹₹"])
def test_only_iso_codes(currency):
    with pytest.raises(ValueError, match="ISO 4217"):
        Money(1, currency)
