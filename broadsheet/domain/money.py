"""Amounts: whole minor units of one currency, and splitting that always adds up.

No float and no Decimal is ever stored. ₹900 is ``Money(90_000, "INR")``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# Digits after the point where a currency has not two (ISO 4217).
DIGITS = {
    "BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0,
    "PYG": 0, "RWF": 0, "UGX": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
    "BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
}  # fmt: skip
USUAL_DIGITS = 2


class MixedCurrencies(ValueError):  # noqa: N818
    """Two amounts of different currencies cannot be put together."""


def units_in_major(currency: str) -> int:
    """How many minor units make one major unit: 100 paise a rupee, 1 for the yen."""
    return int(10 ** DIGITS.get(currency, USUAL_DIGITS))


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units of an ISO 4217 currency."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.minor, int) or isinstance(self.minor, bool):
            raise TypeError("Money is counted in whole minor units.")
        if len(self.currency) != 3 or not (self.currency.isascii() and self.currency.isupper()):  # noqa: PLR2004
            raise ValueError(f"{self.currency!r} is not an ISO 4217 code such as INR.")

    def __add__(self, other: Money) -> Money:
        self._must_match(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._must_match(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __mul__(self, times: int) -> Money:
        return Money(self.minor * times, self.currency)

    def __lt__(self, other: Money) -> bool:
        self._must_match(other)
        return self.minor < other.minor

    def __le__(self, other: Money) -> bool:
        self._must_match(other)
        return self.minor <= other.minor

    def __bool__(self) -> bool:
        return self.minor != 0

    def floor_to_major(self) -> Money:
        """The whole major units in it: ₹162.50 → ₹162."""
        unit = units_in_major(self.currency)
        return Money(self.minor // unit * unit, self.currency)

    def split(self, weights: Sequence[int]) -> tuple[Money, ...]:
        """Shares by weight that sum to the whole, each within one minor unit of its due.

        Largest remainder; of equal remainders the earlier share is served first. Raises
        ``ValueError`` when there is nothing to share by.
        """
        total = sum(weights)
        if total <= 0 or any(weight < 0 for weight in weights):
            raise ValueError("Weights must be nought or more and not all nought.")
        floors = [self.minor * weight // total for weight in weights]
        rests = [self.minor * weight % total for weight in weights]
        left = self.minor - sum(floors)
        for index in sorted(range(len(weights)), key=lambda i: (-rests[i], i))[:left]:
            floors[index] += 1
        return tuple(Money(share, self.currency) for share in floors)

    def _must_match(self, other: Money) -> None:
        if self.currency != other.currency:
            raise MixedCurrencies(f"{self.currency} and {other.currency} do not add.")
