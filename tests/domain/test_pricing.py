from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from broadsheet.domain.billing_calendar import TermLength, TermUnit
from broadsheet.domain.money import Money
from broadsheet.domain.pricing import DatedPrice, find_price_in_force, per_month

pytestmark = pytest.mark.pure
JANUARY = datetime(2026, 1, 1, tzinfo=UTC)
JUNE = datetime(2026, 6, 1, tzinfo=UTC)
old = DatedPrice(Money(80_000, "INR"), JANUARY, JUNE)
new = DatedPrice(Money(90_000, "INR"), JUNE)


def test_the_price_of_the_day():
    assert find_price_in_force([new, old], JANUARY) == old
    assert find_price_in_force([new, old], JUNE - timedelta(microseconds=1)) == old
    assert find_price_in_force([new, old], JUNE) == new
    assert find_price_in_force([new, old], JANUARY - timedelta(days=1)) is None


@pytest.mark.parametrize(
    ("minor", "length", "label"),
    [
        (90_000, TermLength(3, TermUnit.MONTH), 30_000),
        (390_000, TermLength(2, TermUnit.YEAR), 16_200),
        (4_900, TermLength(1, TermUnit.WEEK), 21_200),
        (1_000, TermLength(1, TermUnit.DAY), 30_400),
        (36_500, TermLength(365, TermUnit.DAY), 3_000),
        (500, TermLength(1, TermUnit.YEAR), 41),
    ],
)
def test_the_monthly_label_of_any_term(minor, length, label):
    assert per_month(Money(minor, "INR"), length) == Money(label, "INR")
