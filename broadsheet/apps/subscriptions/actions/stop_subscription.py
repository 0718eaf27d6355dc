"""The reader says stop, or takes it back; the term is over; the patience is over."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from broadsheet.apps.benefits.actions import move_end_of_entitlement, revoke_entitlement
from broadsheet.apps.payments.actions.open_order import close_order
from broadsheet.apps.payments.queries import has_open_charge
from broadsheet.apps.subscriptions.actions.hold_subscription import hold_live, record
from broadsheet.apps.subscriptions.actions.pause_subscription import resume
from broadsheet.apps.subscriptions.events import (
    SubscriptionCancelled,
    SubscriptionEnded,
    SubscriptionLapsed,
    SubscriptionResumed,
)
from broadsheet.apps.subscriptions.models import Subscription, Term
from broadsheet.domain.billing_calendar import day_begins
from broadsheet.domain.dunning import USUAL_PATIENCE
from broadsheet.domain.subscription import State, Step, next_after
from broadsheet.plumbing.events import announce


class CannotCancel(Exception):  # noqa: N818
    """There is no live subscription to cancel."""


class CannotResume(Exception):  # noqa: N818
    """There is nothing to take back, or the term is over; subscribing again helps."""


@transaction.atomic
def cancel_subscription(*, reader_id: int, actor: str, now: datetime) -> Subscription:
    """Stop at the end of the term; everything is kept until then. Done twice, it is done once.

    A term that is past due has no end to wait for: it stops at once, unless a charge is open. One
    that is paused runs on from today, so that the days kept are read. Raises ``CannotCancel``.
    """
    subscription = hold_live(reader_id)
    if subscription is None:
        raise CannotCancel(f"Reader {reader_id} has no subscription.")
    if subscription.cancelled_at is not None:
        return subscription
    if subscription.state == State.PAUSED:
        resume(subscription, actor=actor, now=now)
    assert subscription.ends_on is not None
    subscription.cancelled_at = now
    record(subscription, "cancel_subscription", actor=actor, now=now)
    planned = subscription.terms.filter(state=Term.State.PLANNED).first()
    if subscription.state == State.PAST_DUE and not (planned and has_open_charge(planned.order_id)):
        subscription.save()
        end_subscription(subscription, now=now)
        return subscription
    ends_at = day_begins(subscription.ends_on, subscription.zone_info)
    if subscription.state == State.ACTIVE:
        if subscription.due_at is not None:  # none while a switch of plans waits for its bank
            subscription.due_at = ends_at
        move_end_of_entitlement(
            source=subscription.source_of(subscription.seq), ends_at=ends_at, now=now
        )
    subscription.save()
    announce(
        SubscriptionCancelled(subscription.pk, reader_id, ends_on=subscription.ends_on), now=now
    )
    return subscription


@transaction.atomic
def undo_cancel(*, reader_id: int, actor: str, now: datetime) -> Subscription:
    """Take a stop back while the term lasts. Done twice, it is done once. Raises ``CannotResume``."""
    subscription = hold_live(reader_id)
    if subscription is None or subscription.ends_on is None:
        raise CannotResume(f"Reader {reader_id} has no subscription.")
    if subscription.cancelled_at is None:
        return subscription
    ends_at = day_begins(subscription.ends_on, subscription.zone_info)
    if subscription.state == State.ACTIVE and now >= ends_at:
        raise CannotResume("The term is over.")
    subscription.cancelled_at = None
    subscription.save(update_fields=["cancelled_at"])
    record(subscription, "undo_cancel", actor=actor, now=now)
    if subscription.renews and subscription.state == State.ACTIVE:
        until = USUAL_PATIENCE.grace_ends_on(subscription.ends_on)
        move_end_of_entitlement(
            source=subscription.source_of(subscription.seq),
            ends_at=day_begins(until, subscription.zone_info),
            now=now,
        )
    announce(SubscriptionResumed(subscription.pk, reader_id), now=now)
    return subscription


def end_subscription(subscription: Subscription, *, now: datetime) -> None:
    """The term is over and the reader wanted no other. Wants the row locked; no charge open."""
    stop(subscription, Step.TERM_OVER, now=now)
    announce(SubscriptionEnded(subscription.pk, subscription.reader_id), now=now)


def lapse_subscription(subscription: Subscription, *, now: datetime) -> None:
    """The grace period is over, unpaid. Wants the row locked; no charge open."""
    stop(subscription, Step.GRACE_OVER, now=now)
    announce(SubscriptionLapsed(subscription.pk, subscription.reader_id), now=now)


def stop(
    subscription: Subscription,
    step: Step,
    *,
    now: datetime,
    why: str = "",
    actor: str = "subscriptions",
) -> None:
    """Close it: unpaid terms are void and what it opened is taken back. ``why`` defaults to the step.

    Wants the row locked and no charge open.
    """
    why = why or step.value
    subscription.state = next_after(State(subscription.state), step).value
    subscription.due_at, subscription.stopped_at, subscription.stopped_for = None, now, why
    subscription.frozen_at = subscription.suspended_at = None
    subscription.next_plan = subscription.next_price = None
    subscription.save()
    for term in subscription.terms.filter(state=Term.State.PLANNED):
        assert term.order_id is not None
        close_order(order_id=term.order_id, reason=f"{why}: unpaid", now=now)
        term.state = Term.State.VOID
        term.save(update_fields=["state"])
    revoke_entitlement(source=subscription.source_of(subscription.seq), now=now)
    record(subscription, step.value, actor=actor, now=now, why=why)
