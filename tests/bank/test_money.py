from __future__ import annotations

import pytest

from broadsheet.bank.money import write_amount

pytestmark = pytest.mark.pure


@pytest.mark.parametrize(
    ("minor", "currency", "written"),
    [
        (90_000, "INR", "₹900.00"),
        (270_000, "INR", "₹2,700.00"),
        (123_456_789, "INR", "₹12,34,567.89"),
        (5, "INR", "₹0.05"),
        (123_456_789, "USD", "$1,234,567.89"),
        (1_500, "JPY", "¥1,500"),
        (1_500, "KWD", "KWD\u00a01.500"),
    ],
)
def test_amounts_are_written_as_people_write_them(minor: int, currency: str, written: str) -> None:
    assert write_amount(minor, currency) == written
