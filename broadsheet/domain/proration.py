"""What a term that is given up is still worth, and what a switch of plans therefore costs.

The credit is ``floor(worth × unused days / served days)``: whole minor units, never more than was
paid for the term, never rounded up. Source: billing.md §1.5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from broadsheet.domain.billing_calendar import Span
from broadsheet.domain.money import Money


@dataclass(frozen=True, slots=True)
class PaidTerm:
    """A paid period: its dates, how many of them the reader was away, and what it was worth.

    ``worth`` is the money that was paid for it and not given back, with the credit that an earlier
    term brought along.
    """

    span: Span
    worth: Money
    paused_days: int = 0

    @property
    def served_days(self) -> int:
        """The days the paper is owed on, at least one."""
        return max(1, self.span.days - self.paused_days)

    def unused_on(self, day: date) -> int:
        """How many of them lie ahead at the beginning of ``day``."""
        ahead = (self.span.ends_on - max(day, self.span.starts_on)).days
        return min(max(0, ahead), self.served_days)

    def credit_on(self, day: date) -> Money:
        """What the unused days are worth at the beginning of ``day``."""
        return Money(
            self.worth.minor * self.unused_on(day) // self.served_days, self.worth.currency
        )


@dataclass(frozen=True, slots=True)
class SwitchCost:
    """What leaving a term for another plan costs today."""

    full: Money
    credit: Money

    @property
    def to_pay(self) -> Money:
        return self.full - self.credit


def find_switch_cost(term: PaidTerm, full: Money, day: date) -> SwitchCost | None:
    """The cost of a term of ``full`` price begun on ``day`` in place of ``term``.

    ``None`` where the credit would pay for all of it: nothing can be charged then, and the switch
    waits for the term's end.
    """
    cost = SwitchCost(full, term.credit_on(day))
    return cost if cost.to_pay.minor > 0 else None


def allot(amount: Money, held: Sequence[Money]) -> tuple[Money, ...]:
    """Take ``amount`` from these in order, from each no more than it holds.

    Raises ``ValueError`` where they hold less.
    """
    taken, left = [], amount
    for one in held:
        share = min(left, one, key=lambda money: money.minor)
        taken.append(share)
        left -= share
    if left:
        raise ValueError(f"{left.minor} minor units are not there to be taken.")
    return tuple(taken)
