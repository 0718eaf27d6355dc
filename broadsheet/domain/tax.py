"""Which tax is inside a price, and how much: dated rates by country and tax class.

Prices include their tax, so a tax is taken out of a total and the parts always add up to it. The
split of GST follows billing.md §3.4: CGST and SGST are the same half, rounded once, and the taxable
value is what is left. (Rounding the taxable value first makes ₹899.99 of ₹900.) Which rate holds,
and whether an export is taxed, is for the publisher's accountant to say; the rates are rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

INDIA = "IN"
WHOLE_BP = 10_000
MOST_RATE_BP = WHOLE_BP

ONLINE, PRINT = "online", "print"
USUAL_CLASS = ONLINE
"""The tax class of what names none."""
USUAL_RATES = {INDIA: ((ONLINE, 1_800, "998431"), (PRINT, 0, "4902"))}
"""Country → tax class, rate in hundredths of a per cent and code, as of 2026 (billing.md §2.5)."""


class Treatment(StrEnum):
    """How a sale is taxed."""

    UNTAXED = "untaxed"
    """The seller has no tax number."""
    WITHIN_STATE = "within-state"
    BETWEEN_STATES = "between-states"
    VAT = "vat"
    EXPORT = "export"


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody is: an ISO 3166 country, and in India the State's two digits."""

    country: str
    state: str = ""


@dataclass(frozen=True, slots=True)
class TaxRate:
    """What one class of things is taxed at in one country, ``[starts_on, ends_on)``.

    ``rate_bp`` is in hundredths of a per cent (1,800 = 18 %), ``code`` the HSN or SAC where the
    country has such codes.
    """

    country: str
    tax_class: str
    rate_bp: int
    code: str
    starts_on: date
    ends_on: date | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.rate_bp <= MOST_RATE_BP:
            raise ValueError("A tax rate is between 0 and 100 per cent.")

    def holds_on(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day < self.ends_on)


@dataclass(frozen=True, slots=True)
class Split:
    """A total in minor units and what it is made of; the parts sum to it."""

    taxable: int
    cgst: int = 0
    sgst: int = 0
    igst: int = 0
    vat: int = 0

    @property
    def tax(self) -> int:
        return self.cgst + self.sgst + self.igst + self.vat

    @property
    def total(self) -> int:
        return self.taxable + self.tax

    def __add__(self, other: Split) -> Split:
        return Split(*(a + b for a, b in zip(self.parts, other.parts, strict=True)))

    def __sub__(self, other: Split) -> Split:
        return Split(*(a - b for a, b in zip(self.parts, other.parts, strict=True)))

    @property
    def parts(self) -> tuple[int, int, int, int, int]:
        """Taxable value, CGST, SGST, IGST, VAT."""
        return self.taxable, self.cgst, self.sgst, self.igst, self.vat


class NoRate(LookupError):  # noqa: N818
    """The seller is registered for tax and nobody has said what this class is taxed at."""


def find_rate(rates: Iterable[TaxRate], country: str, tax_class: str, day: date) -> TaxRate | None:
    """The rate in force on a day; of several, the one that began last."""
    return max(
        (
            rate
            for rate in rates
            if rate.country == country and rate.tax_class == tax_class and rate.holds_on(day)
        ),
        key=lambda rate: rate.starts_on,
        default=None,
    )


def place_of_supply(seller: Place, buyer: Place | None) -> Place:
    """Where a sale happens: where the reader is.

    Of a reader whose address is not on record it is where the seller is (IGST Act, section 12(2)).
    """
    if buyer is None or not buyer.country:
        return seller
    if buyer.country == seller.country and not buyer.state:
        return seller
    return buyer


def choose_treatment(
    seller: Place, *, registered: bool, place: Place, taxed_countries: frozenset[str]
) -> Treatment:
    """How a sale at ``place`` is taxed. ``taxed_countries`` are those with a rate of any class.

    Abroad a country's own rate is charged where the publisher has laid one down, as the European
    one-stop shop wants; otherwise the sale is an export without tax.
    """
    if not registered:
        return Treatment.UNTAXED
    if place.country == seller.country == INDIA:
        same = place.state == seller.state
        return Treatment.WITHIN_STATE if same else Treatment.BETWEEN_STATES
    if place.country == seller.country or place.country in taxed_countries:
        return Treatment.VAT
    return Treatment.EXPORT


def take_tax_out(total: int, rate_bp: int, treatment: Treatment) -> Split:
    """Split a total that includes its tax. ₹900 at 18 %: 762.72 + 68.64 + 68.64 within one State,
    762.71 + 137.29 between States.
    """
    if total < 0:
        raise ValueError("A total is nought or more.")
    if treatment is Treatment.WITHIN_STATE:
        half = _round_half_up(total * rate_bp, 2 * (WHOLE_BP + rate_bp))
        return Split(total - 2 * half, cgst=half, sgst=half)
    tax = _round_half_up(total * rate_bp, WHOLE_BP + rate_bp)
    if treatment is Treatment.BETWEEN_STATES:
        return Split(total - tax, igst=tax)
    if treatment is Treatment.VAT:
        return Split(total - tax, vat=tax)
    return Split(total)


def take_back(left: Split, amount: int) -> Split:
    """The share of ``left``, what an invoice line still stands at, that goes back with ``amount``.

    Proportional, never more of any part than is left, and all of it when the last paisa goes back.
    CGST and SGST stay equal as long as there is a taxable paisa to give way.
    """
    if not 0 <= amount <= left.total:
        raise ValueError(f"Between 0 and {left.total} can be taken back, not {amount}.")
    if not amount:
        return Split(0)
    if left.cgst != left.sgst:
        return Split(*_share(amount, left.parts))
    both = (left.taxable, left.cgst + left.sgst, left.igst, left.vat)
    taxable, halves, igst, vat = _share(amount, both)
    if halves % 2:
        give = 1 if taxable < left.taxable else -min(1, taxable)
        taxable, halves = taxable + give, halves - give
    sgst = halves // 2
    return Split(taxable, halves - sgst, sgst, igst, vat)


def share_out(amount: int, weights: tuple[int, ...]) -> tuple[int, ...]:
    """``amount`` shared by ``weights``, no share above its weight; they sum to ``amount``.

    Raises ``ValueError`` when the weights do not hold so much.
    """
    if not 0 <= amount <= sum(weights):
        raise ValueError(f"{amount} cannot be shared among {weights}.")
    return _share(amount, weights)


def _share(amount: int, weights: tuple[int, ...]) -> tuple[int, ...]:
    """Largest remainder; no share is above its weight as long as ``amount`` is not above the sum."""
    whole = sum(weights)
    if not whole:
        return weights
    floors = [amount * weight // whole for weight in weights]
    rests = [amount * weight % whole for weight in weights]
    for index in sorted(range(len(weights)), key=lambda i: (-rests[i], i))[: amount - sum(floors)]:
        floors[index] += 1
    return tuple(floors)


def _round_half_up(numerator: int, denominator: int) -> int:
    return (2 * numerator + denominator) // (2 * denominator)
