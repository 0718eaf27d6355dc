"""What is asked of subscriptions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice
from typing import Any

from django.db.models import Count, F, Q, Window
from django.db.models.functions import Lag

from broadsheet.apps.accounts.models import Reader
from broadsheet.apps.benefits.queries import list_benefits, list_held_by_source
from broadsheet.apps.payments.models import Order
from broadsheet.apps.payments.queries import Invariant, has_open_charge
from broadsheet.apps.plans.models import Plan
from broadsheet.apps.plans.queries import say_rhythm, say_term
from broadsheet.apps.subscriptions.models import Subscription, Switch, Term
from broadsheet.domain.billing_calendar import Span, day_begins, term_span
from broadsheet.domain.coupon import Agreed
from broadsheet.domain.dunning import USUAL_PATIENCE
from broadsheet.domain.money import Money
from broadsheet.domain.pricing import share_parts
from broadsheet.domain.segment import Segment, name_segments
from broadsheet.domain.subscription import LIVE_STATES, State

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Agreement:
    """A reader's live subscription, as the account tells it."""

    subscription_id: int
    plan: str
    term: str
    rhythm: str
    amount: Money
    state: State
    starts_on: date
    ends_on: date
    next_charge_on: date | None
    """When it is charged next; ``None`` when it will not renew."""
    paid_with: str
    cancelled: bool
    past_due: bool
    grace_ends_on: date | None
    order_to_pay: str
    """The uid of the unpaid order of a past-due term; empty when none can be paid by hand."""
    charge_under_way: bool
    paused_from: date | None = None
    resumes_on: date | None = None
    """While paused: the first day away, and the day the paper comes again."""
    kept_days: int = 0
    """While paused: the days that wait."""
    next_plan: str = ""
    """The plan that begins with the next term, where it is another."""
    switch_order: str = ""
    """The uid of the order that a change of plan waits for."""
    frozen: bool = False
    """A bank disputes a payment of it."""
    may_be_charged: bool = True
    """Whether the reader's permission still holds."""


@dataclass(frozen=True, slots=True)
class PlanStanding:
    """How many hold a plan now: running, of them cancelled to the term's end, of them unpaid."""

    plan: str
    running: int
    ending: int
    unpaid: int
    code: str


def list_plan_standings() -> list[PlanStanding]:
    """Every plan in its order with its live subscriptions: one query."""
    live = Q(subscriptions__state__in=LIVE_STATES)
    plans = Plan.objects.annotate(
        running=Count("subscriptions", filter=live),
        ending=Count("subscriptions", filter=live & Q(subscriptions__cancelled_at__isnull=False)),
        unpaid=Count("subscriptions", filter=Q(subscriptions__state=State.PAST_DUE)),
    ).order_by("position", "pk")
    return [
        PlanStanding(plan.name, plan.running, plan.ending, plan.unpaid, plan.code) for plan in plans
    ]


def find_live_subscription(reader_id: int) -> Subscription | None:
    return Subscription.objects.filter(reader_id=reader_id, state__in=LIVE_STATES).first()


def name_segments_of(reader: Reader, now: datetime) -> frozenset[Segment]:
    """What a policy may ask for of an account: one query."""
    states = set(Subscription.objects.filter(reader=reader).values_list("state", flat=True))
    return name_segments(
        registered_at=reader.created_at,
        was_subscriber=not states.isdisjoint({State.ENDED, State.LAPSED}),
        is_subscriber=not states.isdisjoint(LIVE_STATES),
        now=now,
    )


def may_begin_low(reader_id: int) -> bool:
    """Whether introductory terms are still this reader's to have: once, whatever the plan."""
    return not Subscription.objects.filter(reader_id=reader_id, seq__gte=1, began_low=True).exists()


def is_subscriber(reader_id: int, now: datetime) -> bool:
    """Whether the reader holds anything that a subscription granted."""
    return bool(list_benefits(reader_id, now))


def find_agreement(reader_id: int) -> Agreement | None:
    """The account's view of the reader's live subscription."""
    subscription = (
        Subscription.objects.select_related("plan", "mandate", "next_plan", "next_price")
        .filter(reader_id=reader_id, state__in=LIVE_STATES)
        .first()
    )
    if subscription is None:
        return None
    assert subscription.ends_on is not None
    term = subscription.terms.get(seq=subscription.seq)
    planned = subscription.terms.filter(state=Term.State.PLANNED).first()
    under_way = planned is not None and has_open_charge(planned.order_id)
    past_due = subscription.state == State.PAST_DUE
    pause = subscription.pauses.filter(resumed_at__isnull=True).first()
    switch = subscription.switches.filter(state=Switch.State.OPEN).select_related("order").first()
    renews = subscription.renews and not past_due and pause is None
    return Agreement(
        subscription_id=subscription.pk,
        plan=subscription.plan.name,
        term=say_term(subscription.term_length),
        rhythm=say_rhythm(subscription.term_length),
        amount=_next_amount(subscription, planned),
        state=State(subscription.state),
        starts_on=term.starts_on,
        ends_on=subscription.ends_on,
        next_charge_on=subscription.ends_on if renews else None,
        paid_with=subscription.mandate.label if subscription.mandate else "",
        cancelled=subscription.cancelled_at is not None,
        past_due=past_due,
        grace_ends_on=grace_end(subscription),
        order_to_pay=_order_to_pay(planned) if past_due else "",
        charge_under_way=under_way,
        paused_from=pause.starts_on if pause else None,
        resumes_on=pause.resumes_on if pause else None,
        kept_days=pause.frozen_days if pause else 0,
        next_plan=subscription.next_plan.name if subscription.next_plan else "",
        switch_order=str(switch.order.uid) if switch else "",
        frozen=subscription.frozen_at is not None,
        may_be_charged=subscription.mandate is not None
        and subscription.mandate.withdrawn_at is None,
    )


def find_paid_span(payment_id: int) -> Span | None:
    """The dates that a payment paid for."""
    term = Term.objects.filter(payment_id=payment_id).first()
    return Span(term.starts_on, term.was_to_end_on or term.ends_on) if term else None


@dataclass(frozen=True, slots=True)
class TermAhead:
    """What the next term of a subscription will be, if it is renewed on the day reckoned with."""

    span: Span
    reanchors: bool
    """The calendar hangs on this term's first day from now on."""
    amount: Money
    description: str
    parts: list[dict[str, Any]]
    """What the amount is made of, as ``payments.Order.parts``."""
    plan_id: int | None = None
    price_id: int | None = None
    """Set where another plan begins with this term."""


def plan_next_term(subscription: Subscription, day: date) -> TermAhead:
    """The next term, reckoned on ``day``; wants ``plan`` joined and asks no query of its own.

    It runs from the old end on, or, where nobody renewed for so long that the grace period is
    over, from ``day`` on: nobody is charged for a past that was not served, or twice in a row.
    """
    assert subscription.ends_on is not None
    late = day >= USUAL_PATIENCE.grace_ends_on(subscription.ends_on)
    if subscription.next_plan_id is not None:
        return _plan_other(subscription, day if late else subscription.ends_on)
    length = subscription.term_length
    span = term_span(day, length=length, index=0) if late else next_span(subscription)
    agreed = find_agreed(subscription, span.starts_on)
    index = subscription.seq + 1 - subscription.agreed_seq
    return TermAhead(
        span=span,
        reanchors=late,
        amount=agreed.price_of(index),
        description=f"{subscription.plan.name}, {say_term(length)}",
        parts=agreed.parts_of(index),
    )


def _plan_other(subscription: Subscription, starts_on: date) -> TermAhead:
    """The first term of the plan that the reader chose to go on with."""
    plan, price = subscription.next_plan, subscription.next_price
    assert plan is not None
    assert price is not None
    return TermAhead(
        span=term_span(starts_on, length=plan.term_length, index=0),
        reanchors=True,
        amount=price.amount,
        description=f"{plan.name}, {say_term(plan.term_length)}",
        parts=share_parts(price.parts, price.amount),
        plan_id=plan.pk,
        price_id=price.pk,
    )


def find_agreed(subscription: Subscription, starts_on: date) -> Agreed:
    """What holds for a term that starts on a day: with the coming price, where it is agreed to."""
    agreed = subscription.agreed
    if subscription.coming_on is None or not subscription.coming_agreed:
        return agreed
    if starts_on < subscription.coming_on:
        return agreed
    assert subscription.coming_minor is not None
    return replace(agreed, standing=Money(subscription.coming_minor, subscription.currency))


def first_span(subscription: Subscription, day: date, seq: int) -> tuple[Span, date, int]:
    """The dates of the term number ``seq`` begun on ``day``, and what the calendar hangs on then.

    A trial has a length of its own: the calendar hangs on the first day after it.
    """
    usual = subscription.term_length
    length = subscription.agreed.length_of(max(0, seq - subscription.agreed_seq))
    span = term_span(day, length=length, index=0)
    return (span, day, seq) if length == usual else (span, span.ends_on, seq + 1)


def next_span(subscription: Subscription) -> Span:
    """The dates of the term after the last paid one."""
    assert subscription.anchor_on is not None
    index = subscription.seq + 1 - subscription.anchor_seq
    return term_span(subscription.anchor_on, length=subscription.term_length, index=index)


def grace_end(subscription: Subscription) -> date | None:
    """The first day without access, where a term is past due."""
    if subscription.past_due_on is None:
        return None
    return USUAL_PATIENCE.grace_ends_on(subscription.past_due_on)


def access_ends_on(subscription: Subscription) -> date:
    """The first day without access: one that renews keeps it while it is chased."""
    assert subscription.ends_on is not None
    if not subscription.renews:
        return subscription.ends_on
    return grace_end(subscription) or USUAL_PATIENCE.grace_ends_on(subscription.ends_on)


def check_terms(now: datetime) -> tuple[Invariant, ...]:
    """The invariants of terms and entitlements (billing.md §5)."""
    return (_check_tiling(), _check_entitlements(now), _check_sums())


def _next_amount(subscription: Subscription, planned: Term | None) -> Money:
    """What the next term costs: as its order says, else as agreed."""
    if planned is not None:
        return Money(planned.amount_minor, planned.currency)
    assert subscription.ends_on is not None
    return plan_next_term(subscription, subscription.ends_on).amount


def _order_to_pay(planned: Term | None) -> str:
    if planned is None or planned.order_id is None:
        return ""
    order = Order.objects.filter(pk=planned.order_id, state=Order.State.OPEN).first()
    return str(order.uid) if order else ""


def _check_tiling() -> Invariant:
    paid = Term.objects.filter(state__in=[Term.State.PAID, Term.State.GIVEN]).annotate(
        before=Window(Lag("ends_on"), partition_by="subscription_id", order_by="seq")
    )
    rows = paid.values_list("subscription_id", "seq", "starts_on", "reanchors", "before")
    wrong = 0
    for _id, _seq, starts_on, reanchors, before in rows.iterator():
        if before is None:
            continue
        wrong += starts_on < before if reanchors else starts_on != before
    seqs = Subscription.objects.filter(seq__gt=0).exclude(
        pk__in=Term.objects.filter(
            state__in=[Term.State.PAID, Term.State.GIVEN],
            seq=F("subscription__seq"),
            ends_on=F("subscription__ends_on"),
        ).values("subscription_id")
    )
    wrong += seqs.count()
    return _verdict("I6 the terms of a subscription tile", wrong)


def _check_entitlements(now: datetime) -> Invariant:
    """Who has paid for now holds what the plan opens; who was stopped holds nothing of it."""
    wrong = 0
    opening = set(Plan.objects.filter(benefits__isnull=False).values_list("pk", flat=True))
    begun = Subscription.objects.filter(seq__gt=0).order_by("pk").iterator(chunk_size=CHUNK)
    while batch := list(islice(begun, CHUNK)):
        sources = [subscription.source_of(subscription.seq) for subscription in batch]
        held = list_held_by_source(sources, now)
        paid = Term.objects.filter(subscription__in=batch, seq=F("subscription__seq"))
        starts = dict(paid.values_list("subscription_id", "starts_on"))
        for subscription, source in zip(batch, sources, strict=True):
            if not subscription.is_live or subscription.suspended_at is not None:
                wrong += source in held
            elif subscription.state == State.PAUSED:
                wrong += source in held and not _reads_till_tonight(subscription, now)
            elif _is_within(subscription, starts[subscription.pk], now):
                wrong += subscription.plan_id in opening and source not in held
    return _verdict("I10 a paid term is held, a stopped one is not", wrong)


def _is_within(subscription: Subscription, starts_on: date, now: datetime) -> bool:
    assert subscription.ends_on is not None
    zone = subscription.zone_info
    return day_begins(starts_on, zone) <= now < day_begins(subscription.ends_on, zone)


def _reads_till_tonight(subscription: Subscription, now: datetime) -> bool:
    pause = subscription.pauses.get(resumed_at__isnull=True)
    return now < day_begins(pause.starts_on, subscription.zone_info)


def _check_sums() -> Invariant:
    """A paid term cost what its payment brought."""
    differ = Term.objects.filter(state=Term.State.PAID).exclude(
        amount_minor=F("payment__amount_minor"), currency=F("payment__currency")
    )
    return _verdict("each paid term cost what was paid", differ.count())


def _verdict(name: str, wrong: int) -> Invariant:
    return Invariant(name, wrong == 0, "holds" if wrong == 0 else f"{wrong} do not")
