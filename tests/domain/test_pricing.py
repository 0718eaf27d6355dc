from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

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


def test_a_term_has_a_month():
    with pytest.raises(ValueError, match="at least one month"):
        per_month(Money(1, "INR"), 0)
