"""Which retry comes when, and when to give up.

Retry days count from the day of the first refusal; the first try itself is day 0. Source:
billing.md §6.7, card outside India and test gateway.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta


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
