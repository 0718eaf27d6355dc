"""Renew what is due: the runner's three passes.

1. *Plan*: every agreement whose time has come gets its next term, order and charge, a batch in one
   transaction (T1). Those past due get their next try, or lapse; those that were cancelled end.
2. *Send*: planned charges go over the wire, a handful at a time (T2, wire, T3 of
   ``payments.send_charges``).
3. *Stop*: what was refused on the last day of its patience lapses.

Any number of runners may work at once and any may be killed: what one holds the others skip
(PostgreSQL) or wait for (SQLite), ``due_at`` is emptied by whoever plans, a term's number and an
order's source are unique, and a charge is taken by marking it as sent. This module is the one place
for statements that span rooms.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet

from broadsheet.apps.accounts.models import Reader
from broadsheet.apps.payments.actions.open_order import (
    RenewalOrder,
    open_renewal_orders,
    plan_charge,
)
from broadsheet.apps.payments.actions.send_charges import send_charges
from broadsheet.apps.payments.gateways.contract import Gateway
from broadsheet.apps.payments.models import Charge, Order
from broadsheet.apps.payments.queries import has_open_charge
from broadsheet.apps.subscriptions.actions.apply_payment import fall_past_due
from broadsheet.apps.subscriptions.actions.stop_subscription import (
    end_subscription,
    lapse_subscription,
)
from broadsheet.apps.subscriptions.models import Subscription, Term
from broadsheet.apps.subscriptions.queries import TermAhead, grace_end, plan_next_term
from broadsheet.domain.billing_calendar import day_begins, local_day
from broadsheet.domain.charge import ChargeState, DeclineKind
from broadsheet.domain.dunning import USUAL_PATIENCE
from broadsheet.domain.subscription import LIVE_STATES, State, Step, next_after
from broadsheet.plumbing.crash import crash_point

BATCH = 500


@dataclass(frozen=True, slots=True)
class RenewalTally:
    """What one run did. ``due`` counts the tries it planned, the five outcomes what it sent."""

    due: int = 0
    succeeded: int = 0
    declined: int = 0
    not_sent: int = 0
    pending: int = 0
    unknown: int = 0
    lapsed: int = 0
    ended: int = 0

    def plus(self, *, due: int = 0, lapsed: int = 0, ended: int = 0) -> RenewalTally:
        return replace(
            self, due=self.due + due, lapsed=self.lapsed + lapsed, ended=self.ended + ended
        )


def renew_due_terms(
    *,
    now: datetime,
    gateway: Gateway,
    as_of: date | None = None,
    tell_time: Callable[[], datetime] | None = None,
) -> RenewalTally:
    """Renew every term of this gateway that is due, once, however often and by however many.

    ``as_of`` plays the runner on another day (the whole of it) in the paper's zone; what is sent is
    stamped with the real time. ``tell_time`` gives a long run the time of each handful; without it
    ``now`` stands still.
    """
    tell_time = tell_time or (lambda: now)
    reckoned = now if as_of is None else end_of_day(as_of)
    tally = RenewalTally()
    while planned := _plan_batch(reckoned, now, gateway):
        tally = tally.plus(due=planned)
    crash_point(2)
    tally = _move_others(tally, reckoned, now, gateway)
    states: Counter[ChargeState] = Counter()
    while sent := send_charges(gateway=gateway, now=tell_time()):
        states += sent
    tally = _move_others(tally, reckoned, now, gateway, only_stop=True)
    return replace(
        tally,
        succeeded=states[ChargeState.SUCCEEDED],
        declined=states[ChargeState.DECLINED],
        not_sent=states[ChargeState.NOT_SENT],
        pending=states[ChargeState.PENDING],
        unknown=states[ChargeState.UNKNOWN],
    )


def end_of_day(day: date) -> datetime:
    """The last moment of a day in the paper's zone."""
    return day_begins(day + timedelta(days=1), settings.PAPER.zone) - timedelta(microseconds=1)


def _due(reckoned: datetime) -> QuerySet[Subscription]:
    return Subscription.objects.filter(
        state__in=LIVE_STATES, due_at__lte=reckoned, frozen_at__isnull=True
    )


def _plan_batch(reckoned: datetime, now: datetime, gateway: Gateway) -> int:
    """T1 for up to ``BATCH`` agreements that renew by themselves; how many."""
    with transaction.atomic():
        due = _due(reckoned + gateway.capabilities.notice).filter(
            state=State.ACTIVE,
            cancelled_at__isnull=True,
            mandate__gateway=gateway.code,
        )
        due = due.select_related("plan", "mandate", "next_plan", "next_price")
        due = due.order_by("due_at", "pk")
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True, of=("self",))
        batch = list(due[:BATCH])
        if not batch:
            return 0
        terms_ahead = [plan_next_term(subscription, _day(reckoned)) for subscription in batch]
        wanted = map(_renewal_order, batch, terms_ahead)
        orders = open_renewal_orders(wanted=list(wanted), now=now)
        Term.objects.bulk_create(
            _planned_term(subscription, ahead, order)
            for subscription, ahead, order in zip(batch, terms_ahead, orders, strict=True)
        )
        planned = Subscription.objects.filter(pk__in=[subscription.pk for subscription in batch])
        planned.update(
            state=next_after(State.ACTIVE, Step.FELL_DUE).value, tried_on=_day(reckoned), unsent=0
        )
        # Those whose mandate does not reach stay due: the next pass asks their readers.
        reached = [subscription.pk for subscription in batch if _may_charge(subscription)]
        planned.filter(pk__in=reached).update(due_at=None)
    return len(batch)


def _planned_term(subscription: Subscription, ahead: TermAhead, order: Order) -> Term:
    return Term(
        subscription=subscription,
        seq=subscription.seq + 1,
        starts_on=ahead.span.starts_on,
        ends_on=ahead.span.ends_on,
        reanchors=ahead.reanchors,
        state=Term.State.PLANNED,
        amount_minor=ahead.amount.minor,
        currency=ahead.amount.currency,
        order=order,
        plan_id=ahead.plan_id,
        price_id=ahead.price_id,
    )


def _renewal_order(subscription: Subscription, ahead: TermAhead) -> RenewalOrder:
    assert subscription.mandate is not None
    return RenewalOrder(
        reader_id=subscription.reader_id,
        source=subscription.source_of(subscription.seq + 1),
        amount=ahead.amount,
        description=ahead.description,
        parts=ahead.parts,
        mandate_id=subscription.mandate_id if _may_charge(subscription) else None,
        gateway=subscription.mandate.gateway,
    )


def _may_charge(subscription: Subscription) -> bool:
    """Whether the reader's permission reaches the price and the day."""
    mandate = subscription.mandate
    assert subscription.ends_on is not None
    if mandate is None:
        return False
    in_time = mandate.valid_until is None or subscription.ends_on <= mandate.valid_until
    return in_time and mandate.allows(subscription.amount)


def _ask_reader(subscription: Subscription, reckoned: datetime, now: datetime) -> None:
    """The permission does not reach: the reader is asked to pay by hand within the grace period."""
    subscription.state = next_after(State.RENEWING, Step.DECLINED).value
    planned = subscription.terms.get(state=Term.State.PLANNED)
    tried_on = subscription.tried_on or _day(reckoned)
    first_time = subscription.past_due_on is None
    subscription.past_due_on = subscription.past_due_on or max(tried_on, planned.starts_on)
    fall_past_due(subscription, tried_on=tried_on, hard=True, first_time=first_time, now=now)


def _move_others(
    tally: RenewalTally,
    reckoned: datetime,
    now: datetime,
    gateway: Gateway,
    *,
    only_stop: bool = False,
) -> RenewalTally:
    """Everything due that a batch cannot do, one agreement a transaction."""
    ids = list(_due(reckoned).order_by("due_at", "pk").values_list("pk", flat=True))
    for pk in ids:
        done = _move(pk, reckoned, now, gateway, only_stop=only_stop)
        tally = tally.plus(
            due=done is Step.RETRIED, lapsed=done is Step.GRACE_OVER, ended=done is Step.TERM_OVER
        )
    return tally


@transaction.atomic
def _move(
    pk: int, reckoned: datetime, now: datetime, gateway: Gateway, *, only_stop: bool
) -> Step | None:
    subscription = _hold(pk)
    if subscription.due_at is None or subscription.due_at > reckoned:
        return None
    if subscription.state == State.PAST_DUE:
        return _chase(subscription, reckoned, now, gateway, only_stop=only_stop)
    if subscription.state == State.ACTIVE and not subscription.renews:
        end_subscription(subscription, now=now)
        return Step.TERM_OVER
    if subscription.state != State.RENEWING or only_stop:
        return None
    if not _may_charge(subscription):
        _ask_reader(subscription, reckoned, now)
        return None
    return _try_again(subscription, reckoned, now, gateway)


def _chase(
    subscription: Subscription,
    reckoned: datetime,
    now: datetime,
    gateway: Gateway,
    *,
    only_stop: bool,
) -> Step | None:
    term = subscription.terms.get(state=Term.State.PLANNED)
    assert subscription.past_due_on is not None
    if has_open_charge(term.order_id):
        # The reader is paying by hand just now; an open charge blocks every other.
        subscription.due_at = max(now, reckoned) + timedelta(hours=1)
        subscription.save(update_fields=["due_at"])
        return None
    today = _day(reckoned)
    tried_on = subscription.tried_on or subscription.past_due_on
    retry_on = USUAL_PATIENCE.find_next_retry(subscription.past_due_on, tried_on)
    until = grace_end(subscription)
    assert until is not None
    if retry_on is not None and retry_on <= today and _is_worth_a_try(subscription, term):
        if only_stop:
            return None
        return _try_again(subscription, reckoned, now, gateway)
    if today >= until:
        lapse_subscription(subscription, now=now)
        return Step.GRACE_OVER
    subscription.due_at = day_begins(until, subscription.zone_info)
    subscription.save(update_fields=["due_at"])
    return None


def _is_worth_a_try(subscription: Subscription, term: Term) -> bool:
    if not _may_charge(subscription):
        return False
    last = Charge.objects.filter(order_id=term.order_id).order_by("-n").first()
    return last is None or last.decline_kind != DeclineKind.HARD


def _try_again(
    subscription: Subscription, reckoned: datetime, now: datetime, gateway: Gateway
) -> Step | None:
    """Plan the next charge of a term that is planned already."""
    if subscription.mandate is None or subscription.mandate.gateway != gateway.code:
        return None
    term = subscription.terms.get(state=Term.State.PLANNED)
    if plan_charge(order_id=term.order_id, mandate_id=subscription.mandate_id, now=now) is None:
        return None
    if subscription.state == State.PAST_DUE:
        subscription.state = next_after(State.PAST_DUE, Step.RETRIED).value
        subscription.tried_on = _day(reckoned)
    subscription.due_at = None
    subscription.save(update_fields=["state", "tried_on", "due_at"])
    return Step.RETRIED


def _hold(pk: int) -> Subscription:
    """Lock the reader, then the agreement: the house's order of locks."""
    reader_id = Subscription.objects.values_list("reader_id", flat=True).get(pk=pk)
    Reader.objects.select_for_update(no_key=True).get(pk=reader_id)
    held = Subscription.objects.select_for_update(of=("self",))
    return held.select_related("mandate", "plan").get(pk=pk)


def _day(reckoned: datetime) -> date:
    return local_day(reckoned, settings.PAPER.zone)
