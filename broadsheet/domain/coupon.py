"""What a coupon takes off: a share or a sum, from the first terms that cost anything.

Source of the rules: billing.md §1.5. A share is kept in basis points: 2,500 is a quarter. What is
taken off is rounded up to the whole minor unit, so that a reader never gets less than was promised.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from broadsheet.domain.billing_calendar import TermLength
from broadsheet.domain.money import Money
from broadsheet.domain.pricing import (
    MOST_TERMS,
    Step,
    length_of_term,
    price_of_term,
    share_parts,
)

WHOLE = 10_000
"""All of a price, in basis points."""
SHORTEST_CODE, LONGEST_CODE = 4, 24
_CODE = re.compile(r"[A-Z0-9]+(?:-[A-Z0-9]+)*")


class WrongCoupon(ValueError):  # noqa: N818
    """A coupon that cannot stand; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Reduction:
    """What comes off: ``share`` of the price in basis points, or a fixed ``amount``; never both.

    ``terms`` is for how many terms, counted from the first that costs anything; ``None`` for ever.
    Raises ``WrongCoupon``.
    """

    share: int = 0
    amount: Money | None = None
    terms: int | None = 1

    def __post_init__(self) -> None:
        if (self.share > 0) == (self.amount is not None):
            raise WrongCoupon("A coupon takes off either a share or a sum.")
        if not 0 <= self.share <= WHOLE:
            raise WrongCoupon("A share is more than nought and at most all of the price.")
        if self.amount is not None and self.amount.minor <= 0:
            raise WrongCoupon("A coupon takes off more than nought.")
        if self.terms is not None and not 1 <= self.terms <= MOST_TERMS:
            raise WrongCoupon(f"A coupon holds for 1 to {MOST_TERMS} terms, or for ever.")
        if self.share == WHOLE and self.terms != 1:
            raise WrongCoupon("A coupon that takes off everything holds for one term.")

    def fits(self, currency: str) -> bool:
        """Whether it can come off a price in this currency."""
        return self.amount is None or self.amount.currency == currency

    def taken_off(self, price: Money) -> Money:
        """``price`` with the reduction taken off, never below nought."""
        if self.amount is not None:
            return Money(max(0, price.minor - self.amount.minor), price.currency)
        return Money(price.minor - -(-price.minor * self.share // WHOLE), price.currency)

    def write(self) -> dict[str, Any]:
        """Plain values, for a subscription's snapshot."""
        kept: dict[str, Any] = {"terms": self.terms}
        if self.amount is None:
            return kept | {"share": self.share}
        return kept | {"amount_minor": self.amount.minor, "currency": self.amount.currency}

    @classmethod
    def read(cls, written: Mapping[str, Any]) -> Reduction | None:
        """What ``write`` wrote; ``None`` of nothing."""
        if not written:
            return None
        if "share" in written:
            return cls(share=written["share"], terms=written["terms"])
        amount = Money(written["amount_minor"], written["currency"])
        return cls(amount=amount, terms=written["terms"])


@dataclass(frozen=True, slots=True)
class Stretch:
    """Terms in a row that cost the same: ``terms`` of them, ``None`` until the reader says stop."""

    terms: int | None
    amount: Money
    length: TermLength


@dataclass(frozen=True, slots=True)
class Agreed:
    """What one reader's terms cost, from the first on: a standing price, steps, and a coupon."""

    standing: Money
    length: TermLength
    steps: tuple[Step, ...] = ()
    reduction: Reduction | None = None
    parts: Sequence[Mapping[str, Any]] = ()

    def price_of(self, index: int) -> Money:
        """What the term number ``index`` (from 0) costs."""
        price = price_of_term(self.steps, self.standing, index)
        if self.reduction is None or not price:
            return price
        free = sum(1 for step in self.steps if not step.amount)
        terms = self.reduction.terms
        if terms is not None and index - free >= terms:
            return price
        return self.reduction.taken_off(price)

    def length_of(self, index: int) -> TermLength:
        """How long the term number ``index`` is."""
        return length_of_term(self.steps, self.length, index)

    def parts_of(self, index: int) -> list[dict[str, Any]]:
        """What the amount of that term is made of; empty where it is all of one class."""
        return share_parts(self.parts, self.price_of(index))

    @property
    def settles_at(self) -> int:
        """The number of the first term from which on nothing changes any more."""
        after = sum(step.terms for step in self.steps)
        if self.reduction is None or self.reduction.terms is None:
            return after
        free = sum(1 for step in self.steps if not step.amount)
        return max(after, free + self.reduction.terms)

    @property
    def stretches(self) -> tuple[Stretch, ...]:
        """The whole of it told in order; the last goes on until the reader says stop."""
        last = self.settles_at
        costs = [(self.price_of(index), self.length_of(index)) for index in range(last + 1)]
        runs = [(amount, length, len(list(run))) for (amount, length), run in groupby(costs)]
        return tuple(
            Stretch(None if place == len(runs) - 1 else terms, amount, length)
            for place, (amount, length, terms) in enumerate(runs)
        )

    @property
    def can_be_charged(self) -> bool:
        """Whether every term but the first costs something: no order of nought is ever opened."""
        return all(self.price_of(index) for index in range(1, self.settles_at + 2))


def normalise_code(written: str) -> str:
    """A code as it is kept: capitals, no spaces. Raises ``WrongCoupon`` where it cannot be one."""
    code = "".join(written.split()).upper()
    if not SHORTEST_CODE <= len(code) <= LONGEST_CODE or not _CODE.fullmatch(code):
        raise WrongCoupon(
            f"A code is {SHORTEST_CODE} to {LONGEST_CODE} letters and figures, as in SPRING-25."
        )
    return code
