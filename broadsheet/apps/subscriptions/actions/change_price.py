"""A new price for those who have a plan: scheduled, told, agreed to, and then in force.

Nobody pays more than was told a month before, nor more than the mandate allows: where it does not
reach that far the reader is asked, and until there is an answer the old price goes on.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet

from broadsheet.apps.accounts.models import Reader
from broadsheet.apps.plans.models import Plan, Price
from broadsheet.apps.subscriptions.events import PriceChangeTold
from broadsheet.apps.subscriptions.models import PriceChange, Subscription
from broadsheet.domain.billing_calendar import local_day
from broadsheet.domain.subscription import LIVE_STATES
from broadsheet.plumbing.audit import record_deed
from broadsheet.plumbing.events import announce_all

LEAST_NOTICE = timedelta(days=30)
BATCH = 500


class CannotChangePrice(ValueError):  # noqa: N818
    """The change cannot stand as asked; the message says why."""


@transaction.atomic
def schedule_price_change(
    *, price_id: int, notice_on: date, starts_on: date, actor: str, now: datetime
) -> PriceChange:
    """Let readers who have a plan pay one of its prices, for terms from ``starts_on`` on.

    They are told from ``notice_on`` on. Raises ``CannotChangePrice``, ``Price.DoesNotExist``.
    """
    price = Price.objects.select_related("plan").get(pk=price_id)
    today = local_day(now, settings.PAPER.zone)
    if notice_on < today:
        raise CannotChangePrice("Readers cannot be told in the past; choose today or later.")
    if starts_on < notice_on + LEAST_NOTICE:
        raise CannotChangePrice("Readers are told at least 30 days before; choose a later day.")
    if local_day(price.starts_at, settings.PAPER.zone) > starts_on:
        raise CannotChangePrice("New readers would still pay less then; choose a later day.")
    Plan.objects.select_for_update().get(pk=price.plan_id)
    waiting = PriceChange.objects.filter(
        plan=price.plan,
        price__currency=price.currency,
        told_at__isnull=True,
        withdrawn_at__isnull=True,
    )
    if waiting.exists():
        raise CannotChangePrice("Another change waits to be told; take it back first.")
    if PriceChange.objects.filter(price=price, withdrawn_at__isnull=True).exists():
        raise CannotChangePrice("Readers are told of this price already.")
    PriceChange.objects.filter(price=price).delete()
    change = PriceChange.objects.create(
        plan=price.plan,
        price=price,
        notice_on=notice_on,
        starts_on=starts_on,
        actor=actor,
        created_at=now,
    )
    record_deed(
        actor=actor,
        deed="schedule_price_change",
        subject=f"plans.plan:{price.plan.code}",
        now=now,
        amount_minor=price.amount_minor,
        currency=price.currency,
        notice_on=notice_on.isoformat(),
        starts_on=starts_on.isoformat(),
    )
    return change


@transaction.atomic
def withdraw_price_change(*, change_id: int, actor: str, now: datetime) -> None:
    """Take a change back before anybody was told. Raises ``CannotChangePrice``."""
    change = (
        PriceChange.objects.select_for_update(of=("self",)).select_related("plan").get(pk=change_id)
    )
    if change.withdrawn_at is not None:
        return
    if Subscription.objects.filter(coming_price=change.price_id).exists() or change.told_at:
        raise CannotChangePrice("Readers were told already; announce another change instead.")
    PriceChange.objects.filter(pk=change.pk).update(withdrawn_at=now)
    record_deed(
        actor=actor,
        deed="withdraw_price_change",
        subject=f"plans.plan:{change.plan.code}",
        now=now,
    )


def tell_price_changes(*, now: datetime) -> int:
    """Tell whoever is to be told by today, a batch a transaction; how many. Twice does no harm."""
    today = local_day(now, settings.PAPER.zone)
    due = PriceChange.objects.filter(
        told_at__isnull=True, withdrawn_at__isnull=True, notice_on__lte=today
    )
    told = 0
    for change in due.select_related("price", "plan").order_by("notice_on", "pk"):
        while batch := _tell_batch(change, today, now):
            told += batch
        PriceChange.objects.filter(pk=change.pk).update(told_at=now)
    return told


@transaction.atomic
def agree_to_price(*, reader_id: int, now: datetime) -> bool:
    """The reader agrees to the price that is coming; ``False`` when none waits for an answer."""
    Reader.objects.select_for_update(no_key=True).get(pk=reader_id)
    asked = Subscription.objects.filter(
        reader_id=reader_id,
        state__in=LIVE_STATES,
        coming_on__isnull=False,
        coming_agreed=False,
    ).first()
    if asked is None:
        return False
    Subscription.objects.filter(pk=asked.pk).update(coming_agreed=True)
    record_deed(
        actor=f"reader:{reader_id}",
        deed="agree_to_price",
        subject=f"subscriptions.subscription:{asked.pk}",
        now=now,
        amount_minor=asked.coming_minor,
        currency=asked.currency,
    )
    return True


def adopt_coming_prices(*, now: datetime) -> int:
    """Let agreed prices become the standing ones where the next term is the first of them."""
    del now
    adopted = 0
    while batch := _adopt_batch():
        adopted += batch
    return adopted


@transaction.atomic
def _tell_batch(change: PriceChange, today: date, now: datetime) -> int:
    price = change.price
    held = _holders(change).select_for_update(of=("self",))
    batch = list(held.select_related("mandate").order_by("pk")[:BATCH])
    starts_on = max(change.starts_on, today + LEAST_NOTICE)
    for one in batch:
        one.coming_minor, one.coming_price, one.coming_on = price.amount_minor, price, starts_on
        one.coming_agreed = price.amount_minor <= one.amount_minor or (
            one.mandate is not None and one.mandate.allows(price.amount)
        )
    fields = ["coming_minor", "coming_price", "coming_on", "coming_agreed"]
    Subscription.objects.bulk_update(batch, fields)
    announce_all(
        [PriceChangeTold(one.pk, one.reader_id, starts_on, one.coming_agreed) for one in batch],
        now=now,
    )
    return len(batch)


def _holders(change: PriceChange) -> QuerySet[Subscription]:
    """Who has the plan at another price and was not told of this one yet."""
    other = Q(coming_price__isnull=True) | ~Q(coming_price=change.price_id)
    return Subscription.objects.filter(
        other,
        plan=change.plan_id,
        currency=change.price.currency,
        state__in=LIVE_STATES,
        cancelled_at__isnull=True,
    ).exclude(amount_minor=change.price.amount_minor)


@transaction.atomic
def _adopt_batch() -> int:
    ready = Subscription.objects.filter(
        state__in=LIVE_STATES, coming_agreed=True, coming_on__lte=F("ends_on")
    )
    batch = list(
        ready.select_for_update(of=("self",)).select_related("coming_price").order_by("pk")[:BATCH]
    )
    for one in batch:
        assert one.coming_price is not None
        one.price, one.amount_minor = one.coming_price, one.coming_price.amount_minor
        one.parts = one.coming_price.parts
        one.coming_minor = one.coming_price = one.coming_on = None
        one.coming_agreed = False
    fields = ["price", "amount_minor", "parts", "coming_minor", "coming_price", "coming_on"]
    Subscription.objects.bulk_update(batch, [*fields, "coming_agreed"])
    return len(batch)
