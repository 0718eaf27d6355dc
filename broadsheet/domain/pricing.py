"""From dated amounts to the price of a term, and the monthly figure printed beside it.

A price may begin with introductory steps: "the first 3 terms ₹99, then ₹300". The first of them may
be a trial: one term of its own length, cheaper or free. After the steps the standing amount holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from broadsheet.domain.billing_calendar import TermLength, TermUnit
from broadsheet.domain.money import Money

MOST_TERMS = 120
"""The longest run of introductory terms."""
MOST_STEPS = 5


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


class WrongSteps(ValueError):  # noqa: N818
    """Introductory steps that cannot stand; the message says what to change."""


@dataclass(frozen=True, slots=True)
class Step:
    """So many terms in a row at one amount; with a ``length`` of its own it is a trial."""

    terms: int
    amount: Money
    length: TermLength | None = None

    @property
    def is_trial(self) -> bool:
        return self.length is not None


def check_steps(steps: Sequence[Step], standing: Money) -> None:
    """Raises ``WrongSteps`` with the first reason why the steps cannot go before ``standing``."""
    if len(steps) > MOST_STEPS:
        raise WrongSteps(f"A price begins with {MOST_STEPS} steps at most.")
    for place, step in enumerate(steps):
        if not 1 <= step.terms <= MOST_TERMS:
            raise WrongSteps(f"A step holds for 1 to {MOST_TERMS} terms.")
        if step.amount.currency != standing.currency:
            raise WrongSteps("Steps and price are in one currency.")
        if step.is_trial and (place > 0 or step.terms != 1):
            raise WrongSteps("A trial is one term, and the first.")
        if step.amount.minor < 0 or (not step.amount and not step.is_trial):
            raise WrongSteps("Only a trial is free; write what the step costs.")
        if standing <= step.amount:
            raise WrongSteps("A step costs less than the price that follows it.")


def price_of_term(steps: Sequence[Step], standing: Money, index: int) -> Money:
    """What the term number ``index`` (from 0) costs: its step's amount, after the steps ``standing``.

    Raises ``ValueError`` below nought.
    """
    step = find_step(steps, index)
    return standing if step is None else step.amount


def length_of_term(steps: Sequence[Step], usual: TermLength, index: int) -> TermLength:
    """How long the term number ``index`` is: a trial has a length of its own."""
    step = find_step(steps, index)
    return usual if step is None or step.length is None else step.length


def find_step(steps: Sequence[Step], index: int) -> Step | None:
    """The step that covers the term number ``index`` (from 0), ``None`` after the last."""
    if index < 0:
        raise ValueError("The first term is number 0.")
    for step in steps:
        if index < step.terms:
            return step
        index -= step.terms
    return None


def write_steps(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """The steps as they are kept: plain values, without the currency, which is the price's."""
    return [
        {"terms": step.terms, "amount_minor": step.amount.minor}
        | ({"count": step.length.count, "unit": step.length.unit.value} if step.length else {})
        for step in steps
    ]


def read_steps(written: Sequence[Mapping[str, Any]], currency: str) -> tuple[Step, ...]:
    """What ``write_steps`` wrote."""
    return tuple(
        Step(
            terms=one["terms"],
            amount=Money(one["amount_minor"], currency),
            length=TermLength(one["count"], TermUnit(one["unit"])) if "unit" in one else None,
        )
        for one in written
    )


def share_parts(parts: Sequence[Mapping[str, Any]], amount: Money) -> list[dict[str, Any]]:
    """The parts of a price, cut to another amount in their proportion; they sum to ``amount``.

    A part that comes to nothing is left out. Parts are ``{"description", "amount_minor",
    "tax_class"}``, as ``payments.Order.parts``.
    """
    if not parts:
        return []
    shares = amount.split([part["amount_minor"] for part in parts])
    return [
        {**part, "amount_minor": share.minor}
        for part, share in zip(parts, shares, strict=True)
        if share
    ]
