"""Pay the next term ahead, by hand, where nothing renews by itself: after a free start or a gift.

The payment brings the mandate, and from then on the subscription renews. The term ahead becomes a
row when it is paid; until then there is an order and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from broadsheet.apps.accounts.models import Reader
from broadsheet.apps.benefits.actions import grant_entitlement
from broadsheet.apps.payments.actions.apply_gateway_state import park_payment
from broadsheet.apps.payments.actions.begin_checkout import CheckoutStanding, begin_checkout
from broadsheet.apps.payments.actions.open_order import open_checkout_order
from broadsheet.apps.payments.events import PaymentSettled
from broadsheet.apps.payments.gateways.contract import Gateway
from broadsheet.apps.payments.models import Order
from broadsheet.apps.payments.queries import find_open_checkout
from broadsheet.apps.plans.queries import list_plan_benefits
from broadsheet.apps.subscriptions.actions.start_subscription import (
    CannotSubscribe,
    OtherCheckoutOpen,
    give_up_checkout,
)
from broadsheet.apps.subscriptions.events import TermRenewed
from broadsheet.apps.subscriptions.models import Continuation, Subscription, Term
from broadsheet.apps.subscriptions.queries import (
    access_ends_on,
    find_live_subscription,
    first_span,
    next_span,
    plan_next_term,
)
from broadsheet.domain.billing_calendar import day_begins, local_day
from broadsheet.domain.money import Money
from broadsheet.domain.subscription import LIVE_STATES, State, Step, find_next
from broadsheet.plumbing.audit import record_deed
from broadsheet.plumbing.events import announce

LASTS = timedelta(hours=1)


class NothingToContinue(CannotSubscribe):
    """There is no subscription that waits for a payment by hand."""


class AmountChanged(CannotSubscribe):
    """The next term no longer costs what was shown; show it and ask again."""


def continue_subscription(
    *,
    reader_id: int,
    shown: Money,
    gateway: Gateway,
    return_url_of: Callable[[str], str],
    now: datetime,
) -> CheckoutStanding:
    """Bring the reader to the gateway's page for the next term; done twice, it is the same page.

    Raises ``NothingToContinue``, ``AmountChanged``, ``OtherCheckoutOpen``.
    """

    def open_order() -> Order:
        return _open_order(reader_id=reader_id, shown=shown, gateway_code=gateway.code, now=now)

    try:
        order = open_order()
    except OtherCheckoutOpen as other:
        if not give_up_checkout(other.order, gateway, now=now):
            raise
        order = open_order()
    return begin_checkout(
        order_id=order.pk, gateway=gateway, return_url=return_url_of(str(order.uid)), now=now
    )


@transaction.atomic
def _open_order(*, reader_id: int, shown: Money, gateway_code: str, now: datetime) -> Order:
    Reader.objects.select_for_update(no_key=True).get(pk=reader_id)
    held = Subscription.objects.select_for_update(of=("self",)).select_related("plan", "next_plan")
    subscription = held.filter(
        reader_id=reader_id,
        state=State.ACTIVE,
        mandate__isnull=True,
        cancelled_at__isnull=True,
        frozen_at__isnull=True,
    ).first()
    if subscription is None:
        raise NothingToContinue(f"Reader {reader_id} has nothing to continue.")
    ahead = plan_next_term(subscription, local_day(now, subscription.zone_info))
    seq = subscription.seq + 1
    if ahead.amount != shown:
        raise AmountChanged(f"It costs {ahead.amount.minor} {ahead.amount.currency}.")
    standing = find_open_checkout(reader_id)
    if standing is not None:
        same = Continuation.objects.filter(order=standing, subscription=subscription, seq=seq)
        fresh = standing.expires_at is None or now < standing.expires_at
        if fresh and standing.amount == shown and same.exists():
            return standing
        raise OtherCheckoutOpen(standing)
    number = subscription.continuations.count() + 1
    order = open_checkout_order(
        reader_id=reader_id,
        source=f"subscriptions.continuation:{subscription.uid}/{number}",
        amount=ahead.amount,
        description=ahead.description,
        gateway=gateway_code,
        continue_to="",
        expires_at=now + LASTS,
        parts=ahead.parts,
        now=now,
    )
    Continuation.objects.create(subscription=subscription, seq=seq, order=order)
    return order


def apply_continuations(events: Sequence[PaymentSettled], *, now: datetime) -> None:
    """Open the terms that were paid ahead. Money for which there is none any more is parked."""
    paid = {event.order_id: event for event in events}
    rows = Continuation.objects.filter(order_id__in=paid).order_by("pk")
    for row in rows.select_related("order"):
        _apply(row, paid[row.order_id], now)


def _apply(row: Continuation, event: PaymentSettled, now: datetime) -> None:
    held = Subscription.objects.select_for_update(of=("self",)).select_related("plan")
    subscription = held.get(pk=row.subscription_id)
    live = find_live_subscription(subscription.reader_id)
    state = State(subscription.state)
    new = state if state is State.ACTIVE else find_next(state, Step.PAID)
    other = live is not None and live.pk != subscription.pk
    if subscription.seq + 1 != row.seq or new is None or other:
        reason = "the term was begun another way meanwhile"
        park_payment(payment_id=event.payment_id, reason=reason, now=now)
        return
    zone = subscription.zone_info
    reanchors = state not in LIVE_STATES
    if reanchors:
        span, anchor_on, anchor_seq = first_span(subscription, local_day(now, zone), row.seq)
        subscription.anchor_on, subscription.anchor_seq = anchor_on, anchor_seq
    else:
        span = next_span(subscription)
    Term.objects.create(
        subscription=subscription,
        seq=row.seq,
        starts_on=span.starts_on,
        ends_on=span.ends_on,
        reanchors=reanchors,
        state=Term.State.PAID,
        amount_minor=row.order.amount_minor,
        currency=row.order.currency,
        order=row.order,
        payment_id=event.payment_id,
    )
    subscription.state, subscription.seq = new.value, row.seq
    subscription.ends_on = span.ends_on
    subscription.mandate_id = event.mandate_id or subscription.mandate_id
    subscription.stopped_at, subscription.stopped_for = None, ""
    subscription.due_at = day_begins(span.ends_on, zone)
    subscription.save()
    grant_entitlement(
        reader_id=subscription.reader_id,
        benefits=list_plan_benefits(subscription.plan_id),
        starts_at=day_begins(span.starts_on, zone),
        ends_at=day_begins(access_ends_on(subscription), zone),
        source=subscription.source_of(row.seq),
        now=now,
    )
    record_deed(
        actor=f"payments.payment:{event.payment_id}",
        deed="apply_continuation",
        subject=f"subscriptions.subscription:{subscription.pk}",
        now=now,
        seq=row.seq,
        starts_on=span.starts_on.isoformat(),
        ends_on=span.ends_on.isoformat(),
    )
    announce(TermRenewed(subscription.pk, subscription.reader_id, event.payment_id), now=now)
