"""Ended at once: withdrawn within the legal days, refunded by staff, lost to a dispute; won back."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta

import pytest
from django.core import mail

from broadsheet.apps.benefits.queries import list_benefits
from broadsheet.apps.payments.actions.give_refund import CannotRefund, send_refunds
from broadsheet.apps.payments.actions.note_dispute import note_dispute
from broadsheet.apps.payments.gateways.contract import DisputeFacts, DisputeState
from broadsheet.apps.payments.models import Charge, Payment, Refund
from broadsheet.apps.subscriptions.actions.cut_subscription import (
    CannotCut,
    CannotWithdraw,
    end_at_once,
    give_back,
    withdraw_subscription,
)
from broadsheet.apps.subscriptions.actions.pause_subscription import pause_subscription
from broadsheet.apps.subscriptions.actions.renew_terms import RenewalTally, renew_due_terms
from broadsheet.apps.subscriptions.actions.stop_subscription import cancel_subscription
from broadsheet.apps.subscriptions.actions.switch_plan import switch_now
from broadsheet.apps.subscriptions.actions.win_back import ask_back
from broadsheet.apps.subscriptions.models import Subscription, Term
from broadsheet.apps.subscriptions.queries import find_agreement
from broadsheet.domain.billing_calendar import local_day
from broadsheet.domain.money import Money
from broadsheet.plumbing.events import dispatch_outbox
from broadsheet.plumbing.models import AuditRow
from tests.factories.sale import assert_books_hold

pytestmark = [pytest.mark.db, pytest.mark.django_db]
EVERYTHING = {"premium", "unlimited", "ad-free"}
NOTHING = Money(0, "INR")


@pytest.fixture
def subscription(sale, now) -> Subscription:
    return sale.subscribe(now)


def withdraw(sale, now, shown=NOTHING):
    return withdraw_subscription(reader_id=sale.reader.pk, shown=shown, actor="reader:1", now=now)


def test_withdrawn_on_the_first_day_all_comes_back(sale, now, subscription):
    start, end = subscription.anchor_on, subscription.ends_on
    withdraw(sale, now, shown=Money(90_000, "INR"))
    subscription.refresh_from_db()
    assert (subscription.state, subscription.stopped_for) == ("ended", "withdrawn")
    assert list_benefits(sale.reader.pk, now) == frozenset()
    assert find_agreement(sale.reader.pk) is None
    term = Term.objects.get()
    assert (term.starts_on, term.ends_on, term.was_to_end_on) == (start, start, end)
    assert list(Refund.objects.values_list("amount_minor", "actor")) == [(90_000, "reader:1")]
    send_refunds(open_gateway=sale.open_gateway, now=now + timedelta(minutes=1))
    assert Refund.objects.get().state == "succeeded"
    assert_books_hold(now)
    with pytest.raises(CannotWithdraw, match="no subscription"):
        withdraw(sale, now)
    assert Refund.objects.count() == 1
    assert renew_due_terms(now=now, gateway=sale.gateway, as_of=end) == RenewalTally()
    dispatch_outbox(now=now + timedelta(minutes=2))
    assert {letter.subject for letter in mail.outbox} >= {
        "You have withdrawn from your subscription",
        "We have given back ₹900",
    }
    # And the reader may come back at once.
    sale.subscribe(now + timedelta(minutes=3))
    assert_books_hold(now)


def test_the_days_used_are_kept_or_not_by_the_papers_rule(sale, now, subscription, settings):
    later = now + timedelta(days=9)
    days = (subscription.ends_on - subscription.anchor_on).days
    unused = Money(90_000 * (days - 9) // days, "INR")
    with pytest.raises(CannotWithdraw, match="less by now"):
        withdraw(sale, later, shown=Money(unused.minor + 1, "INR"))
    assert Refund.objects.count() == 0
    settings.PAPER = dataclasses.replace(settings.PAPER, withdrawal_refund="whole")
    withdraw(sale, later, shown=unused)
    assert Refund.objects.get().amount_minor == 90_000
    assert_books_hold(later)


@pytest.mark.parametrize(("days", "allowed"), [(14, True), (15, False)])
def test_the_legal_days_count_from_the_day_after_the_first_payment(
    sale, now, subscription, days, allowed
):
    later = now + timedelta(days=days)
    if allowed:
        withdraw(sale, later)
        assert Subscription.objects.get().state == "ended"
        return
    with pytest.raises(CannotWithdraw, match="are over"):
        withdraw(sale, later)
    assert Subscription.objects.get().state == "active"
    assert Refund.objects.count() == 0


def test_a_switch_in_between_is_given_back_too(sale, now, subscription):
    switch_now(
        reader_id=sale.reader.pk,
        plan_code="smart-essential",
        shown=Money(180_000, "INR"),
        checkout_gateway="test",
        open_gateway=sale.open_gateway,
        return_url_of=str,
        now=now,
    )
    withdraw(sale, now, shown=Money(270_000, "INR"))
    assert sorted(Refund.objects.values_list("amount_minor", flat=True)) == [90_000, 180_000]
    assert_books_hold(now)


def test_withdrawn_while_away_gives_the_days_kept_back(sale, now, subscription):
    days = (subscription.ends_on - subscription.anchor_on).days
    pause_subscription(reader_id=sale.reader.pk, days=60, actor="test", now=now)
    later = now + timedelta(days=8)
    withdraw(sale, later, shown=Money(90_000 * (days - 1) // days, "INR"))
    subscription.refresh_from_db()
    assert subscription.state == "ended"
    assert subscription.pauses.get().resumed_at == later
    assert Refund.objects.get().amount_minor == 90_000 * (days - 1) // days
    assert_books_hold(later)


def test_withdrawing_waits_for_a_charge_under_way(sale, now, subscription):
    sale.bank.script("lose_reply_after_commit", "charge")
    renew_due_terms(now=now, gateway=sale.gateway, as_of=subscription.ends_on)
    with pytest.raises(CannotWithdraw, match="charge is under way"):
        withdraw(sale, now)
    assert Refund.objects.count() == 0
    with pytest.raises(CannotCut, match="under way"):
        end_at_once(subscription_id=subscription.pk, why="staff", actor="staff:1", now=now)
    assert Subscription.objects.get().state == "renewing"


def test_staff_give_back_with_and_without_ending(sale, now, subscription):
    payment = Payment.objects.get()
    wanted = {
        "payment_id": payment.pk,
        "amount": Money(30_000, "INR"),
        "reason": "the paper did not come",
        "actor": "staff:1",
        "now": now,
    }
    give_back(**wanted, end_access=False)
    assert Subscription.objects.get().state == "active"
    assert list_benefits(sale.reader.pk, now) == EVERYTHING
    with pytest.raises(CannotRefund):
        give_back(**{**wanted, "amount": Money(60_001, "INR")}, end_access=True)
    assert Subscription.objects.get().state == "active"
    give_back(**{**wanted, "amount": Money(60_000, "INR")}, end_access=True)
    subscription.refresh_from_db()
    assert (subscription.state, subscription.stopped_for) == ("ended", "refunded")
    assert list_benefits(sale.reader.pk, now) == frozenset()
    assert_books_hold(now)


def dispute(sale, now, word="opened"):
    payment = Payment.objects.earliest("pk")
    facts = DisputeFacts(
        gateway_reference="dp-1",
        charge_reference=payment.charge.gateway_reference or "",
        state=DisputeState(word),
        amount=payment.amount,
        opened_at=now,
    )
    return note_dispute(gateway=sale.gateway.code, facts=facts, heard_by="test", now=now)


@pytest.mark.parametrize("access", ["keep", "suspend"])
def test_while_disputed_nothing_moves_and_won_it_is_as_before(
    sale, now, subscription, settings, access
):
    settings.PAPER = dataclasses.replace(settings.PAPER, access_while_disputed=access)
    end = subscription.ends_on
    dispute(sale, now)
    assert list_benefits(sale.reader.pk, now) == (EVERYTHING if access == "keep" else frozenset())
    assert_books_hold(now)
    for days in (0, 3, 40):
        as_of = end + timedelta(days=days)
        assert renew_due_terms(now=now, gateway=sale.gateway, as_of=as_of) == RenewalTally()
    assert Charge.objects.count() == 1
    for _ in range(2):
        dispute(sale, now, "won")
    subscription.refresh_from_db()
    assert (subscription.state, subscription.frozen_at, subscription.suspended_at) == (
        "active",
        None,
        None,
    )
    assert list_benefits(sale.reader.pk, now) == EVERYTHING
    assert renew_due_terms(now=now, gateway=sale.gateway, as_of=end).succeeded == 1
    assert_books_hold(now)


def test_lost_it_ends_at_once_and_stays_ended(sale, now, subscription):
    later = now + timedelta(days=20)
    dispute(sale, later)
    dispute(sale, later, "lost")
    subscription.refresh_from_db()
    assert (subscription.state, subscription.stopped_for) == ("ended", "dispute_lost")
    assert subscription.ends_on == local_day(later, subscription.zone_info)
    assert list_benefits(sale.reader.pk, later) == frozenset()
    assert AuditRow.objects.filter(deed="freeze").count() == 1
    assert renew_due_terms(now=now, gateway=sale.gateway) == RenewalTally()
    assert_books_hold(later)


def test_the_win_back_letter_goes_once_to_who_left_and_stayed_away(sale, now, subscription):
    cancel_subscription(reader_id=sale.reader.pk, actor="test", now=now)
    over: datetime = now + timedelta(days=100)
    renew_due_terms(now=over, gateway=sale.gateway)
    assert Subscription.objects.get().state == "ended"
    dispatch_outbox(now=over)
    mail.outbox.clear()
    assert ask_back(now=over + timedelta(days=29)) == 0
    assert ask_back(now=over + timedelta(days=61)) == 0
    assert ask_back(now=over + timedelta(days=30)) == 1
    assert ask_back(now=over + timedelta(days=30)) == 0
    dispatch_outbox(now=over + timedelta(days=30))
    (letter,) = mail.outbox
    assert letter.subject == "The Lantern misses you"
    assert "/subscribe/" in letter.body


def test_no_win_back_for_who_withdrew_or_is_back(sale, now, subscription, settings):
    withdraw(sale, now)
    assert ask_back(now=now + timedelta(days=31)) == 0
    again = sale.subscribe(now)
    cancel_subscription(reader_id=sale.reader.pk, actor="test", now=now)
    over = now + timedelta(days=100)
    renew_due_terms(now=over, gateway=sale.gateway)
    again.refresh_from_db()
    assert again.state == "ended"
    settings.PAPER = dataclasses.replace(settings.PAPER, win_back_after_days=0)
    assert ask_back(now=over + timedelta(days=31)) == 0
    assert Subscription.objects.filter(won_back_at__isnull=False).count() == 0
