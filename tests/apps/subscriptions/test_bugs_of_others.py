"""What broke elsewhere, tried here: the bugs whose cure lies with subscriptions.

The numbers are those of ``docs/explanation/known-bugs.md``.
"""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta

import pytest

from broadsheet.apps.benefits.queries import list_benefits
from broadsheet.apps.payments.actions.begin_checkout import begin_checkout
from broadsheet.apps.payments.actions.reap_charges import reap_charges
from broadsheet.apps.payments.models import Charge, Order, Payment
from broadsheet.apps.subscriptions.actions.renew_terms import RenewalTally, renew_due_terms
from broadsheet.apps.subscriptions.models import Subscription, Term
from broadsheet.domain.billing_calendar import day_begins
from broadsheet.plumbing.models import OutboxRow
from tests.factories.sale import Sale, assert_books_hold, make_reader

pytestmark = [pytest.mark.db, pytest.mark.django_db]
EVERYTHING = {"premium", "unlimited", "ad-free"}


@pytest.fixture
def subscription(sale: Sale, now: datetime) -> Subscription:
    return sale.subscribe(now)


def taken_for(sale: Sale, order: Order) -> int:
    """What the bank took for one order, by its own file."""
    sql = "SELECT coalesce(sum(amount), 0) FROM charge WHERE state = 'succeeded' AND key LIKE ?"
    return sale.bank.rows(sql, f"bs-{order.uid.hex}%")[0][0]


def lapses() -> int:
    return OutboxRow.objects.filter(event__endswith=":SubscriptionLapsed").count()


def test_bug_3_paying_by_link_while_the_renewal_is_unknown_is_refused(sale, now, subscription):
    sale.bank.script("lose_reply_after_commit", "charge")
    renew_due_terms(now=now, gateway=sale.gateway, as_of=subscription.ends_on)
    order = Order.objects.get(purpose="renewal")
    for _ in range(3):
        page = begin_checkout(order_id=order.pk, gateway=sale.gateway, return_url="/", now=now)
        assert page.url == ""
    reap_charges(now=now + timedelta(minutes=5), open_gateway=sale.open_gateway)
    assert order.charges.count() == 1
    assert taken_for(sale, order) == order.amount_minor
    assert Payment.objects.count() == 2
    assert_books_hold(now)


@pytest.mark.parametrize("success_first", [True, False])
def test_bug_5_the_end_of_patience_and_a_late_success_at_the_same_instant(
    sale, now, subscription, success_first
):
    end = subscription.ends_on
    sale.bank.script("lose_reply_after_commit", "charge")
    renew_due_terms(now=now, gateway=sale.gateway, as_of=end)
    last = day_begins(end + timedelta(days=7), subscription.zone_info)

    def hear() -> None:
        reap_charges(now=last, open_gateway=sale.open_gateway)

    def chase() -> None:
        for _ in range(2):
            renew_due_terms(now=last, gateway=sale.gateway)

    for deed in (hear, chase) if success_first else (chase, hear):
        deed()
    subscription.refresh_from_db()
    assert (subscription.state, subscription.seq) == ("active", 2)
    assert lapses() == 0
    assert_books_hold(last)


def test_bug_5_refused_on_the_last_day_it_lapses_once(sale, now, subscription):
    sale.bank.script("decline", "charge", times=9, reason="insufficient_funds")
    for days in (0, 1, 3, 5, 7, 7, 8):
        as_of = subscription.ends_on + timedelta(days=days)
        renew_due_terms(now=now, gateway=sale.gateway, as_of=as_of)
    assert lapses() == 1
    assert Subscription.objects.get().state == "lapsed"


@pytest.mark.parametrize("zone", ["Etc/GMT+11", "Etc/GMT+5", "Asia/Kolkata", "Etc/GMT-14"])
def test_bug_6_an_hourly_runner_makes_one_order_a_term(sale, now, settings, zone):
    settings.PAPER = dataclasses.replace(settings.PAPER, time_zone=zone)
    subscription = sale.subscribe(now)
    ends_at = day_begins(subscription.ends_on, subscription.zone_info)
    due = [
        renew_due_terms(now=ends_at + timedelta(hours=hour), gateway=sale.gateway).due
        for hour in range(-24, 24)
    ]
    assert (sum(due), due.index(1)) == (1, 24)
    assert Order.objects.filter(purpose="renewal").count() == 1
    assert_books_hold(ends_at)


def test_bug_8_paid_by_hand_after_a_refusal_the_old_retry_charges_nothing(sale, now, subscription):
    end = subscription.ends_on
    sale.bank.script("decline", "charge", reason="insufficient_funds")
    renew_due_terms(now=now, gateway=sale.gateway, as_of=end)
    order = Order.objects.get(purpose="renewal")
    page = begin_checkout(order_id=order.pk, gateway=sale.gateway, return_url="/", now=now).url
    # The reader is at the bank's page: the retry of that day waits.
    tally = renew_due_terms(now=now, gateway=sale.gateway, as_of=end + timedelta(days=1))
    assert tally == RenewalTally()
    sale.bank.decide(page, "approve")
    sale.come_back(now)
    for days in (1, 3, 5, 7):
        as_of = end + timedelta(days=days)
        assert renew_due_terms(now=now, gateway=sale.gateway, as_of=as_of) == RenewalTally()
    assert taken_for(sale, order) == order.amount_minor
    assert_books_hold(now)


def test_bug_12_pressed_again_and_again_it_is_one_order(sale, now):
    pages = {sale.check_out(now + timedelta(seconds=n)).url for n in range(4)}
    assert len(pages) == 1
    assert Order.objects.count() == Charge.objects.count() == Subscription.objects.count() == 1
    sale.bank.decide(pages.pop(), "approve")
    sale.come_back(now)
    assert sale.bank.count_taken() == 1 or taken_for(sale, Order.objects.get()) == 90_000


def test_bug_15_access_is_kept_while_the_bank_thinks_and_a_paid_order_stays(
    sale, now, subscription
):
    end = subscription.ends_on
    sale.bank.script("pend", "charge")
    renew_due_terms(now=now, gateway=sale.gateway, as_of=end)
    assert Charge.objects.latest("pk").state == "pending"
    for days in range(7):
        instant = day_begins(end + timedelta(days=days), subscription.zone_info)
        as_of = end + timedelta(days=days)
        assert renew_due_terms(now=now, gateway=sale.gateway, as_of=as_of) == RenewalTally()
        assert list_benefits(sale.reader.pk, instant) == EVERYTHING
    # However long it thinks, it neither lapses nor is asked a second time.
    far = end + timedelta(days=60)
    assert renew_due_terms(now=now, gateway=sale.gateway, as_of=far) == RenewalTally()
    assert Order.objects.get(purpose="renewal").state == "open"
    reap_charges(now=now + timedelta(days=60), open_gateway=sale.open_gateway)
    assert Order.objects.get(purpose="checkout").state == "paid"


def test_each_renewal_is_charged_to_its_own_readers_mandate(sale, now, subscription):
    other = Sale(sale.bank, sale.gateway, make_reader("other@example.org"))
    other.subscribe(now)
    renew_due_terms(now=now, gateway=sale.gateway, as_of=subscription.ends_on)
    renewals = Charge.objects.filter(order__purpose="renewal").select_related("order", "mandate")
    assert len(renewals) == 2
    for charge in renewals:
        assert charge.mandate.reader_id == charge.order.reader_id
        rows = sale.bank.rows("SELECT mandate FROM charge WHERE key = ?", charge.key)
        assert rows == [(charge.mandate.token,)]
    assert Term.objects.filter(seq=2, state="paid").count() == 2
