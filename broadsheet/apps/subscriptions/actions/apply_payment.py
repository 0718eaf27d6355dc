"""What settled, refused and unsent money does to subscriptions.

All are handlers in the same transaction as the word they follow; the readers' rows are locked by
then. Late or repeated words find nothing to do. Settled and refused money comes by the hundred from
the runner, so it is dealt with by a constant number of statements, each reader once.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q

from broadsheet.apps.benefits.actions import Given, grant_entitlements, move_ends_of_entitlements
from broadsheet.apps.payments.actions.apply_gateway_state import park_payment
from broadsheet.apps.payments.events import (
    ChargeDeclined,
    ChargeNotSent,
    OrderClosed,
    PaymentSettled,
)
from broadsheet.apps.payments.gateways import NoSuchGateway, open_gateway
from broadsheet.apps.payments.models import Charge, Mandate
from broadsheet.apps.plans.queries import list_benefits_by_plan
from broadsheet.apps.subscriptions.actions.apply_switch import take_plan
from broadsheet.apps.subscriptions.actions.stop_subscription import end_subscription
from broadsheet.apps.subscriptions.events import (
    RenewalDeclined,
    SubscriptionStarted,
    TermRenewed,
)
from broadsheet.apps.subscriptions.models import Subscription, Term
from broadsheet.apps.subscriptions.queries import access_ends_on, first_span, grace_end
from broadsheet.domain.billing_calendar import day_begins, local_day
from broadsheet.domain.dunning import (
    MOST_UNSENT,
    USUAL_PATIENCE,
    Patience,
    find_patience,
    is_refused_for_good,
    pause_unsent,
)
from broadsheet.domain.subscription import LIVE_STATES, State, Step, find_next
from broadsheet.plumbing.audit import Deed, record_deeds
from broadsheet.plumbing.events import announce_all
from broadsheet.plumbing.many_rows import update_rows

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Held:
    """An agreement that an order is of, locked, and the term it pays for; none at the start."""

    subscription: Subscription
    term: Term | None


def apply_payments(events: Sequence[PaymentSettled], *, now: datetime) -> None:
    """Open the terms that were paid for, and what the plans open with them.

    Money for which no term can be opened is parked, never lost and never refused.
    """
    held = _hold(event.order_id for event in events)
    live = _list_live(one.subscription.reader_id for one in held.values())
    paid = list[tuple[PaymentSettled, Subscription, Term, bool]]()
    for event in events:
        if (one := held.get(event.order_id)) is None:
            continue
        subscription = one.subscription
        new = find_next(State(subscription.state), Step.PAID)
        if new is None or live.get(subscription.reader_id, subscription.pk) != subscription.pk:
            park_payment(
                payment_id=event.payment_id,
                reason="the reader has a paid subscription already",
                now=now,
            )
            continue
        first = subscription.seq == 0
        term = _pay_term(subscription, one.term, event, now)
        _begin_term(subscription, term, event, new)
        paid.append((event, subscription, term, first))
    _save_terms([term for _, _, term, _ in paid])
    _save([subscription for _, subscription, _, _ in paid])
    _open_benefits([(subscription, term) for _, subscription, term, _ in paid], now)
    record_deeds(
        [_deed(event, subscription, term) for event, subscription, term, _ in paid], now=now
    )
    for kind, is_first in ((SubscriptionStarted, True), (TermRenewed, False)):
        announce_all(
            [
                kind(subscription.pk, subscription.reader_id, event.payment_id)
                for event, subscription, _, first in paid
                if first is is_first
            ],
            now=now,
        )


def note_declines(events: Sequence[ChargeDeclined], *, now: datetime) -> None:
    """Renewals were refused: keep access for the grace period, choose the day of the next try."""
    held = _hold(event.order_id for event in events)
    codes = _list_codes(held)
    refused = list[_Refused]()
    for event in events:
        one = held.get(event.order_id)
        if one is None or one.term is None:
            continue
        subscription = one.subscription
        new = find_next(State(subscription.state), Step.DECLINED)
        if new is None:
            continue
        tried_on = subscription.tried_on or local_day(now, subscription.zone_info)
        first_time = subscription.past_due_on is None
        subscription.state = new.value
        subscription.past_due_on = subscription.past_due_on or max(tried_on, one.term.starts_on)
        if subscription.cancelled_at is not None:
            subscription.save()
            end_subscription(subscription, now=now)
            continue
        hard = is_refused_for_good(codes.get(event.order_id, []), hard=event.hard)
        refused.append(_Refused(subscription, tried_on, hard=hard, first_time=first_time))
    _fall_past_due(refused, now)


def fall_past_due(
    subscription: Subscription, *, tried_on: date, hard: bool, first_time: bool, now: datetime
) -> None:
    """Set the next try, let access run to the end of grace, and tell the reader."""
    _fall_past_due([_Refused(subscription, tried_on, hard=hard, first_time=first_time)], now)


def note_not_sent(events: Sequence[ChargeNotSent], *, now: datetime) -> None:
    """Renewals never reached their gateway: try again soon; it does not count as a try."""
    unsent = [
        one.subscription
        for one in _hold(event.order_id for event in events).values()
        if one.term is not None and one.subscription.state == State.RENEWING
    ]
    for subscription in unsent:
        subscription.due_at = now + pause_unsent(subscription.unsent)
        subscription.unsent += 1
    _save(unsent)
    if tired := [subscription.pk for subscription in unsent if subscription.unsent == MOST_UNSENT]:
        log.error(
            "%d renewals found their gateway out of reach %d times, subscription %d the first",
            len(tired),
            MOST_UNSENT,
            tired[0],
        )


def patience_with(mandate: Mandate | None) -> tuple[Patience, timedelta]:
    """The ladder of retries that a permission allows, and how long before each its gateway wants
    to be told.
    """
    if mandate is None:
        return USUAL_PATIENCE, timedelta(0)
    try:
        notice = open_gateway(mandate.gateway).capabilities.notice
    except NoSuchGateway:
        return USUAL_PATIENCE, timedelta(0)
    return find_patience(mandate.kind, notice=notice), notice


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


@dataclass(frozen=True, slots=True)
class _Refused:
    subscription: Subscription
    tried_on: date
    hard: bool
    first_time: bool


def _fall_past_due(refused: Sequence[_Refused], now: datetime) -> None:
    told, ends = list[RenewalDeclined](), dict[str, datetime]()
    mandates = {one.subscription.mandate_id for one in refused}
    patience = {pk: patience_with(mandate) for pk, mandate in _find_mandates(mandates).items()}
    for one in refused:
        subscription, past_due_on = one.subscription, one.subscription.past_due_on
        assert past_due_on is not None
        until = USUAL_PATIENCE.grace_ends_on(past_due_on)
        ladder, notice = patience.get(subscription.mandate_id) or patience_with(None)
        retry_on = None if one.hard else ladder.find_next_retry(past_due_on, one.tried_on)
        zone = subscription.zone_info
        retry_at = day_begins(retry_on, zone) - notice if retry_on else None
        subscription.due_at = retry_at or day_begins(until, zone)
        ends[subscription.source_of(subscription.seq)] = day_begins(until, zone)
        told.append(
            RenewalDeclined(
                subscription_id=subscription.pk,
                reader_id=subscription.reader_id,
                retry_on=retry_on,
                grace_ends_on=until,
                first_time=one.first_time,
            )
        )
    if refused:
        _save([one.subscription for one in refused])
        move_ends_of_entitlements(ends, now=now)
        announce_all(told, now=now)


def _find_mandates(ids: Iterable[int | None]) -> dict[int | None, Mandate]:
    return {mandate.pk: mandate for mandate in Mandate.objects.filter(pk__in=set(ids) - {None})}


def _list_codes(order_ids: Iterable[int]) -> dict[int, list[str]]:
    """Why each order was refused so far."""
    codes: dict[int, list[str]] = {}
    rows = Charge.objects.filter(order__among=list(order_ids)).exclude(decline_code="")
    for order_id, code in rows.order_by("n").values_list("order_id", "decline_code"):
        codes.setdefault(order_id, []).append(code)
    return codes


def _hold(order_ids: Iterable[int]) -> dict[int, _Held]:
    """What each order is of, the agreements locked; orders of other rooms are left out."""
    wanted = set(order_ids)
    found = Term.objects.filter(order__among=wanted)
    terms = {term.order_id: term for term in found if term.order_id is not None}
    ids = [term.subscription_id for term in terms.values()]
    of = Q(pk__among=ids)
    if begun := wanted - terms.keys():
        of |= Q(first_order__among=begun)
    rows = Subscription.objects.select_for_update().filter(of).order_by("pk")
    subscriptions = {row.pk: row for row in rows.defer("created_at", "frozen_at", "won_back_at")}
    held = {
        row.first_order_id: _Held(row, None)
        for row in subscriptions.values()
        if row.first_order_id is not None and row.first_order_id in begun
    }
    return held | {
        order_id: _Held(subscriptions[term.subscription_id], term)
        for order_id, term in terms.items()
    }


def _list_live(reader_ids: Iterable[int]) -> dict[int, int]:
    """Reader → the live subscription."""
    rows = Subscription.objects.filter(reader__among=set(reader_ids), state__in=LIVE_STATES)
    return dict(rows.values_list("reader_id", "pk"))


def _begin_term(subscription: Subscription, term: Term, event: PaymentSettled, new: State) -> None:
    subscription.state = new.value
    subscription.seq, subscription.ends_on = term.seq, term.ends_on
    subscription.mandate_id = event.mandate_id or subscription.mandate_id
    subscription.past_due_on = subscription.tried_on = subscription.stopped_at = None
    subscription.unsent = 0
    subscription.due_at = day_begins(term.ends_on, subscription.zone_info)


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
    if term.plan_id is not None:
        take_plan(subscription, term)
    until = grace_end(subscription)
    stopped = subscription.state in {State.LAPSED, State.ENDED}
    if subscription.seq == 0 or stopped or (until is not None and today >= until):
        # Not in time: the paper comes from today on, and the calendar hangs on today.
        span, anchor_on, anchor_seq = first_span(subscription, today, term.seq)
        subscription.anchor_on, subscription.anchor_seq = anchor_on, anchor_seq
        term.reanchors = True
        term.starts_on, term.ends_on = span.starts_on, span.ends_on
    elif term.reanchors:
        subscription.anchor_on, subscription.anchor_seq = term.starts_on, term.seq
    term.state, term.payment_id = Term.State.PAID, event.payment_id
    return term


def _save_terms(terms: Sequence[Term]) -> None:
    known = [term for term in terms if term.pk is not None]
    Term.objects.bulk_create(term for term in terms if term.pk is None)
    columns = ("state", "payment_id", "starts_on", "ends_on", "reanchors")
    update_rows(
        Term,
        columns,
        [(term.pk, *(getattr(term, name) for name in columns)) for term in known],
    )


_MOVES = (
    *("state", "seq", "ends_on", "anchor_on", "anchor_seq", "mandate_id", "past_due_on"),
    *("tried_on", "stopped_at", "unsent", "due_at"),
)


def _save(subscriptions: Sequence[Subscription]) -> None:
    """Write what money, or its absence, moves."""
    update_rows(
        Subscription,
        _MOVES,
        [(one.pk, *(getattr(one, name) for name in _MOVES)) for one in subscriptions],
    )


def _open_benefits(begun: Sequence[tuple[Subscription, Term]], now: datetime) -> None:
    opened = list_benefits_by_plan({subscription.plan_id for subscription, _ in begun})
    grant_entitlements(
        [
            Given(
                reader_id=subscription.reader_id,
                benefits=opened[subscription.plan_id],
                starts_at=day_begins(term.starts_on, subscription.zone_info),
                ends_at=day_begins(access_ends_on(subscription), subscription.zone_info),
                source=subscription.source_of(term.seq),
            )
            for subscription, term in begun
        ],
        now=now,
    )


def _deed(event: PaymentSettled, subscription: Subscription, term: Term) -> Deed:
    return Deed(
        actor=f"payments.payment:{event.payment_id}",
        deed="apply_payment",
        subject=f"subscriptions.subscription:{subscription.pk}",
        detail={
            "seq": term.seq,
            "starts_on": term.starts_on.isoformat(),
            "ends_on": term.ends_on.isoformat(),
        },
    )
