"""What is asked of plans."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from broadsheet.apps.plans.models import Coupon, Plan, Price
from broadsheet.domain.billing_calendar import MONTHS_A_YEAR, TermLength, TermUnit
from broadsheet.domain.coupon import Agreed, Reduction
from broadsheet.domain.money import Money
from broadsheet.domain.pricing import Step, find_price_in_force, per_month
from broadsheet.plumbing.formatting import format_money


@dataclass(frozen=True, slots=True)
class IncludedBenefit:
    """One line of what an offer includes."""

    code: str
    name: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Offer:
    """One plan card: what the wall, the offer page and the checkout show."""

    code: str
    name: str
    length: TermLength
    term: str
    """``3 months``, ``1 year``, in the page's language."""
    price: Money
    per_month: Money
    """A label, rounded down to whole major units; never a charge."""
    benefits: tuple[IncludedBenefit, ...]
    price_id: int
    gifts_per_month: int = 0
    steps: tuple[Step, ...] = ()
    """The introductory terms of a reader who never had any."""
    parts: tuple[dict[str, Any], ...] = ()
    """What the price is made of, where that matters for tax."""
    shares_length: bool = False
    """Another plan on offer is as long, so that a card must say the name."""

    @property
    def first(self) -> Agreed:
        """What a new reader without a code would pay."""
        return self.agree(None, introductory=True)

    def agree(self, reduction: Reduction | None, *, introductory: bool) -> Agreed:
        """What one reader would pay, term for term."""
        return Agreed(
            standing=self.price,
            length=self.length,
            steps=self.steps if introductory else (),
            reduction=reduction,
            parts=self.parts,
        )

    @property
    def is_rounded(self) -> bool:
        """Whether the monthly figure says less than the exact one."""
        return self.price.minor != self.per_month.minor * self.length.in_months


@dataclass(frozen=True, slots=True)
class Quote:
    """What an offer costs one reader: today, and every term after."""

    offer: Offer
    agreed: Agreed
    introductory: bool
    coupon_id: int | None = None
    code: str = ""

    @property
    def today(self) -> Money:
        """What is paid at the start; it may be nought."""
        return self.agreed.price_of(0)

    @property
    def is_lower(self) -> bool:
        """Whether today costs less than the standing price of a term as long."""
        first = self.agreed.length_of(0)
        return first == self.offer.length and self.today < self.offer.price

    @property
    def mark(self) -> str:
        """Names everything that was shown: the same mark is the same amounts, now and later."""
        steps = int(self.introductory and bool(self.offer.steps))
        return f"{self.offer.price_id}-{steps}-{self.coupon_id or 0}"


class OfferGone(Exception):  # noqa: N818
    """The plan is not on offer, or has no price now; choosing another plan helps."""


def list_offers(now: datetime, currency: str = "") -> tuple[Offer, ...]:
    """Every plan on offer that has a price now in a currency (the paper's), in the desk's order."""
    currency = currency or settings.PAPER.currency
    plans = Plan.objects.filter(active=True).prefetch_related(
        "benefits", Prefetch("prices", queryset=_prices_around(now).filter(currency=currency))
    )
    found = (_find_offer(plan, now) for plan in plans)
    offers = [offer for offer in found if offer is not None]
    lengths = Counter(offer.length for offer in offers)
    return tuple(replace(offer, shares_length=lengths[offer.length] > 1) for offer in offers)


def get_offer(code: str, now: datetime, currency: str = "") -> Offer:
    """One plan's card. Raises ``OfferGone``."""
    for offer in list_offers(now, currency):
        if offer.code == code:
            return offer
    raise OfferGone(f"There is no plan {code!r} on offer.")


def list_currencies(now: datetime) -> list[str]:
    """In which currencies anything is on offer now: the paper's first, the others by their code."""
    found = set(
        _prices_around(now).filter(plan__active=True).values_list("currency", flat=True).distinct()
    )
    return sorted(found, key=lambda code: (code != settings.PAPER.currency, code))


def read_currency(written: str, now: datetime) -> str:
    """A currency in which anything is on offer; the paper's where another was asked for."""
    known = list_currencies(now) if written else []
    return written if written in known else settings.PAPER.currency


def find_coupon(code: str) -> Coupon | None:
    """The coupon of a code, open or not."""
    return Coupon.objects.filter(code=code).first()


def list_plan_benefits(plan_id: int) -> frozenset[str]:
    """The codes of the benefits that a plan opens."""
    return list_benefits_by_plan([plan_id])[plan_id]


def list_benefits_by_plan(plan_ids: Iterable[int]) -> dict[int, frozenset[str]]:
    """The codes of the benefits that each of these plans opens: one query."""
    opened: dict[int, set[str]] = {plan_id: set() for plan_id in plan_ids}
    rows = Plan.benefits.through.objects.filter(plan_id__in=opened)
    for plan_id, code in rows.values_list("plan_id", "benefit__code"):
        opened[plan_id].add(code)
    return {plan_id: frozenset(codes) for plan_id, codes in opened.items()}


def get_gifts_per_month(plan_id: int) -> int:
    """How many stories a reader of this plan may give away each month."""
    return Plan.objects.values_list("gifts_per_month", flat=True).get(pk=plan_id)


def say_term(length: TermLength) -> str:
    """A term in words: ``10 days``, ``1 week``, ``3 months``, ``1 year``, ``2 years``."""
    months = length.whole_months
    if months is None:
        count = length.count
        if length.unit is TermUnit.WEEK:
            return ngettext("%(count)s week", "%(count)s weeks", count) % {"count": count}
        return ngettext("%(count)s day", "%(count)s days", count) % {"count": count}
    years, rest = divmod(months, MONTHS_A_YEAR)
    if rest:
        return ngettext("%(count)s month", "%(count)s months", months) % {"count": months}
    return ngettext("%(count)s year", "%(count)s years", years) % {"count": years}


def say_rhythm(length: TermLength) -> str:
    """How often it is charged: ``every week``, ``every 3 months``, ``every year``."""
    if length.whole_months == MONTHS_A_YEAR:
        return _("every year")
    if length.count > 1:
        return _("every %(term)s") % {"term": say_term(length)}
    one = {
        TermUnit.DAY: _("every day"),
        TermUnit.WEEK: _("every week"),
        TermUnit.MONTH: _("every month"),
    }
    return one[length.unit]


def say_introduction(offer: Offer) -> str:
    """How an offer begins, for its card: ``7 days free``, ``₹99 for the first 3 terms``."""
    if not offer.steps:
        return ""
    step = offer.steps[0]
    if step.length is not None:
        term = say_term(step.length)
        if not step.amount:
            return _("First %(term)s free") % {"term": term}
        return _("First %(term)s for %(amount)s") % {
            "term": term,
            "amount": format_money(step.amount.minor, step.amount.currency),
        }
    said = {
        "amount": format_money(step.amount.minor, step.amount.currency),
        "count": step.terms,
        "term": say_term(offer.length),
    }
    return (
        ngettext(
            "First %(term)s for %(amount)s",
            "%(amount)s each for the first %(count)s terms",
            step.terms,
        )
        % said
    )


def _prices_around(now: datetime) -> QuerySet[Price]:
    standing = Q(ends_at__isnull=True) | Q(ends_at__gt=now)
    return Price.objects.filter(standing, starts_at__lte=now)


def _find_offer(plan: Plan, now: datetime) -> Offer | None:
    rows = {row.as_dated_price(): row for row in plan.prices.all()}
    price = find_price_in_force(rows, now)
    if price is None:
        return None
    return Offer(
        code=plan.code,
        name=plan.name,
        length=plan.term_length,
        term=say_term(plan.term_length),
        price=price.amount,
        per_month=per_month(price.amount, plan.term_length),
        benefits=tuple(
            IncludedBenefit(benefit.code, benefit.name, benefit.sentence)
            for benefit in plan.benefits.all()
        ),
        price_id=rows[price].pk,
        gifts_per_month=plan.gifts_per_month,
        steps=rows[price].read_steps(),
        parts=tuple(rows[price].parts),
    )
