"""What is done to plans and their prices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from babel.core import get_global
from django.db import transaction
from django.db.models import ProtectedError, Q

from broadsheet.apps.benefits.models import Benefit
from broadsheet.apps.plans.events import OffersChanged
from broadsheet.apps.plans.models import MOST_GIFTS, Plan, Price
from broadsheet.domain.billing_calendar import TermLength
from broadsheet.domain.money import Money
from broadsheet.domain.pricing import Step, WrongSteps, check_steps, write_steps
from broadsheet.plumbing.audit import record_deed
from broadsheet.plumbing.events import announce

MOST_MINOR = 10**12
MOST_PARTS = 6
LOOK_BACK = timedelta(minutes=3)


class CannotSetPrice(ValueError):  # noqa: N818
    """The price cannot stand as asked; the message says why."""


@transaction.atomic
def put_plan(
    *,
    code: str,
    name: str,
    length: TermLength,
    benefits: Iterable[str],
    position: int,
    actor: str,
    now: datetime,
    gifts_per_month: int = 0,
) -> Plan:
    """Lay down a plan, or change its name, place and benefits. The term stands once a price does.

    ``gifts_per_month`` is how many stories its reader may give away in a calendar month.

    Raises ``Benefit.DoesNotExist`` and ``ValueError``.
    """
    if not 0 <= gifts_per_month <= MOST_GIFTS:
        raise ValueError(f"A reader gives away between 0 and {MOST_GIFTS} stories a month.")
    codes = sorted(set(benefits))
    rows = list(Benefit.objects.filter(code__in=codes))
    if len(rows) != len(codes):
        missing = set(codes) - {row.code for row in rows}
        raise Benefit.DoesNotExist(f"There is no benefit {min(missing)!r}.")
    plan, made = Plan.objects.get_or_create(
        code=code,
        defaults={
            "name": name,
            "term_count": length.count,
            "term_unit": length.unit.value,
            "position": position,
            "gifts_per_month": gifts_per_month,
        },
    )
    if not made:
        if plan.term_length != length and plan.prices.exists():
            raise ValueError("The term of a plan that was sold stands; make a new plan.")
        plan.name, plan.position, plan.gifts_per_month = name, position, gifts_per_month
        plan.term_count, plan.term_unit = length.count, length.unit.value
        plan.save()
    plan.benefits.set(rows)
    record_deed(
        actor=actor,
        deed="put_plan",
        subject=f"plans.plan:{code}",
        now=now,
        name=name,
        term=f"{length.count} {length.unit}",
        benefits=codes,
        gifts_per_month=gifts_per_month,
    )
    announce(OffersChanged(code), now=now)
    return plan


@transaction.atomic
def set_price(
    *,
    plan_code: str,
    amount: Money,
    starts_at: datetime,
    actor: str,
    now: datetime,
    steps: Sequence[Step] = (),
    parts: Sequence[Mapping[str, Any]] = (),
) -> Price:
    """Let a plan cost ``amount`` from ``starts_at`` on; the price in that currency ends there.

    ``steps`` are introductory terms before it; ``parts`` what it is made of, for tax. Setting the
    same price again changes nothing. Raises ``CannotSetPrice``, ``Plan.DoesNotExist``.
    """
    _check_price(amount, steps, parts)
    plan = Plan.objects.select_for_update().get(code=plan_code)
    kept = {"steps": write_steps(steps), "parts": [dict(part) for part in parts]}
    standing = plan.prices.filter(currency=amount.currency, ends_at__isnull=True).first()
    if standing is not None:
        same = (standing.steps, standing.parts) == (kept["steps"], kept["parts"])
        if standing.amount == amount and same and standing.starts_at <= starts_at:
            return standing
        if starts_at <= standing.starts_at:
            raise CannotSetPrice(
                "A price already stands from that day or later; choose a later one."
            )
        standing.ends_at = starts_at
        standing.save(update_fields=["ends_at"])
    price = Price.objects.create(
        plan=plan,
        amount_minor=amount.minor,
        currency=amount.currency,
        starts_at=starts_at,
        **kept,
    )
    record_deed(
        actor=actor,
        deed="set_price",
        subject=f"plans.plan:{plan_code}",
        now=now,
        amount_minor=amount.minor,
        currency=amount.currency,
        starts_at=starts_at.isoformat(),
        **{name: value for name, value in kept.items() if value},
    )
    announce(OffersChanged(plan_code), now=now)
    return price


@transaction.atomic
def take_back_price(*, price_id: int, actor: str, now: datetime) -> None:
    """Take back a price that has not begun; the one before it goes on. Done twice, done once.

    Raises ``CannotSetPrice`` where it has begun or somebody was promised it.
    """
    price = Price.objects.select_for_update().select_related("plan").filter(pk=price_id).first()
    if price is None:
        return
    if price.starts_at <= now:
        raise CannotSetPrice("This price has begun; set another one from a later day.")
    before = price.plan.prices.filter(currency=price.currency, ends_at=price.starts_at).first()
    try:
        with transaction.atomic():
            price.delete()
    except ProtectedError as promised:
        raise CannotSetPrice(
            "A change for readers hangs on this price; set another price."
        ) from promised
    if before is not None:
        before.ends_at = None
        before.save(update_fields=["ends_at"])
    record_deed(
        actor=actor,
        deed="take_back_price",
        subject=f"plans.plan:{price.plan.code}",
        now=now,
        amount_minor=price.amount_minor,
        currency=price.currency,
        starts_at=price.starts_at.isoformat(),
    )
    announce(OffersChanged(price.plan.code), now=now)


def _check_price(amount: Money, steps: Sequence[Step], parts: Sequence[Mapping[str, Any]]) -> None:
    if not 0 < amount.minor <= MOST_MINOR:
        raise CannotSetPrice("A price is more than nought and less than ten thousand million.")
    if amount.currency not in get_global("all_currencies"):
        raise CannotSetPrice(f"{amount.currency} is no currency of ISO 4217, such as INR.")
    try:
        check_steps(steps, amount)
    except WrongSteps as wrong:
        raise CannotSetPrice(str(wrong)) from wrong
    if len(parts) == 1 or len(parts) > MOST_PARTS:
        raise CannotSetPrice(f"A price has from two to {MOST_PARTS} parts, or none.")
    if any(part["amount_minor"] <= 0 or not part["description"].strip() for part in parts):
        raise CannotSetPrice("Each part has a name and costs more than nought.")
    if parts and sum(part["amount_minor"] for part in parts) != amount.minor:
        raise CannotSetPrice("The parts must add up to the price.")


@transaction.atomic
def offer_plan(*, code: str, active: bool, actor: str, now: datetime) -> None:
    """Put a plan on offer or take it off; readers who hold it keep it. ``Plan.DoesNotExist``."""
    plan = Plan.objects.get(code=code)
    Plan.objects.filter(pk=plan.pk).update(active=active)
    record_deed(
        actor=actor, deed="offer_plan", subject=f"plans.plan:{code}", now=now, active=active
    )
    announce(OffersChanged(code), now=now)


@transaction.atomic
def tell_of_begun_prices(*, now: datetime) -> int:
    """Tell of each plan whose price began or ended a moment ago; how many. Twice does no harm."""
    lately = (now - LOOK_BACK, now)
    begun = Price.objects.filter(Q(starts_at__range=lately) | Q(ends_at__range=lately))
    codes = sorted(set(begun.values_list("plan__code", flat=True)))
    for code in codes:
        announce(OffersChanged(code), now=now)
    return len(codes)
