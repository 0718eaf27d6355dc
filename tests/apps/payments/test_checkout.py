"""The way to the bank's page and back, against the real bank over HTTP."""

from __future__ import annotations

from datetime import timedelta

import pytest

from broadsheet.apps.benefits.queries import list_benefits
from broadsheet.apps.payments.actions.reap_charges import reap_charges
from broadsheet.apps.payments.models import Charge, LedgerEntry, Order, Payment
from broadsheet.apps.payments.queries import list_receipts
from broadsheet.apps.subscriptions.actions.start_subscription import (
    AlreadySubscribed,
    PriceChanged,
)
from broadsheet.apps.subscriptions.models import Subscription
from broadsheet.domain.charge import ChargeState
from broadsheet.domain.money import Money
from tests.factories.sale import assert_books_hold, gateway_of

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def taken(bank, order_uid):
    key = Order.objects.get(uid=order_uid).charges.first().key
    return bank.rows("SELECT count(*) FROM charge WHERE key = ? AND state = 'succeeded'", key)[0][0]


def test_approved_at_the_bank(sale, now):
    standing = sale.check_out(now)
    assert Subscription.objects.get().state == "incomplete"
    assert list_benefits(sale.reader.pk, now) == frozenset()
    sale.bank.decide(standing.url, "approve")
    assert sale.come_back(now) is ChargeState.SUCCEEDED
    subscription = Subscription.objects.get()
    assert (subscription.state, subscription.seq) == ("active", 1)
    assert subscription.mandate is not None
    assert list_benefits(sale.reader.pk, now) == {"premium", "unlimited", "ad-free"}
    (receipt,) = list_receipts(sale.reader.pk)
    assert receipt.number == f"R-{now.year}-000001"
    assert receipt.amount == Money(90_000, "INR")
    entries = LedgerEntry.objects.order_by("account").values_list("account", "amount_minor")
    assert list(entries) == [("cash:test", 90_000), ("deferred_revenue", -90_000)]
    assert taken(sale.bank, standing.order_uid) == 1
    assert_books_hold(now)


def test_declined_at_the_bank_and_tried_again(sale, now):
    first = sale.check_out(now)
    sale.bank.decide(first.url, "decline")
    assert sale.come_back(now) is ChargeState.DECLINED
    assert list_benefits(sale.reader.pk, now) == frozenset()
    assert Payment.objects.count() == LedgerEntry.objects.count() == 0
    again = sale.check_out(now)
    assert again.order_uid == first.order_uid
    assert again.url != first.url
    sale.bank.decide(again.url, "approve")
    assert sale.come_back(now) is ChargeState.SUCCEEDED
    assert list(Charge.objects.order_by("n").values_list("n", "state")) == [
        (1, "declined"),
        (2, "succeeded"),
    ]
    assert_books_hold(now)


def test_a_code_is_asked_for(sale, now):
    standing = sale.check_out(now)
    assert sale.bank.approve_by_code(standing.url).status_code == 303
    assert sale.come_back(now) is ChargeState.SUCCEEDED
    assert_books_hold(now)


def test_double_click_refresh_and_second_tab_end_at_one_page(sale, now):
    pages = {sale.check_out(now + timedelta(seconds=n)).url for n in range(4)}
    assert len(pages) == 1
    assert (Order.objects.count(), Charge.objects.count()) == (1, 1)
    sale.bank.decide(pages.pop(), "approve")
    for _ in range(3):
        assert sale.come_back(now) is ChargeState.SUCCEEDED
    assert Payment.objects.count() == 1
    with pytest.raises(AlreadySubscribed):
        sale.check_out(now)
    assert (Order.objects.count(), Charge.objects.count()) == (1, 1)
    assert_books_hold(now)


def test_another_plan_closes_the_first_page(sale, now):
    first = sale.check_out(now)
    second = sale.check_out(now, "super-saver")
    assert first.order_uid != second.order_uid
    states = dict(Order.objects.values_list("amount_minor", "state"))
    assert states == {90_000: "closed", 390_000: "open"}
    assert set(Subscription.objects.values_list("state", flat=True)) == {"abandoned", "incomplete"}
    sale.bank.decide(second.url, "approve")
    sale.come_back(now)
    assert taken(sale.bank, first.order_uid) == 0
    assert Subscription.objects.get(state="active").term_count == 24
    assert_books_hold(now)


def test_another_plan_after_the_first_was_paid_unseen(sale, now):
    first = sale.check_out(now)
    sale.bank.decide(first.url, "approve")
    with pytest.raises(AlreadySubscribed):
        sale.check_out(now, "super-saver")
    assert Subscription.objects.get(state="active").term_count == 3
    assert Payment.objects.count() == 1
    assert_books_hold(now)


def test_a_price_that_changed_is_asked_about(sale, now):
    with pytest.raises(PriceChanged) as caught:
        sale.check_out(now, shown=Money(80_000, "INR"))
    assert caught.value.offer.price == Money(90_000, "INR")
    assert Order.objects.count() == Subscription.objects.count() == 0


def test_a_bank_that_says_nothing_is_asked_until_it_speaks(sale, now):
    standing = sale.check_out(now)
    sale.bank.decide(standing.url, "silence")
    assert sale.come_back(now) is ChargeState.PENDING
    again = sale.check_out(now)
    assert again.url == standing.url
    later = now + timedelta(hours=2)
    reap_charges(now=later, open_gateway=sale.open_gateway)
    assert Charge.objects.get().state in {"pending", "succeeded", "declined"}
    assert taken(sale.bank, standing.order_uid) == Payment.objects.count()


def test_a_lost_reply_heals_by_itself(sale, now):
    sale.bank.script("lose_reply_after_commit", "checkout")
    standing = sale.check_out(now)
    assert standing.url == ""
    assert Charge.objects.get().state == "unknown"
    again = sale.check_out(now + timedelta(seconds=40))
    assert again.url
    assert Charge.objects.count() == 1
    sale.bank.decide(again.url, "approve")
    assert sale.come_back(now) is ChargeState.SUCCEEDED
    assert_books_hold(now)


def test_the_reader_who_never_comes_back_is_found_by_the_reaper(sale, now):
    standing = sale.check_out(now)
    sale.bank.decide(standing.url, "approve")
    reaped = reap_charges(now=now + timedelta(minutes=1), open_gateway=sale.open_gateway)
    assert (reaped.checked, reaped.settled) == (1, 1)
    assert Subscription.objects.get().state == "active"
    assert reap_charges(now=now + timedelta(hours=5), open_gateway=sale.open_gateway).checked == 0
    assert_books_hold(now)


def test_a_checkout_that_nobody_pays_is_given_up(sale, now):
    standing = sale.check_out(now - timedelta(hours=2))
    reap_charges(now=now, open_gateway=sale.open_gateway)
    assert Charge.objects.get().state == "declined"
    assert Order.objects.get().state == "closed"
    assert Subscription.objects.get().state == "abandoned"
    assert taken(sale.bank, standing.order_uid) == 0
    fresh = sale.check_out(now)
    assert fresh.order_uid != standing.order_uid


def test_a_bank_that_cannot_be_reached_takes_nothing(sale, now):
    sale.gateway = gateway_of(sale.bank, answer_seconds=1.0)
    sale.gateway = type(sale.gateway)(
        address="http://127.0.0.1:9", key_file=sale.bank.key_file, merchant="x"
    )
    standing = sale.check_out(now)
    assert standing.url == ""
    assert Charge.objects.get().state == "not_sent"
    sale.gateway = gateway_of(sale.bank)
    assert sale.check_out(now).url
    assert Charge.objects.count() == 2


def test_a_page_nobody_wants_stays_in_question_while_the_bank_is_out_of_reach(sale, now):
    sale.bank.script("lose_reply_after_commit", "checkout")
    sale.check_out(now)
    Order.objects.update(state="closed", closed_at=now)
    bank, later = sale.gateway, now + timedelta(minutes=30)
    sale.gateway = type(bank)(
        address="http://127.0.0.1:9", key_file=sale.bank.key_file, merchant="x"
    )
    reap_charges(now=later, open_gateway=sale.open_gateway)
    assert Charge.objects.get().state == "unknown"
    sale.gateway = bank
    reap_charges(now=later + timedelta(hours=1), open_gateway=sale.open_gateway)
    charge = Charge.objects.get()
    assert (charge.state, charge.decline_code) == ("declined", "voided")


def test_a_page_whose_time_is_over_is_not_opened_again(sale, now):
    from broadsheet.apps.payments.actions.begin_checkout import begin_checkout

    begun = now - timedelta(hours=2)
    standing = sale.check_out(begun)
    order = Order.objects.get()
    again = begin_checkout(order_id=order.pk, gateway=sale.gateway, return_url="/b/", now=now)
    assert again.url == ""
    order.refresh_from_db()
    assert order.state == "closed"
    assert Subscription.objects.get().state == "abandoned"
    assert (Charge.objects.count(), taken(sale.bank, standing.order_uid)) == (1, 0)


def test_a_page_paid_in_its_last_minute_is_not_lost(sale, now):
    from broadsheet.apps.payments.actions.begin_checkout import begin_checkout

    standing = sale.check_out(now)
    sale.bank.decide(standing.url, "approve")
    order = Order.objects.get()
    late = now + timedelta(hours=2)
    again = begin_checkout(order_id=order.pk, gateway=sale.gateway, return_url="/b/", now=late)
    assert again.url == ""
    order.refresh_from_db()
    assert order.state == "paid"
    assert Charge.objects.count() == 1
    assert_books_hold(now)
