"""A whole life with rows and a real bank under a moving clock: every invariant after every step.

``make test`` lives a few lives, ``make prove`` fifty of fifty steps on each database.
"""

from __future__ import annotations

import dataclasses
import itertools
import os
from datetime import UTC, date, datetime, time, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

import httpx
import pytest
from django.conf import settings as django_settings
from django.db import transaction
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

from broadsheet.apps.benefits.queries import list_benefits
from broadsheet.apps.payments.actions.begin_checkout import begin_checkout
from broadsheet.apps.payments.actions.give_refund import CannotRefund, send_refunds
from broadsheet.apps.payments.actions.note_dispute import note_dispute
from broadsheet.apps.payments.actions.reap_charges import reap_charges
from broadsheet.apps.payments.gateways.contract import DisputeFacts, DisputeState
from broadsheet.apps.payments.models import Charge, Dispute, LedgerEntry, Order, Payment, Refund
from broadsheet.apps.payments.queries import find_open_checkout
from broadsheet.apps.subscriptions.actions.cut_subscription import (
    CannotCut,
    CannotWithdraw,
    give_back,
    withdraw_subscription,
)
from broadsheet.apps.subscriptions.actions.pause_subscription import (
    CannotPause,
    pause_subscription,
    resume_due_pauses,
    resume_subscription,
)
from broadsheet.apps.subscriptions.actions.renew_terms import renew_due_terms
from broadsheet.apps.subscriptions.actions.start_subscription import CannotSubscribe
from broadsheet.apps.subscriptions.actions.stop_subscription import (
    CannotCancel,
    CannotResume,
    cancel_subscription,
    undo_cancel,
)
from broadsheet.apps.subscriptions.actions.switch_plan import (
    CannotSwitch,
    drop_switch,
    switch_at_end,
    switch_now,
)
from broadsheet.apps.subscriptions.actions.win_back import ask_back
from broadsheet.apps.subscriptions.models import Subscription, Term
from broadsheet.apps.subscriptions.queries import access_ends_on, grace_end
from broadsheet.apps.subscriptions.queries.life import (
    find_under_way,
    find_withdrawal,
    list_switch_choices,
)
from broadsheet.domain.billing_calendar import day_begins, local_day
from broadsheet.domain.money import Money
from broadsheet.domain.subscription import State
from tests.factories.sale import PRICES, Sale, assert_books_hold, make_reader

pytestmark = [pytest.mark.db, pytest.mark.django_db]
ZONES = ["Pacific/Pago_Pago", "America/Santiago", "Europe/Berlin", "Asia/Kolkata",
         "Australia/Lord_Howe", "Pacific/Kiritimati"]  # fmt: skip
NEXT = datetime.now(UTC).year + 1
LEAP = next(year for year in itertools.count(NEXT) if year % 4 == 0)
STARTS = [date(NEXT, 1, 31), date(LEAP, 2, 29), date(NEXT, 3, 13), date(NEXT, 10, 30), date(NEXT, 8, 31)]  # fmt: skip
FAULTS = [
    ("decline", {"reason": "insufficient_funds"}),
    ("decline", {"reason": "stolen_card"}),
    ("lose_reply_after_commit", {}),
    ("error_after_commit", {}),
    ("error_before", {}),
    ("busy", {}),
]
REFUSALS = (
    *(CannotSubscribe, CannotCancel, CannotResume, CannotPause, CannotSwitch),
    *(CannotWithdraw, CannotCut, CannotRefund),
)


class Life(RuleBasedStateMachine):
    """One reader and the worker's duties, in one transaction that is taken back at the end."""

    first: ClassVar[Sale]
    numbers = itertools.count(1)

    def __init__(self):
        super().__init__()
        self.block = transaction.atomic()
        self.block.__enter__()
        self.paper = django_settings.PAPER

    def teardown(self):
        django_settings.PAPER = self.paper
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)

    @initialize(
        zone=st.sampled_from(ZONES),
        start=st.sampled_from(STARTS),
        minutes=st.integers(0, 24 * 60 - 1),
        access=st.sampled_from(["keep", "suspend"]),
    )
    def begin(self, zone, start, minutes, access):
        django_settings.PAPER = dataclasses.replace(
            self.paper, time_zone=zone, access_while_disputed=access
        )
        self.zone = ZoneInfo(zone)
        self.clock = day_begins(start, self.zone) + timedelta(minutes=minutes)
        reader = make_reader(f"life-{next(self.numbers)}@example.org")
        self.sale = Sale(self.first.bank, self.first.gateway, reader)
        httpx.delete(self.sale.bank.address + "/faults", headers=self.sale.bank.headers)

    @property
    def who(self):
        return {"reader_id": self.sale.reader.pk, "actor": "test", "now": self.clock}

    def stands(self):
        """Everything that a refused deed must leave alone."""
        return (
            list(Subscription.objects.order_by("pk").values()),
            list(Term.objects.order_by("pk").values()),
            Order.objects.count(),
            Refund.objects.count(),
        )

    def try_to(self, deed, **more):
        """A deed that may be refused; then nothing has changed."""
        before = self.stands()
        try:
            with transaction.atomic():
                return deed(**more)
        except REFUSALS:
            assert self.stands() == before
            return None

    @rule(hours=st.integers(1, 24 * 40))
    def time_goes_by(self, hours):
        self.clock += timedelta(hours=hours)
        self.work()

    @rule(days=st.integers(1, 9))
    def to_the_minute_of_a_day(self, days):
        day = local_day(self.clock, self.zone) + timedelta(days=days)
        self.clock = day_begins(day, self.zone)
        self.work()

    @rule(days=st.integers(1, 100))
    def to_the_end_of_the_term(self, days):
        live = find_under_way(self.sale.reader.pk)
        if live is not None and live.ends_on is not None:
            ends_at = day_begins(live.ends_on, self.zone)
            self.clock = max(self.clock, ends_at - timedelta(hours=days % 3))
        self.work()

    def work(self):
        """The worker's duties, twice, as two workers would."""
        for _ in range(2):
            reap_charges(now=self.clock, open_gateway=self.sale.open_gateway, everything=True)
            resume_due_pauses(now=self.clock)
            renew_due_terms(now=self.clock, gateway=self.sale.gateway)
            send_refunds(open_gateway=self.sale.open_gateway, now=self.clock)
            ask_back(now=self.clock)

    @rule(fault=st.sampled_from(FAULTS), deed=st.sampled_from(["charge", "refund"]))
    def the_bank_will_misbehave(self, fault, deed):
        kind, more = fault
        if deed == "charge" or kind != "decline":
            self.sale.bank.script(kind, deed, **more)

    @rule()
    def the_bank_behaves_again(self):
        httpx.delete(self.sale.bank.address + "/faults", headers=self.sale.bank.headers)

    @rule(plan=st.sampled_from(sorted(PRICES)), choice=st.sampled_from(["approve", "decline", ""]))
    def subscribe(self, plan, choice):
        standing = self.try_to(self.sale.check_out, now=self.clock, plan=plan)
        if standing is not None:
            self.decide(standing.url, choice)

    def decide(self, page, choice):
        if page and choice:
            self.sale.bank.decide(page, choice)
            reap_charges(now=self.clock, open_gateway=self.sale.open_gateway, everything=True)

    @precondition(lambda self: find_open_checkout(self.sale.reader.pk) is not None)
    @rule(choice=st.sampled_from(["approve", "decline"]))
    def go_on_at_the_bank(self, choice):
        order = find_open_checkout(self.sale.reader.pk)
        page = begin_checkout(
            order_id=order.pk, gateway=self.sale.gateway, return_url="/back/", now=self.clock
        ).url
        if page and Charge.objects.filter(page_url=page, state="pending").exists():
            self.decide(page, choice)

    @rule()
    def cancel(self):
        self.try_to(cancel_subscription, **self.who)

    @rule()
    def take_the_end_back(self):
        self.try_to(undo_cancel, **self.who)

    @rule(days=st.integers(0, 95))
    def pause(self, days):
        self.try_to(pause_subscription, days=days, **self.who)

    @rule()
    def come_back(self):
        self.try_to(resume_subscription, **self.who)

    @rule(plan=st.sampled_from(sorted(PRICES)), choice=st.sampled_from(["approve", "decline", ""]))
    def switch_today(self, plan, choice):
        cost = self.find_choice(plan)
        if cost is None or cost.today is None:
            return
        try:
            standing = switch_now(
                reader_id=self.sale.reader.pk,
                plan_code=plan,
                shown=cost.today.to_pay,
                checkout_gateway=self.sale.gateway.code,
                open_gateway=self.sale.open_gateway,
                return_url_of=lambda uid: f"/subscribe/checkout/{uid}/",
                now=self.clock,
            )
        except CannotSwitch:
            return
        if standing.url and Charge.objects.filter(page_url=standing.url, state="pending").exists():
            self.decide(standing.url, choice)

    def find_choice(self, plan):
        live = find_under_way(self.sale.reader.pk)
        choices = list_switch_choices(live, self.clock) if live else ()
        return next((choice for choice in choices if choice.offer.code == plan), None)

    @rule(plan=st.sampled_from(sorted(PRICES)))
    def switch_later(self, plan):
        shown = Money(PRICES[plan][1], "INR")
        self.try_to(switch_at_end, plan_code=plan, shown=shown, **self.who)

    @rule()
    def keep_the_plan(self):
        self.try_to(drop_switch, **self.who)

    @rule()
    def withdraw(self):
        live = find_under_way(self.sale.reader.pk)
        if live is not None:
            shown = find_withdrawal(live, self.clock, django_settings.PAPER).refund
            self.try_to(withdraw_subscription, shown=shown, **self.who)

    @precondition(lambda self: Payment.objects.exists())
    @rule(minor=st.integers(-1, 300_000), end=st.booleans())
    def staff_give_back(self, minor, end):
        payment = Payment.objects.latest("pk")
        self.try_to(
            give_back,
            payment_id=payment.pk,
            amount=Money(minor, "INR"),
            reason="asked for",
            actor="staff:1",
            end_access=end,
            now=self.clock,
        )

    @precondition(lambda self: Payment.objects.exists())
    @rule(state=st.sampled_from(DisputeState))
    def the_readers_bank_disputes(self, state):
        payment = Payment.objects.latest("pk")
        reference = payment.charge.gateway_reference or ""
        if not Dispute.objects.filter(payment=payment).exists() and payment.refunded_minor:
            return
        facts = DisputeFacts(
            gateway_reference=f"dp-{reference}",
            charge_reference=reference,
            state=state,
            amount=payment.amount,
            opened_at=self.clock,
        )
        note_dispute(gateway="test", facts=facts, heard_by="test", now=self.clock)

    @invariant()
    def the_books_hold(self):
        assert_books_hold(self.clock)

    @invariant()
    def one_agreement_lives(self):
        live = Subscription.objects.filter(state__in=["active", "renewing", "past_due", "paused"])
        assert live.count() <= 1

    @invariant()
    def held_exactly_while_paid_or_in_grace(self):
        held = bool(list_benefits(self.sale.reader.pk, self.clock))
        live = find_under_way(self.sale.reader.pk)
        if live is None or live.suspended_at is not None:
            assert not held
            return
        term = live.terms.get(seq=live.seq)
        begins = day_begins(min(term.starts_on, self.day_before(live)), self.zone)
        paid = begins <= self.clock < day_begins(live.ends_on, self.zone)
        if live.state == State.PAUSED:
            pause = live.pauses.get(resumed_at__isnull=True)
            assert held == (self.clock < day_begins(pause.starts_on, self.zone))
        elif paid:
            assert held
        elif held:
            until = max(access_ends_on(live), grace_end(live) or live.ends_on)
            assert self.clock < day_begins(until, self.zone)

    def day_before(self, live):
        """The first day of the term before, where the one under way was paid ahead."""
        before = live.terms.filter(seq=live.seq - 1, state=Term.State.PAID).first()
        return before.starts_on if before else date.max

    @invariant()
    def not_a_paisa_is_lost(self):
        keys = list(Charge.objects.values_list("key", flat=True))
        marks = ",".join("?" * len(keys))
        taken = self.sale.bank.rows(
            f"SELECT coalesce(sum(amount), 0), coalesce(sum(refunded), 0) FROM charge"
            f" WHERE state = 'succeeded' AND key IN ({marks})",
            *keys,
        )[0]
        if Charge.objects.filter(state__in=["sent", "unknown", "pending"]).exists():
            return  # what is not known yet is known after the next step
        settled = sum(Payment.objects.values_list("amount_minor", flat=True))
        odd = Charge.objects.exclude(quarantined_for="")
        assert taken[0] == settled + sum(odd.values_list("amount_minor", flat=True))
        if not Refund.objects.filter(state__in=["sent", "unknown", "pending"]).exists():
            back = Refund.objects.filter(state="succeeded").values_list("amount_minor", flat=True)
            assert taken[1] == sum(back)
        disputed = Dispute.objects.exclude(state="won").values_list("amount_minor", flat=True)
        cash = LedgerEntry.objects.filter(account="cash:test")
        booked = sum(cash.values_list("amount_minor", flat=True))
        given = Refund.objects.filter(state="succeeded").values_list("amount_minor", flat=True)
        assert booked == taken[0] - sum(given) - sum(disputed)

    @invariant()
    def no_order_is_charged_twice(self):
        for order in Order.objects.all():
            assert order.charges.filter(state="succeeded", quarantined_for="").count() <= 1


def live_lives(sale, runs: int, steps: int) -> None:
    Life.first = sale
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=runs,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_a_few_lives(sale):
    live_lives(sale, int(os.environ.get("SUBSCRIPTION_RUNS", "2")), 20)


@pytest.mark.slow
def test_fifty_lives_of_fifty_steps(sale):
    live_lives(sale, 50, 50)


def test_midnight_is_the_first_instant_of_every_start():
    for zone in ZONES:
        for start in STARTS:
            begins = day_begins(start, ZoneInfo(zone))
            assert begins.astimezone(ZoneInfo(zone)).date() == start
            assert begins.astimezone(ZoneInfo(zone)).time() in {time(), time(1)}
