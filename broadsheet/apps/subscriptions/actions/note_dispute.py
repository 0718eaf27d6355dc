"""What a bank's dispute of a payment does to the subscription it paid for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings

from broadsheet.apps.benefits.actions import grant_entitlement, revoke_entitlement
from broadsheet.apps.payments.events import DisputeLost, DisputeOpened, DisputeWon, PaymentSettled
from broadsheet.apps.payments.models import Dispute
from broadsheet.apps.plans.queries import list_plan_benefits
from broadsheet.apps.subscriptions.actions.cut_subscription import CannotCut, cut_short
from broadsheet.apps.subscriptions.actions.hold_subscription import hold, record
from broadsheet.apps.subscriptions.events import SubscriptionCutShort
from broadsheet.apps.subscriptions.models import Subscription, Term
from broadsheet.apps.subscriptions.queries import access_ends_on
from broadsheet.domain.billing_calendar import day_begins
from broadsheet.domain.subscription import State
from broadsheet.plumbing.events import announce


def freeze(event: DisputeOpened, *, now: datetime) -> None:
    """Nothing is renewed, ended or lapsed while it lasts; access by the paper's setting."""
    subscription = _hold_paid_by(event.payment_id)
    if subscription is None or not subscription.is_live:
        return
    subscription.frozen_at = subscription.frozen_at or now
    if settings.PAPER.access_while_disputed == "suspend":
        subscription.suspended_at = subscription.suspended_at or now
        revoke_entitlement(source=subscription.source_of(subscription.seq), now=now)
    subscription.save(update_fields=["frozen_at", "suspended_at"])
    _record(subscription, "freeze", event.dispute_id, now)


def thaw(event: DisputeWon, *, now: datetime) -> None:
    """The payment is ours after all: all is as before, unless another dispute lasts."""
    subscription = _hold_paid_by(event.payment_id)
    if subscription is None or subscription.frozen_at is None:
        return
    others = Dispute.objects.filter(
        payment__term__subscription=subscription, state=Dispute.State.OPENED
    )
    if others.exclude(pk=event.dispute_id).exists():
        return
    was_suspended = subscription.suspended_at is not None
    subscription.frozen_at = subscription.suspended_at = None
    subscription.save(update_fields=["frozen_at", "suspended_at"])
    _record(subscription, "thaw", event.dispute_id, now)
    if was_suspended and subscription.is_live and subscription.state != State.PAUSED:
        _grant_again(subscription, now)


def end_disputed(event: DisputeLost, *, now: datetime) -> None:
    """The money is gone: it ends at once, or, where a charge is under way, when that is settled."""
    subscription = _hold_paid_by(event.payment_id)
    if subscription is None or not subscription.is_live:
        return
    try:
        cut_short(subscription, why="dispute_lost", actor=_actor(event.dispute_id), now=now)
    except CannotCut:
        subscription.cancelled_at = subscription.cancelled_at or now
        subscription.frozen_at = subscription.suspended_at = None
        subscription.save(update_fields=["cancelled_at", "frozen_at", "suspended_at"])
        _record(subscription, "cancel_disputed", event.dispute_id, now)
        return
    announce(SubscriptionCutShort(subscription.pk, subscription.reader_id, "dispute_lost"), now=now)


def keep_suspended(events: Sequence[PaymentSettled], *, now: datetime) -> None:
    """A term that is paid while access is suspended opens nothing yet."""
    orders = [event.order_id for event in events]
    paid = Term.objects.filter(order_id__in=orders, subscription__suspended_at__isnull=False)
    for term in paid.select_related("subscription"):
        revoke_entitlement(source=term.subscription.source_of(term.seq), now=now)


def _hold_paid_by(payment_id: int) -> Subscription | None:
    term = Term.objects.filter(payment_id=payment_id).first()
    return hold(term.subscription_id) if term else None


def _grant_again(subscription: Subscription, now: datetime) -> None:
    term = subscription.terms.get(seq=subscription.seq)
    zone = subscription.zone_info
    grant_entitlement(
        reader_id=subscription.reader_id,
        benefits=list_plan_benefits(subscription.plan_id),
        starts_at=day_begins(term.starts_on, zone),
        ends_at=day_begins(access_ends_on(subscription), zone),
        source=subscription.source_of(subscription.seq),
        now=now,
    )


def _actor(dispute_id: int) -> str:
    return f"payments.dispute:{dispute_id}"


def _record(subscription: Subscription, deed: str, dispute_id: int, now: datetime) -> None:
    record(subscription, deed, actor=_actor(dispute_id), now=now)
