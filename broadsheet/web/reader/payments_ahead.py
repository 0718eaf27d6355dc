"""What a quote costs in plain words: today, and from when on how much."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from broadsheet.apps.plans.queries import Quote, say_rhythm
from broadsheet.domain.billing_calendar import TermLength
from broadsheet.domain.money import Money


@dataclass(frozen=True, slots=True)
class PaymentAhead:
    """One line: from a day on, so much, so often."""

    on: date
    amount: Money
    words: str


def list_payments(quote: Quote, today: date) -> list[PaymentAhead]:
    """Every change of amount after today, in order; empty where all terms cost the same."""
    stretches = quote.agreed.stretches
    if len(stretches) == 1:
        return []
    usual, first = quote.agreed.length, stretches[0].length
    anchor = today if first == usual else first.after(today)
    begun = 1 if first == usual else 0
    lines = []
    for place, stretch in enumerate(stretches):
        # The first term of all is paid today and told apart.
        terms = stretch.terms - 1 if place == 0 and stretch.terms else stretch.terms
        if terms == 0:
            continue
        day = usual.after(anchor, begun)
        lines.append(PaymentAhead(day, stretch.amount, _say_often(terms, stretch.length)))
        begun += terms or 0
    return lines


def _say_often(terms: int | None, length: TermLength) -> str:
    rhythm = say_rhythm(length)
    if terms is None:
        return _("%(rhythm)s, until you say stop") % {"rhythm": rhythm}
    if terms == 1:
        return _("once")
    return _("%(rhythm)s, %(times)s times") % {"rhythm": rhythm, "times": terms}
