"""A subscription's whole life under a moving clock, by the pure rules alone.

What the rooms do with rows is done here with values: the same states, spans, pauses and credits.
``SUBSCRIPTION_RUNS`` says how many lives are lived (``make prove``: 1,000 of 50 steps).
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from broadsheet.domain.billing_calendar import (
    Span,
    TermLength,
    TermUnit,
    day_begins,
    local_day,
    term_span,
)
from broadsheet.domain.dunning import USUAL_PATIENCE
from broadsheet.domain.money import Money
from broadsheet.domain.pausing import begins_on, frozen_days, longest_pause
from broadsheet.domain.proration import PaidTerm, find_switch_cost
from broadsheet.domain.subscription import LIVE_STATES, State, Step, find_next, next_after

pytestmark = pytest.mark.pure
MOST_PAUSED = 90
LENGTHS = [
    TermLength(1, TermUnit.WEEK),
    TermLength(10, TermUnit.DAY),
    TermLength(1, TermUnit.MONTH),
    TermLength(3, TermUnit.MONTH),
    TermLength(1, TermUnit.YEAR),
]
# −11 to +14, halves and quarters, and zones whose clocks change at midnight, at two and at three.
ZONES = [
    *("Pacific/Pago_Pago", "Pacific/Honolulu", "America/New_York", "America/St_Johns"),
    *("America/Havana", "Atlantic/Azores", "Europe/London", "Europe/Berlin", "Asia/Beirut"),
    *("Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Chatham", "Pacific/Apia"),
    *("America/Santiago", "Pacific/Kiritimati"),
]
# The 31st, both ends of February, and the nights on which clocks change.
STARTS = [
    *(date(2027, 1, 31), date(2028, 2, 29), date(2027, 2, 28), date(2027, 12, 31)),
    *(date(2027, 3, 14), date(2027, 11, 7), date(2027, 3, 28), date(2027, 10, 31)),
    *(date(2027, 4, 4), date(2027, 9, 5), date(2027, 3, 27), date(2027, 8, 30)),
]


@dataclass
class Paid:
    """A paid term: its dates, what it brought, and the credit it began with."""

    span_starts: date
    span_ends: date
    paid: int
    credit: int = 0
    handed_on: int = 0
    """Worth that the next term took along when this one was cut."""
    given_back: int = 0
    paused_days: int = 0
    days_due: int = 0
    is_cut: bool = False

    def as_term(self) -> PaidTerm:
        worth = self.paid + self.credit - self.given_back
        return PaidTerm(
            Span(self.span_starts, self.span_ends), Money(worth, "INR"), self.paused_days
        )


class Life(RuleBasedStateMachine):
    """One reader's agreement; at most one charge is open at a time."""

    @initialize(
        zone=st.sampled_from(ZONES),
        start=st.sampled_from(STARTS),
        minutes=st.integers(0, 24 * 60 - 1),
        length=st.sampled_from(LENGTHS),
        amount=st.integers(1, 10**6),
    )
    def begin(self, zone, start, minutes, length, amount):
        self.zone = ZoneInfo(zone)
        self.clock = day_begins(start, self.zone) + timedelta(minutes=minutes)
        self.state = State.INCOMPLETE
        self.length, self.amount = length, Money(amount, "INR")
        self.terms: list[Paid] = []
        self.taken = self.returned = 0
        self.cancelled = False
        self.charging: Span | None = None
        self.past_due_on: date | None = None
        self.tried_on: date | None = None
        self.pauses: list[Span] = []
        self.frozen = 0
        self.anchor: tuple[date, int] | None = None
        self.access: list[tuple[datetime, datetime]] = []

    @property
    def today(self) -> date:
        return local_day(self.clock, self.zone)

    @property
    def term(self) -> Paid:
        return self.terms[-1]

    def go(self, step):
        self.state = next_after(self.state, step)

    def pay(self, span: Span, amount: int, credit: int = 0):
        self.taken += amount
        paid = Paid(span.starts_on, span.ends_on, amount, credit, days_due=span.days)
        self.terms.append(paid)
        self.past_due_on = self.tried_on = None
        self.open_access(span.starts_on)

    def open_access(self, starts_on: date):
        until = self.term.span_ends
        if not self.cancelled:
            until = USUAL_PATIENCE.grace_ends_on(until)
        self.access.append((day_begins(starts_on, self.zone), day_begins(until, self.zone)))

    def end_access(self, instant: datetime):
        self.access = [(a, min(b, instant)) for a, b in self.access if a < instant]

    @rule(hours=st.integers(1, 24 * 45))
    def time_goes_by(self, hours):
        self.clock += timedelta(hours=hours)
        self.run()

    @rule(days=st.integers(1, 8))
    def to_the_minute_of_a_day(self, days):
        """Midnights are where calendars break."""
        self.clock = day_begins(self.today + timedelta(days=days), self.zone)
        self.run()

    def run(self):
        """What the worker does each minute."""
        if self.state is State.PAUSED and self.today >= self.pauses[-1].ends_on:
            self.resume()
        elif self.state is State.ACTIVE and self.today >= self.term.span_ends:
            if self.cancelled:
                self.stop(Step.TERM_OVER)
            else:
                self.charging = self.next_span()
                self.tried_on = self.today
                self.go(Step.FELL_DUE)
        elif self.state is State.PAST_DUE and self.charging is None:
            self.chase()

    def chase(self):
        grace = USUAL_PATIENCE.grace_ends_on(self.past_due_on)
        retry = USUAL_PATIENCE.find_next_retry(self.past_due_on, self.tried_on)
        if retry is not None and retry <= self.today:
            self.charging = self.next_span()
            self.tried_on = self.today
            self.go(Step.RETRIED)
        elif self.today >= grace:
            self.stop(Step.GRACE_OVER)

    def next_span(self) -> Span:
        if self.today >= USUAL_PATIENCE.grace_ends_on(self.term.span_ends):
            return term_span(self.today, length=self.length, index=0)
        day, number = self.anchor
        return term_span(day, length=self.length, index=len(self.terms) + 1 - number)

    def stop(self, step):
        self.go(step)
        self.charging = None
        self.end_access(self.clock)

    @precondition(lambda self: self.state in {State.INCOMPLETE, State.ABANDONED})
    @rule()
    def first_payment(self):
        self.begin_today()

    def begin_today(self):
        self.anchor = (self.today, len(self.terms) + 1)
        self.cancelled = False if self.state not in LIVE_STATES else self.cancelled
        self.go(Step.PAID)
        self.pay(term_span(self.today, length=self.length, index=0), self.amount.minor)

    @precondition(lambda self: self.state is State.INCOMPLETE)
    @rule()
    def checkout_closed(self):
        self.go(Step.ORDER_CLOSED)

    @precondition(lambda self: self.charging is not None)
    @rule()
    def bank_pays(self):
        span, self.charging = self.charging, None
        grace = self.past_due_on and USUAL_PATIENCE.grace_ends_on(self.past_due_on)
        if grace and self.today >= grace:
            self.begin_today()
            return
        if span.starts_on != self.term.span_ends:
            self.anchor = (span.starts_on, len(self.terms) + 1)
        self.go(Step.PAID)
        self.pay(span, self.amount.minor)

    @precondition(lambda self: self.charging is not None)
    @rule()
    def bank_refuses(self):
        span, self.charging = self.charging, None
        self.past_due_on = self.past_due_on or max(self.tried_on, span.starts_on)
        self.go(Step.DECLINED)
        if self.cancelled:
            self.stop(Step.TERM_OVER)
            return
        until = day_begins(USUAL_PATIENCE.grace_ends_on(self.past_due_on), self.zone)
        starts, _ = self.access[-1]
        self.access[-1] = (starts, max(until, starts))

    @precondition(lambda self: self.state in {State.LAPSED, State.ENDED})
    @rule()
    def late_money(self):
        self.begin_today()

    @precondition(lambda self: self.state in LIVE_STATES and not self.cancelled)
    @rule()
    def cancel(self):
        if self.state is State.PAUSED:
            self.resume()
        self.cancelled = True
        if self.state is State.PAST_DUE and self.charging is None:
            self.stop(Step.TERM_OVER)
        elif self.state is State.ACTIVE:
            starts, _ = self.access[-1]
            ends = day_begins(self.term.span_ends, self.zone)
            self.access[-1] = (starts, max(starts, ends))

    @precondition(
        lambda self: (
            self.state is State.ACTIVE
            and self.cancelled
            and self.clock < day_begins(self.term.span_ends, self.zone)
        )
    )
    @rule()
    def take_the_end_back(self):
        self.cancelled = False
        starts, _ = self.access[-1]
        until = USUAL_PATIENCE.grace_ends_on(self.term.span_ends)
        self.access[-1] = (starts, day_begins(until, self.zone))

    @precondition(lambda self: self.state is State.ACTIVE)
    @rule(days=st.integers(1, MOST_PAUSED))
    def pause(self, days):
        starts_on = begins_on(self.today)
        left = frozen_days(self.term.span_ends, starts_on)
        past = [pause for pause in self.pauses if pause.days]
        if left < 1 or starts_on <= self.term.span_starts:
            return
        if days > longest_pause(past, starts_on, MOST_PAUSED):
            return
        self.frozen = left
        self.pauses.append(Span(starts_on, starts_on + timedelta(days=days)))
        self.go(Step.PAUSED)
        self.end_access(day_begins(starts_on, self.zone))

    @precondition(lambda self: self.state is State.PAUSED)
    @rule()
    def come_back(self):
        self.resume()

    def resume(self):
        pause = self.pauses.pop()
        back_on = max(self.today, pause.starts_on)
        away = (back_on - pause.starts_on).days
        if away:
            self.pauses.append(Span(pause.starts_on, back_on))
            self.term.span_ends = back_on + timedelta(days=self.frozen)
            self.term.paused_days += away
            self.anchor = (self.term.span_ends, len(self.terms) + 1)
        self.frozen = 0
        self.go(Step.RESUMED)
        self.open_access(self.today)

    @precondition(lambda self: self.state is State.ACTIVE and not self.cancelled)
    @rule(length=st.sampled_from(LENGTHS), amount=st.integers(1, 10**6))
    def switch_now(self, length, amount):
        if not self.term.span_starts <= self.today < self.term.span_ends:
            return
        cost = find_switch_cost(self.term.as_term(), Money(amount, "INR"), self.today)
        if cost is None:
            return
        assert cost.to_pay + cost.credit == cost.full
        self.term.handed_on, self.term.is_cut = cost.credit.minor, True
        self.term.span_ends = self.today
        self.end_access(self.clock)
        self.length, self.amount = length, Money(amount, "INR")
        self.anchor = (self.today, len(self.terms) + 1)
        span = term_span(self.today, length=length, index=0)
        self.pay(span, cost.to_pay.minor, cost.credit.minor)

    @precondition(lambda self: self.state in LIVE_STATES and self.charging is None)
    @rule()
    def withdraw(self):
        last = self.today if self.state is not State.PAUSED else self.pauses[-1].starts_on
        day = min(self.today, last)
        back = self.term.as_term().credit_on(day).minor
        self.term.given_back += back
        self.returned += back
        self.term.is_cut = True
        self.term.span_ends = max(self.term.span_starts, min(day, self.term.span_ends))
        if self.state is State.PAUSED:
            self.pauses[-1] = replace(self.pauses[-1], ends_on=max(self.today, last) + timedelta(1))
        self.stop(Step.CUT_SHORT)

    @invariant()
    def terms_tile(self):
        for before, after in zip(self.terms, self.terms[1:], strict=False):
            assert before.span_ends <= after.span_starts
        if self.state in LIVE_STATES:
            assert self.term.span_ends > self.term.span_starts

    @invariant()
    def held_exactly_while_paid_or_in_grace(self):
        held = any(start <= self.clock < end for start, end in self.access)
        if self.state not in LIVE_STATES:
            assert not held
            return
        first = day_begins(self.term.span_starts, self.zone)
        paid = first <= self.clock < day_begins(self.term.span_ends, self.zone)
        if self.state is State.PAUSED:
            assert held == (self.clock < day_begins(self.pauses[-1].starts_on, self.zone))
        elif paid:
            assert held
        if held and not paid and self.state is not State.PAUSED:
            grace = self.past_due_on or self.term.span_ends
            assert not self.cancelled or self.state in {State.RENEWING, State.PAST_DUE}
            until = max(self.term.span_ends, USUAL_PATIENCE.grace_ends_on(grace))
            assert self.clock < day_begins(until, self.zone)

    @invariant()
    def no_day_that_was_paid_for_is_lost(self):
        for term in self.terms:
            if not term.is_cut:
                assert term.as_term().served_days == term.days_due

    @invariant()
    def money_is_conserved(self):
        assert self.taken == sum(term.paid for term in self.terms)
        assert self.returned == sum(term.given_back for term in self.terms)
        assert 0 <= self.returned <= self.taken
        for before, after in zip(self.terms, self.terms[1:], strict=False):
            assert after.credit == before.handed_on
            assert before.handed_on + before.given_back <= before.paid + before.credit

    @invariant()
    def no_year_is_paused_for_longer(self):
        for pause in self.pauses:
            window = [p for p in self.pauses if p.ends_on > pause.ends_on - timedelta(days=365)]
            earlier = [p for p in window if p.starts_on <= pause.starts_on]
            late = sum(p.days for p in earlier if p is not pause)
            assert (
                late + pause.days <= MOST_PAUSED + 45 + 8
            )  # the worker ends one up to a step late

    @invariant()
    def nothing_moves_money_but_the_one_charge(self):
        if self.charging is not None:
            assert self.state is State.RENEWING
        if self.state in {State.ACTIVE, State.PAUSED}:
            assert find_next(self.state, Step.PAID) is None


def test_a_life_of_many_steps():
    runs = int(os.environ.get("SUBSCRIPTION_RUNS", "30"))
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=runs,
            stateful_step_count=50,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.slow
def test_a_thousand_lives_of_fifty_steps():
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=1000,
            stateful_step_count=50,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_every_start_lies_in_a_zone_that_knows_it():
    for zone in ZONES:
        for start in STARTS:
            begins = day_begins(start, ZoneInfo(zone))
            assert begins.tzinfo is UTC
            assert local_day(begins, ZoneInfo(zone)) == start
            assert local_day(begins - timedelta(microseconds=1), ZoneInfo(zone)) < start
