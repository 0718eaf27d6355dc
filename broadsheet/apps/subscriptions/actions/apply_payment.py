"""What settled, refused and unsent money does to a subscription.

All are handlers in the same transaction as the word they follow; the reader's row is locked by
then. Late or repeated words find nothing to do.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from broadsheet.apps.benefits.actions import grant_entitlement, move_end_of_entitlement
from broadsheet.apps.payments.actions.apply_gateway_state import park_payment
from broadsheet.apps.payments.events import (
    ChargeDeclined,
    ChargeNotSent,
    OrderClosed,
    PaymentSettled,
)
from broadsheet.apps.plans.queries import list_plan_benefits
from broadsheet.apps.subscriptions.actions.stop_subscription import end_subscription
from broadsheet.apps.subscriptions.events import (
    RenewalDeclined,
    SubscriptionStarted,
    TermRenewed,
)
from broadsheet.apps.subscriptions.models import Subscription, Term
from broadsheet.apps.subscriptions.queries import (
    access_ends_on,
    find_live_subscription,
    first_span,
    grace_end,
)
from broadsheet.domain.billing_calendar import day_begins, local_day
from broadsheet.domain.dunning import USUAL_PATIENCE
from broadsheet.domain.subscription import State, Step, find_next
from broadsheet.plumbing.audit import record_deed
from broadsheet.plumbing.events import announce

FIRST_PAUSE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(hours=6)


def apply_payments(events: Sequence[PaymentSettled], *, now: datetime) -> None:
    """Open the terms that were paid for, and what the plans open with them."""
    for event in events:
        _apply_payment(event, now)


def _apply_payment(event: PaymentSettled, now: datetime) -> None:
    """Open the term that was paid for, and what the plan opens with it.

    Money for which no term can be opened is parked, never lost and never refused.
    """
    term, subscription = _hold(event.order_id)
    if subscription is None:
        return
    new = find_next(State(subscription.state), Step.PAID)
    live = find_live_subscription(subscription.reader_id)
    if new is None or (live is not None and live.pk != subscription.pk):
        park_payment(
            payment_id=event.payment_id,
            reason="the reader has a paid subscription already",
            now=now,
        )
        return
    first = subscription.seq == 0
    paid = _pay_term(subscription, term, event, now)
    subscription.state = new.value
    subscription.seq, subscription.ends_on = paid.seq, paid.ends_on
    subscription.mandate_id = event.mandate_id or subscription.mandate_id
    subscription.past_due_on = subscription.tried_on = subscription.stopped_at = None
    subscription.unsent = 0
    subscription.due_at = day_begins(paid.ends_on, subscription.zone_info)
    subscription.save()
    grant_entitlement(
        reader_id=subscription.reader_id,
        benefits=list_plan_benefits(subscription.plan_id),
        starts_at=day_begins(paid.starts_on, subscription.zone_info),
        ends_at=day_begins(access_ends_on(subscription), subscription.zone_info),
        source=subscription.source_of(paid.seq),
        now=now,
    )
    record_deed(
        actor=f"payments.payment:{event.payment_id}",
        deed="apply_payment",
        subject=f"subscriptions.subscription:{subscription.pk}",
        now=now,
        seq=paid.seq,
        starts_on=paid.starts_on.isoformat(),
        ends_on=paid.ends_on.isoformat(),
    )
    told = SubscriptionStarted if first else TermRenewed
    announce(told(subscription.pk, subscription.reader_id, event.payment_id), now=now)


def note_decline(event: ChargeDeclined, *, now: datetime) -> None:
    """A renewal was refused: keep access for the grace period and choose the day of the next try."""
    term, subscription = _hold(event.order_id)
    if term is None or subscription is None:
        return
    new = find_next(State(subscription.state), Step.DECLINED)
    if new is None:
        return
    tried_on = subscription.tried_on or local_day(now, subscription.zone_info)
    first_time = subscription.past_due_on is None
    subscription.state = new.value
    subscription.past_due_on = subscription.past_due_on or max(tried_on, term.starts_on)
    if subscription.cancelled_at is not None:
        subscription.save()
        end_subscription(subscription, now=now)
        return
    fall_past_due(subscription, tried_on=tried_on, hard=event.hard, first_time=first_time, now=now)


def fall_past_due(
    subscription: Subscription, *, tried_on: date, hard: bool, first_time: bool, now: datetime
) -> None:
    """Set the next try, let access run to the end of grace, and tell the reader."""
    assert subscription.past_due_on is not None
    until = USUAL_PATIENCE.grace_ends_on(subscription.past_due_on)
    retry_on = None if hard else USUAL_PATIENCE.find_next_retry(subscription.past_due_on, tried_on)
    subscription.due_at = day_begins(retry_on or until, subscription.zone_info)
    subscription.save()
    move_end_of_entitlement(
        source=subscription.source_of(subscription.seq),
        ends_at=day_begins(until, subscription.zone_info),
        now=now,
    )
    announce(
        RenewalDeclined(
            subscription_id=subscription.pk,
            reader_id=subscription.reader_id,
            retry_on=retry_on,
            grace_ends_on=until,
            first_time=first_time,
        ),
        now=now,
    )


def note_not_sent(event: ChargeNotSent, *, now: datetime) -> None:
    """A renewal never reached its gateway: try again soon; it does not count as a try."""
    term, subscription = _hold(event.order_id)
    if term is None or subscription is None or subscription.state != State.RENEWING:
        return
    pause = min(FIRST_PAUSE * 2**subscription.unsent, LONGEST_PAUSE)
    subscription.unsent += 1
    subscription.due_at = now + pause
    subscription.save(update_fields=["unsent", "due_at"])


def note_order_closed(event: OrderClosed, *, now: datetime) -> None:
    """A checkout that nobody paid: the agreement never began."""
    del now
    for subscription in Subscription.objects.select_for_update().filter(
        first_order_id=event.order_id
    ):
        new = find_next(State(subscription.state), Step.ORDER_CLOSED)
        if new is not None:
            subscription.state = new.value
            subscription.save(update_fields=["state"])


def _hold(order_id: int) -> tuple[Term | None, Subscription | None]:
    term = Term.objects.filter(order_id=order_id).first()
    held = Subscription.objects.select_for_update()
    if term is not None:
        return term, held.get(pk=term.subscription_id)
    return None, held.filter(first_order_id=order_id).first()


def _pay_term(
    subscription: Subscription, term: Term | None, event: PaymentSettled, now: datetime
) -> Term:
    today = local_day(now, subscription.zone_info)
    if term is None:
        term = Term(
            subscription=subscription,
            seq=1,
            order_id=event.order_id,
            amount_minor=subscription.agreed.price_of(0).minor,
            currency=subscription.currency,
        )
    until = grace_end(subscription)
    stopped = subscription.state in {State.LAPSED, State.ENDED}
    if subscription.seq == 0 or stopped or (until is not None and today >= until):
        # Not in time: the paper comes from today on, and the calendar hangs on today.
        term.reanchors = True
        span, anchor_on, anchor_seq = first_span(subscription, today, term.seq)
        subscription.anchor_on, subscription.anchor_seq = anchor_on, anchor_seq
        term.starts_on, term.ends_on = span.starts_on, span.ends_on
    elif term.reanchors:
        subscription.anchor_on, subscription.anchor_seq = term.starts_on, term.seq
    term.state, term.payment_id = Term.State.PAID, event.payment_id
    term.save()
    return term
