"""From dated amounts to the price of a term, and the monthly figure printed beside it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from broadsheet.domain.billing_calendar import TermLength
from broadsheet.domain.money import Money


@dataclass(frozen=True, slots=True)
class DatedPrice:
    """What a plan costs from ``starts_at`` up to, and without, ``ends_at`` (open when ``None``)."""

    amount: Money
    starts_at: datetime
    ends_at: datetime | None = None

    def holds_at(self, instant: datetime) -> bool:
        return self.starts_at <= instant and (self.ends_at is None or instant < self.ends_at)


def find_price_in_force(prices: Iterable[DatedPrice], at: datetime) -> DatedPrice | None:
    """The price at an instant; of several, the one that began last."""
    return max(
        (price for price in prices if price.holds_at(at)),
        key=lambda price: price.starts_at,
        default=None,
    )


def per_month(price: Money, length: TermLength) -> Money:
    """The monthly figure of a plan card: whole major units, rounded down.

    A label, never a charge: ₹900 for 3 months → ₹300, ₹3,900 for 2 years → ₹162; for terms in days
    and weeks a month is 365/12 days. Where rounding would leave nothing (a term cheaper than one
    major unit a month), the minor units are kept. Source: billing.md §3.2.
    """
    exact = Money(int(price.minor / length.in_months), price.currency)
    return exact.floor_to_major() or exact
