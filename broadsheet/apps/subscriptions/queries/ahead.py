"""What lies ahead for a reader: a term to pay by hand, a price that is coming."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from broadsheet.apps.plans.queries import say_rhythm, say_term
from broadsheet.apps.subscriptions.models import GiftSubscription, Subscription
from broadsheet.apps.subscriptions.queries import find_agreed, plan_next_term
from broadsheet.domain.billing_calendar import Span
from broadsheet.domain.money import Money
from broadsheet.domain.subscription import LIVE_STATES, State


@dataclass(frozen=True, slots=True)
class UnpaidAhead:
    """The next term of a subscription that does not renew by itself, to be paid by hand."""

    plan: str
    amount: Money
    term: str
    rhythm: str
    starts_on: date
    ends_on: date
    changes: tuple[tuple[date, Money], ...]
    """From which days on later terms cost something else."""


@dataclass(frozen=True, slots=True)
class ComingPrice:
    """A price that is to hold for terms from ``starts_on`` on."""

    old: Money
    new: Money
    starts_on: date
    rhythm: str
    agreed: bool

    @property
    def is_lower(self) -> bool:
        return self.new < self.old


def find_unpaid_ahead(reader_id: int) -> UnpaidAhead | None:
    """What a reader without a mandate may pay to read on; ``None`` where it renews or was ended."""
    rows = Subscription.objects.select_related("plan", "next_plan", "next_price")
    subscription = rows.filter(
        reader_id=reader_id,
        state=State.ACTIVE,
        mandate__isnull=True,
        cancelled_at__isnull=True,
        frozen_at__isnull=True,
    ).first()
    if subscription is None or subscription.ends_on is None:
        return None
    ahead = plan_next_term(subscription, subscription.ends_on)
    return UnpaidAhead(
        plan=subscription.plan.name,
        amount=ahead.amount,
        term=say_term(subscription.term_length),
        rhythm=say_rhythm(subscription.term_length),
        starts_on=ahead.span.starts_on,
        ends_on=ahead.span.ends_on,
        changes=tuple(_list_changes(subscription, ahead.span)),
    )


def _list_changes(subscription: Subscription, first: Span) -> Iterator[tuple[date, Money]]:
    """Each later day on which the amount of a term changes; ``first`` is the next term."""
    index = subscription.seq + 1 - subscription.agreed_seq
    before = find_agreed(subscription, first.starts_on).price_of(index)
    length = subscription.term_length
    for times in range(1, max(1, subscription.agreed.settles_at - index + 1) + 1):
        starts_on = length.after(first.starts_on, times)
        amount = find_agreed(subscription, starts_on).price_of(index + times)
        if amount != before:
            yield starts_on, amount
        before = amount


def is_gift_order(order_id: int) -> bool:
    """Whether an order pays for a gift: once, and without a mandate."""
    return GiftSubscription.objects.filter(order_id=order_id).exists()


def find_coming_price(reader_id: int) -> ComingPrice | None:
    """The price that a reader was told of and that does not hold yet."""
    subscription = Subscription.objects.filter(
        reader_id=reader_id,
        state__in=LIVE_STATES,
        cancelled_at__isnull=True,
        coming_on__isnull=False,
    ).first()
    if subscription is None or subscription.coming_on is None or subscription.coming_minor is None:
        return None
    return ComingPrice(
        old=subscription.amount,
        new=Money(subscription.coming_minor, subscription.currency),
        starts_on=subscription.coming_on,
        rhythm=say_rhythm(subscription.term_length),
        agreed=subscription.coming_agreed,
    )
