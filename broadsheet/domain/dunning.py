"""Which retry comes when, and when to give up.

Retry days count from the day of the first refusal; the first try itself is day 0. A charge that
never reached its gateway is no try: it has a ladder of its own. Source: billing.md §6.7.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

FIRST_PAUSE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(hours=6)
MOST_UNSENT = 8
"""After so many times out of reach a person is told; it is tried on, at the longest pause."""
HARD_THE_SECOND_TIME = frozenset({"do_not_honor", "do_not_honour"})


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an unpaid subscription is kept, and on which days it is tried again."""

    grace_days: int = 7
    retry_days: tuple[int, ...] = (1, 3, 5, 7)

    def grace_ends_on(self, past_due_on: date) -> date:
        """The first day without access."""
        return past_due_on + timedelta(days=self.grace_days)

    def find_next_retry(self, past_due_on: date, tried_on: date) -> date | None:
        """The next day of the ladder after ``tried_on``, or ``None`` when it is spent."""
        days = (past_due_on + timedelta(days=day) for day in self.retry_days)
        return next((day for day in days if day > tried_on), None)


USUAL_PATIENCE = Patience()
"""A card outside India, a bank, the test gateway: a soft refusal is tried again four times."""
INDIAN_CARD = Patience(retry_days=(3, 6))
"""Each try on an Indian card is announced by its bank a day and more before: two more fit."""
UPI_AUTOPAY = Patience(retry_days=())
"""The gateway itself tries three times more within the cycle; a fourth of ours is not allowed."""


def find_patience(kind: str, *, notice: timedelta) -> Patience:
    """The ladder of a mandate: its kind (``card``, ``upi``, ``bank``) and how long before a charge
    its gateway wants to be told.
    """
    if kind == "upi":
        return UPI_AUTOPAY
    if kind == "card" and notice:
        return INDIAN_CARD
    return USUAL_PATIENCE


def is_refused_for_good(codes: Sequence[str], *, hard: bool) -> bool:
    """Whether another try is in vain; ``codes`` are all refusals of this term, the last one last."""
    return hard or sum(code in HARD_THE_SECOND_TIME for code in codes) > 1


def pause_unsent(times: int) -> timedelta:
    """How long to wait after a gateway was out of reach; ``times`` counts those before: twice as
    long each time, up to the longest.
    """
    return min(FIRST_PAUSE * (1 << min(times, MOST_UNSENT)), LONGEST_PAUSE)
