"""What money, and its absence, does to a change of plan: handlers in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from broadsheet.apps.benefits.actions import grant_entitlement, revoke_entitlement
from broadsheet.apps.payments.actions.apply_gateway_state import park_payment
from broadsheet.apps.payments.events import OrderClosed, PaymentSettled
from broadsheet.apps.plans.queries import list_plan_benefits
from broadsheet.apps.subscriptions.actions.hold_subscription import hold, record
from broadsheet.apps.subscriptions.events import SwitchMade
from broadsheet.apps.subscriptions.models import Subscription, Switch, Term
from broadsheet.apps.subscriptions.queries import access_ends_on
from broadsheet.apps.subscriptions.queries.life import find_worth
from broadsheet.domain.billing_calendar import day_begins, term_span
from broadsheet.domain.subscription import State
from broadsheet.plumbing.events import announce

_OF_THE_PLAN = (
    *("plan", "price", "term_count", "term_unit", "amount_minor", "currency", "steps", "reduction"),
    *("parts", "agreed_seq", "coming_minor", "coming_price", "coming_on", "coming_agreed"),
    *("next_plan", "next_price"),
)


def apply_switches(events: Sequence[PaymentSettled], *, now: datetime) -> None:
    """Begin the plans that were switched to and are paid; the terms before them end.

    Money for a switch that can be made no more is parked, never lost and never refused.
    """
    paid = {event.order_id: event for event in events}
    for switch in Switch.objects.filter(order_id__in=paid).select_related("order", "plan", "price"):
        _apply(switch, paid[switch.order_id], now)


def note_switch_closed(event: OrderClosed, *, now: datetime) -> None:
    """A switch that nobody paid: nothing has changed, and the runner may look again."""
    switch = Switch.objects.filter(order_id=event.order_id, state=Switch.State.OPEN).first()
    if switch is None:
        return
    subscription = hold(switch.subscription_id)
    _close(switch, Switch.State.VOID)
    if subscription.state == State.ACTIVE and subscription.ends_on is not None:
        subscription.due_at = day_begins(subscription.ends_on, subscription.zone_info)
        subscription.save(update_fields=["due_at"])
    record(subscription, "void_switch", actor="payments", now=now)


def take_plan(subscription: Subscription, term: Term) -> None:
    """Let the agreement be of the plan and price that begin with ``term``, and say so in its row.

    What was agreed for the plan before (introductory steps, a coupon, a coming price) ends with it.
    """
    if term.plan is None or term.price is None:
        return
    subscription.plan, subscription.price = term.plan, term.price
    subscription.term_count = term.plan.term_count
    subscription.term_unit = term.plan.term_unit
    subscription.amount_minor = term.price.amount_minor
    subscription.currency = term.price.currency
    subscription.steps, subscription.reduction = [], {}
    subscription.parts = list(term.price.parts)
    subscription.agreed_seq = term.seq
    subscription.coming_minor = subscription.coming_price = subscription.coming_on = None
    subscription.coming_agreed = False
    subscription.next_plan = subscription.next_price = None
    subscription.save(update_fields=_OF_THE_PLAN)


def _apply(switch: Switch, event: PaymentSettled, now: datetime) -> None:
    subscription = hold(switch.subscription_id)
    old = subscription.terms.filter(seq=subscription.seq).first()
    if old is None or not _can_still_be_made(subscription, old, switch):
        _close(switch, Switch.State.VOID)
        park_payment(
            payment_id=event.payment_id, reason="the plan could not be switched any more", now=now
        )
        return
    if switch.on < old.ends_on:
        old.was_to_end_on, old.ends_on = old.was_to_end_on or old.ends_on, switch.on
        old.save(update_fields=["ends_on", "was_to_end_on"])
    revoke_entitlement(source=subscription.source_of(old.seq), now=now)
    span = term_span(switch.on, length=switch.plan.term_length, index=0)
    term = Term.objects.create(
        subscription=subscription,
        seq=old.seq + 1,
        starts_on=span.starts_on,
        ends_on=span.ends_on,
        reanchors=True,
        state=Term.State.PAID,
        amount_minor=switch.order.amount_minor,
        currency=switch.order.currency,
        credit_minor=switch.credit_minor,
        order=switch.order,
        payment_id=event.payment_id,
        plan=switch.plan,
        price=switch.price,
    )
    take_plan(subscription, term)
    subscription.seq, subscription.ends_on = term.seq, term.ends_on
    subscription.anchor_on, subscription.anchor_seq = term.starts_on, term.seq
    subscription.mandate_id = event.mandate_id or subscription.mandate_id
    subscription.due_at = day_begins(term.ends_on, subscription.zone_info)
    subscription.save()
    _close(switch, Switch.State.MADE)
    grant_entitlement(
        reader_id=subscription.reader_id,
        benefits=list_plan_benefits(subscription.plan_id),
        starts_at=day_begins(term.starts_on, subscription.zone_info),
        ends_at=day_begins(access_ends_on(subscription), subscription.zone_info),
        source=subscription.source_of(term.seq),
        now=now,
    )
    record(
        subscription,
        "apply_switch",
        actor=f"payments.payment:{event.payment_id}",
        now=now,
        seq=term.seq,
        plan=switch.plan.code,
        starts_on=term.starts_on.isoformat(),
        ends_on=term.ends_on.isoformat(),
        credit_minor=term.credit_minor,
    )
    announce(SwitchMade(subscription.pk, subscription.reader_id, event.payment_id), now=now)


def _can_still_be_made(subscription: Subscription, old: Term, switch: Switch) -> bool:
    if subscription.state != State.ACTIVE or subscription.suspended_at is not None:
        return False
    if subscription.terms.filter(state=Term.State.PLANNED).exists():
        return False
    # Late money for a switch that was given up: what it was reckoned by must still be there.
    later = subscription.switches.filter(state=Switch.State.MADE, pk__gt=switch.pk)
    if switch.state == Switch.State.MADE or later.exists():
        return False
    still_worth = find_worth(old).credit_on(switch.on).minor >= switch.credit_minor
    return still_worth and old.starts_on <= switch.on <= old.ends_on


def _close(switch: Switch, state: Switch.State) -> None:
    switch.state = state
    switch.save(update_fields=["state"])
