"""What is done to plans."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from broadsheet.apps.benefits.models import Benefit
from broadsheet.apps.plans.events import OffersChanged
from broadsheet.apps.plans.models import MOST_GIFTS, Plan, Price
from broadsheet.domain.billing_calendar import TermLength
from broadsheet.domain.money import Money
from broadsheet.plumbing.audit import record_deed
from broadsheet.plumbing.events import announce

MOST_MINOR = 10**12
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
    *, plan_code: str, amount: Money, starts_at: datetime, actor: str, now: datetime
) -> Price:
    """Let a plan cost ``amount`` from ``starts_at`` on; the price before ends there.

    Setting the same price again changes nothing. Raises ``CannotSetPrice``, ``Plan.DoesNotExist``.
    """
    if not 0 < amount.minor <= MOST_MINOR:
        raise CannotSetPrice("A price is more than nought and less than ten thousand million.")
    plan = Plan.objects.select_for_update().get(code=plan_code)
    standing = plan.prices.filter(currency=amount.currency, ends_at__isnull=True).first()
    if standing is not None:
        if standing.amount == amount and standing.starts_at <= starts_at:
            return standing
        if starts_at <= standing.starts_at:
            raise CannotSetPrice(
                "A price already stands from that day or later; choose a later one."
            )
        standing.ends_at = starts_at
        standing.save(update_fields=["ends_at"])
    price = Price.objects.create(
        plan=plan, amount_minor=amount.minor, currency=amount.currency, starts_at=starts_at
    )
    record_deed(
        actor=actor,
        deed="set_price",
        subject=f"plans.plan:{plan_code}",
        now=now,
        amount_minor=amount.minor,
        currency=amount.currency,
        starts_at=starts_at.isoformat(),
    )
    announce(OffersChanged(plan_code), now=now)
    return price


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
