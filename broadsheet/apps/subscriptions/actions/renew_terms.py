"""Renew what is due: the runner's three passes.

1. *Plan*: every agreement whose time has come gets its next term, order and charge, a batch in one
   transaction (T1). Those past due get their next try, or lapse; those that were cancelled end.
2. *Send*: planned charges go over the wire, a batch at a time (T2, wire, T3 of
   ``payments.send_charges``).
3. *Stop*: what was refused on the last day of its patience lapses.

Any number of runners may work at once and any may be killed: what one holds the others skip
(PostgreSQL) or wait for (SQLite), ``due_at`` is emptied by whoever plans, a term's number and an
order's source are unique, and a charge is taken by marking it as sent. This module is the one place
for statements that span rooms.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, QuerySet

from broadsheet.apps.accounts.models import Reader
from broadsheet.apps.payments.actions.keep_pace import NO_LIMITS, Limits
from broadsheet.apps.payments.actions.open_order import (
    RenewalOrder,
    open_renewal_orders,
    plan_charge,
)
from broadsheet.apps.payments.actions.send_charges import HANDFUL, send_charges
from broadsheet.apps.payments.gateways.contract import Gateway
from broadsheet.apps.payments.models import Charge
from broadsheet.apps.payments.queries import has_open_charge
from broadsheet.apps.subscriptions.actions.apply_payment import fall_past_due, patience_with
from broadsheet.apps.subscriptions.actions.give_term import give_term
from broadsheet.apps.subscriptions.actions.stop_subscription import (
    end_subscription,
    lapse_subscription,
)
from broadsheet.apps.subscriptions.models import RenewalDay, Subscription, Term
from broadsheet.apps.subscriptions.queries import TermAhead, grace_end, plan_next_term
from broadsheet.domain.billing_calendar import day_begins, local_day
from broadsheet.domain.charge import ChargeState, DeclineKind
from broadsheet.domain.dunning import is_refused_for_good
from broadsheet.domain.money import Money
from broadsheet.domain.subscription import LIVE_STATES, State, Step, next_after
from broadsheet.plumbing.crash import crash_point
from broadsheet.plumbing.many_rows import insert_rows

log = logging.getLogger(__name__)
BATCH = 1000
LEFT_ALONE = timedelta(hours=1)
MOST_NOTICE = timedelta(days=3)
"""No gateway wants a charge handed over longer before; so far ahead a day's forecast looks."""
FORECAST_GRACE = 50
"""So many more than forecast never stop a day: small papers have small numbers."""


@dataclass(frozen=True, slots=True)
class Sending:
    """How one gateway's charges go out: ``batch`` taken at a time, ``at_once`` on the wire together.

    ``wait`` stands still for so many seconds. ``above_forecast`` in per cent; ``None`` for no bound.
    """

    batch: int = HANDFUL
    at_once: int = 1
    limits: Limits = NO_LIMITS
    wait: Callable[[float], None] = lambda _: None
    above_forecast: int | None = None


USUAL_SENDING = Sending()


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
    sending: Sending = USUAL_SENDING,
    until: datetime | None = None,
) -> RenewalTally:
    """Renew every term of this gateway that is due, once, however often and by however many.

    ``as_of`` plays the runner on another day (the whole of it) in the paper's zone; what is sent is
    stamped with the real time. ``tell_time`` gives a long run the time of each batch; without it
    ``now`` stands still. ``sending`` says how charges go out. A day on which more is planned than
    was due as it began, by more than ``sending.above_forecast``, is stopped with an alert. After
    ``until`` nothing new is begun; the next run goes on.
    """
    tell_time = tell_time or (lambda: now)
    reckoned = now if as_of is None else end_of_day(as_of)
    tally = RenewalTally()

    def is_time() -> bool:
        return until is None or tell_time() < until

    taken = BATCH
    while taken and is_time():
        taken, planned = _plan_batch(reckoned, now, gateway, sending.above_forecast)
        tally = tally.plus(due=planned)
    crash_point(2)
    tally = _move_others(tally, reckoned, now, gateway)
    states: Counter[ChargeState] = Counter()
    while is_time() and (
        sent := send_charges(
            gateway=gateway,
            now=tell_time(),
            limit=sending.batch,
            at_once=sending.at_once,
            tell_time=tell_time,
            limits=sending.limits,
            wait=sending.wait,
        )
    ):
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


def _plan_batch(
    reckoned: datetime, now: datetime, gateway: Gateway, above_forecast: int | None
) -> tuple[int, int]:
    """T1 for up to ``BATCH`` agreements that renew by themselves: how many, and charges planned."""
    with transaction.atomic():
        due = _due(reckoned + gateway.capabilities.notice).filter(
            state=State.ACTIVE,
            cancelled_at__isnull=True,
            mandate__gateway=gateway.code,
        )
        most = _room(reckoned, now, above_forecast)
        due = due.select_related("mandate").prefetch_related("plan", "next_plan", "next_price")
        due = due.order_by("due_at", "pk")
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True, of=("self",))
        batch = list(due[: min(BATCH, most)])
        ahead = [(subscription, _look_ahead(subscription, reckoned)) for subscription in batch]
        charged = [(one, term) for one, term in ahead if term is not None and term.amount]
        for one, term in ahead:
            if term is None:
                one.due_at = max(now, reckoned + gateway.capabilities.notice) + LEFT_ALONE
                one.save(update_fields=["due_at"])
            elif not term.amount:
                _give(one, term, now)
        _plan(charged, reckoned, now)
        if above_forecast is not None:
            RenewalDay.objects.filter(day=_day(reckoned)).update(
                planned=F("planned") + len(charged)
            )
    return len(batch), len(charged)


def _room(reckoned: datetime, now: datetime, above_forecast: int | None) -> int:
    """How many more may be planned on the day; a day without a row is forecast first."""
    if above_forecast is None:
        return BATCH
    day = _day(reckoned)
    held = RenewalDay.objects.filter(day=day).first()
    if held is None:
        forecast = _due(end_of_day(day) + MOST_NOTICE).count()
        held, _ = RenewalDay.objects.get_or_create(day=day, defaults={"forecast": forecast})
    # Not locked: runners at once may overshoot by a batch each, and none waits for another.
    room: int = held.forecast * (100 + above_forecast) // 100 + FORECAST_GRACE - held.planned
    if room > 0:
        return room
    RenewalDay.objects.filter(day=day, stopped_at__isnull=True).update(stopped_at=now)
    log.error(
        "renewals of %s are stopped: %d were planned, %d were forecast; look why before you raise "
        "BROADSHEET_CHARGES_ABOVE_FORECAST",
        day,
        held.planned,
        held.forecast,
    )
    return 0


def _look_ahead(subscription: Subscription, reckoned: datetime) -> TermAhead | None:
    """The next term; ``None`` where it cannot be reckoned, so that one never stops the others."""
    try:
        return plan_next_term(subscription, _day(reckoned))
    except (ArithmeticError, AssertionError, LookupError, TypeError, ValueError):
        log.exception("the next term of subscription %d cannot be reckoned", subscription.pk)
        return None


def _plan(
    charged: Sequence[tuple[Subscription, TermAhead]], reckoned: datetime, now: datetime
) -> None:
    """Order, charge and term of each, and the agreement waiting for its bank."""
    wanted = [_renewal_order(subscription, ahead) for subscription, ahead in charged]
    orders = open_renewal_orders(wanted=wanted, now=now)
    insert_rows(
        Term,
        _TERM,
        [
            (
                *(one.pk, one.seq + 1, ahead.span.starts_on, ahead.span.ends_on, ahead.reanchors),
                *(Term.State.PLANNED, ahead.amount.minor, ahead.amount.currency, order_id),
                *(ahead.plan_id, ahead.price_id),
            )
            for (one, ahead), order_id in zip(charged, orders, strict=True)
        ],
    )
    planned = Subscription.objects.filter(pk__among=[one.pk for one, _ in charged])
    state = next_after(State.ACTIVE, Step.FELL_DUE).value
    planned.update(state=state, tried_on=_day(reckoned), unsent=0)
    # Those whose mandate does not reach stay due: the next pass asks their readers.
    reached = [one.pk for (one, _), order in zip(charged, wanted, strict=True) if order.mandate_id]
    planned.filter(pk__among=reached).update(due_at=None)


_TERM = (
    *("subscription_id", "seq", "starts_on", "ends_on", "reanchors"),
    *("state", "amount_minor", "currency", "order_id", "plan_id", "price_id"),
)


def _give(subscription: Subscription, ahead: TermAhead, now: datetime) -> None:
    """A term that costs nothing has no order: it is given."""
    subscription.seq += 1
    subscription.ends_on = ahead.span.ends_on
    if ahead.reanchors:
        subscription.anchor_on, subscription.anchor_seq = ahead.span.starts_on, subscription.seq
    subscription.save(update_fields=["seq", "ends_on", "anchor_on", "anchor_seq"])
    give_term(
        subscription,
        ahead.span,
        seq=subscription.seq,
        actor="subscriptions",
        now=now,
        reanchors=ahead.reanchors,
    )


def _renewal_order(subscription: Subscription, ahead: TermAhead) -> RenewalOrder:
    assert subscription.mandate is not None
    return RenewalOrder(
        reader_id=subscription.reader_id,
        source=subscription.source_of(subscription.seq + 1),
        amount=ahead.amount,
        description=ahead.description,
        parts=ahead.parts,
        mandate_id=subscription.mandate_id if _may_charge(subscription, ahead.amount) else None,
        gateway=subscription.mandate.gateway,
    )


def _may_charge(subscription: Subscription, amount: Money) -> bool:
    """Whether the reader's permission reaches the amount and the day."""
    mandate = subscription.mandate
    assert subscription.ends_on is not None
    if mandate is None:
        return False
    in_time = mandate.valid_until is None or subscription.ends_on <= mandate.valid_until
    return in_time and mandate.allows(amount)


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
    if not _may_charge(subscription, _planned_amount(subscription)):
        _ask_reader(subscription, reckoned, now)
        return None
    return _try_again(subscription, _day(reckoned), now, gateway)


def _planned_amount(subscription: Subscription) -> Money:
    term = subscription.terms.get(state=Term.State.PLANNED)
    return Money(term.amount_minor, term.currency)


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
    assert term.order_id is not None
    if has_open_charge(term.order_id):
        # The reader is paying by hand just now; an open charge blocks every other.
        subscription.due_at = max(now, reckoned) + timedelta(hours=1)
        subscription.save(update_fields=["due_at"])
        return None
    today = _day(reckoned)
    tried_on = subscription.tried_on or subscription.past_due_on
    patience, notice = patience_with(subscription.mandate)
    retry_on = patience.find_next_retry(subscription.past_due_on, tried_on)
    until = grace_end(subscription)
    assert until is not None
    if (
        retry_on is not None
        and retry_on <= _day(reckoned + notice)
        and _is_worth_a_try(subscription, term)
    ):
        if only_stop:
            return None
        return _try_again(subscription, max(today, retry_on), now, gateway)
    if today >= until:
        lapse_subscription(subscription, now=now)
        return Step.GRACE_OVER
    subscription.due_at = day_begins(until, subscription.zone_info)
    subscription.save(update_fields=["due_at"])
    return None


def _is_worth_a_try(subscription: Subscription, term: Term) -> bool:
    if not _may_charge(subscription, Money(term.amount_minor, term.currency)):
        return False
    refusals = Charge.objects.filter(order__term=term).order_by("n")
    kinds = list(refusals.values_list("decline_kind", "decline_code"))
    hard = bool(kinds) and kinds[-1][0] == DeclineKind.HARD
    return not is_refused_for_good([code for _, code in kinds], hard=hard)


def _try_again(
    subscription: Subscription, day: date, now: datetime, gateway: Gateway
) -> Step | None:
    """Plan the next charge of a term that is planned already."""
    if subscription.mandate is None or subscription.mandate.gateway != gateway.code:
        return None
    term = subscription.terms.get(state=Term.State.PLANNED)
    assert term.order_id is not None
    if plan_charge(order_id=term.order_id, mandate_id=subscription.mandate_id, now=now) is None:
        return None
    if subscription.state == State.PAST_DUE:
        subscription.state = next_after(State.PAST_DUE, Step.RETRIED).value
        subscription.tried_on = day
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
