"""Renewing, against the real bank: once, however often; patience; the end."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core import mail

from broadsheet.apps.benefits.queries import list_benefits
from broadsheet.apps.payments.actions.reap_charges import reap_charges
from broadsheet.apps.payments.models import Charge, Mandate, Order, Payment
from broadsheet.apps.subscriptions.actions.renew_terms import RenewalTally, renew_due_terms
from broadsheet.apps.subscriptions.actions.stop_subscription import (
    CannotCancel,
    CannotResume,
    cancel_subscription,
    undo_cancel,
)
from broadsheet.apps.subscriptions.models import Subscription, Term
from broadsheet.apps.subscriptions.queries import find_agreement
from broadsheet.domain.billing_calendar import add_months, day_begins
from broadsheet.plumbing.events import dispatch_outbox
from tests.factories.sale import assert_books_hold

pytestmark = [pytest.mark.db, pytest.mark.django_db]
EVERYTHING = {"premium", "unlimited", "ad-free"}


@pytest.fixture
def subscription(sale, now) -> Subscription:
    return sale.subscribe(now)


def renew(sale, now, as_of: date) -> RenewalTally:
    return renew_due_terms(now=now, gateway=sale.gateway, as_of=as_of)


def letters() -> list[str]:
    return [letter.subject for letter in mail.outbox]


def test_nothing_is_due_before_the_end(sale, now, subscription):
    assert renew(sale, now, subscription.ends_on - timedelta(days=1)) == RenewalTally()
    assert Charge.objects.count() == 1


def test_renewed_once_however_often_it_is_run(sale, now, subscription):
    first_end = subscription.ends_on
    assert renew(sale, now, first_end) == RenewalTally(due=1, succeeded=1)
    for day in range(3):
        assert renew(sale, now, first_end + timedelta(days=day)) == RenewalTally()
    subscription.refresh_from_db()
    assert (subscription.state, subscription.seq) == ("active", 2)
    assert subscription.ends_on == add_months(subscription.anchor_on, 6)
    assert list(Term.objects.order_by("seq").values_list("seq", "state", "starts_on")) == [
        (1, "paid", subscription.anchor_on),
        (2, "paid", first_end),
    ]
    assert sale.bank.rows(
        "SELECT count(*) FROM charge WHERE key LIKE ?",
        f"bs-{Term.objects.get(seq=2).order.uid.hex}%",
    ) == [(1,)]
    in_second = day_begins(first_end + timedelta(days=40), subscription.zone_info)
    assert list_benefits(sale.reader.pk, in_second) == EVERYTHING
    assert_books_hold(now)
    dispatch_outbox(now=now)
    assert letters() == ["Your receipt: ₹900", "Your receipt: ₹900"]


def test_the_anchor_day_holds_over_many_terms(sale, now, subscription):
    for n in range(1, 6):
        subscription.refresh_from_db()
        assert subscription.ends_on == add_months(subscription.anchor_on, 3 * n)
        assert renew(sale, now, subscription.ends_on).succeeded == 1
    assert_books_hold(now)


def test_years_without_a_runner_are_not_charged_for(sale, now, subscription):
    long_after = subscription.ends_on + timedelta(days=1000)
    assert renew(sale, now, long_after) == RenewalTally(due=1, succeeded=1)
    for _ in range(3):
        assert renew(sale, now, long_after) == RenewalTally()
    subscription.refresh_from_db()
    assert (subscription.anchor_on, subscription.anchor_seq) == (long_after, 2)
    assert subscription.ends_on == add_months(long_after, 3)
    assert Term.objects.get(seq=2).reanchors
    assert renew(sale, now, subscription.ends_on).succeeded == 1
    subscription.refresh_from_db()
    assert subscription.ends_on == add_months(long_after, 6)
    assert_books_hold(now)


def test_a_week_without_a_runner_leaves_no_gap(sale, now, subscription):
    end = subscription.ends_on
    assert renew(sale, now, end + timedelta(days=6)).succeeded == 1
    assert Term.objects.get(seq=2).starts_on == end


def test_a_lost_reply_blocks_until_it_is_known(sale, now, subscription):
    sale.bank.script("lose_reply_after_commit", "charge")
    assert renew(sale, now, subscription.ends_on) == RenewalTally(due=1, unknown=1)
    assert renew(sale, now, subscription.ends_on + timedelta(days=30)) == RenewalTally()
    reap_charges(now=now + timedelta(minutes=5), open_gateway=sale.open_gateway)
    subscription.refresh_from_db()
    assert (subscription.state, subscription.seq) == ("active", 2)
    assert Payment.objects.count() == 2
    assert_books_hold(now)


def test_a_bank_that_hangs_after_taking_the_money(sale, now, subscription):
    sale.bank.script("hang_after_commit", "charge", seconds=3)
    assert renew(sale, now, subscription.ends_on) == RenewalTally(due=1, unknown=1)
    reap_charges(now=now + timedelta(minutes=5), open_gateway=sale.open_gateway)
    subscription.refresh_from_db()
    assert (subscription.state, subscription.seq) == ("active", 2)
    assert_books_hold(now)


def test_a_charge_that_takes_its_time(sale, now, subscription):
    sale.bank.script("pend", "charge")
    assert renew(sale, now, subscription.ends_on) == RenewalTally(due=1, pending=1)
    assert find_agreement(sale.reader.pk).charge_under_way
    key = Charge.objects.get(state="pending").key
    reference = sale.bank.rows("SELECT reference FROM charge WHERE key = ?", key)[0][0]
    sale.bank.post(f"/v1/charges/{reference}/settle", {"state": "succeeded"}).raise_for_status()
    reap_charges(now=now + timedelta(minutes=5), open_gateway=sale.open_gateway)
    subscription.refresh_from_db()
    assert (subscription.state, subscription.seq) == ("active", 2)


def test_a_gateway_out_of_reach_is_not_a_refusal(sale, now, subscription):
    there = sale.gateway
    sale.gateway = type(there)(
        address="http://127.0.0.1:9", key_file=sale.bank.key_file, merchant="x"
    )
    assert renew(sale, now, subscription.ends_on) == RenewalTally(due=1, not_sent=1)
    subscription.refresh_from_db()
    assert (subscription.state, subscription.unsent) == ("renewing", 1)
    sale.gateway = there
    assert renew(sale, now, subscription.ends_on) == RenewalTally(due=1, succeeded=1)
    subscription.refresh_from_db()
    assert (subscription.seq, subscription.unsent) == (2, 0)
    assert_books_hold(now)


def test_refused_chased_and_lapsed(sale, now, subscription):
    end = subscription.ends_on
    sale.bank.script("decline", "charge", times=5, reason="insufficient_funds")
    done = {}
    for day in range(10):
        tally = renew(sale, now, end + timedelta(days=day))
        assert renew(sale, now, end + timedelta(days=day)) == RenewalTally()
        if tally != RenewalTally():
            done[day] = (tally.due, tally.declined, tally.lapsed)
        subscription.refresh_from_db()
        midday = day_begins(end + timedelta(days=day), subscription.zone_info) + timedelta(hours=12)
        held = list_benefits(sale.reader.pk, midday)
        assert held == (EVERYTHING if day < 7 else frozenset()), day
    assert done == {0: (1, 1, 0), 1: (1, 1, 0), 3: (1, 1, 0), 5: (1, 1, 0), 7: (1, 1, 1)}
    assert subscription.state == "lapsed"
    assert Order.objects.get(purpose="renewal").state == "closed"
    assert Term.objects.get(seq=2).state == "void"
    assert find_agreement(sale.reader.pk) is None
    assert_books_hold(now)
    dispatch_outbox(now=now)
    assert letters() == [
        "Your receipt: ₹900",
        *["Your bank did not pay for The Lantern"] * 5,
        "Your subscription has stopped",
    ]


def test_a_hard_refusal_is_not_repeated_and_the_reader_pays_by_hand(sale, now, subscription):
    from broadsheet.apps.payments.actions.begin_checkout import begin_checkout

    end = subscription.ends_on
    sale.bank.script("decline", "charge", reason="stolen_card")
    assert renew(sale, now, end) == RenewalTally(due=1, declined=1)
    for day in range(1, 7):
        assert renew(sale, now, end + timedelta(days=day)) == RenewalTally()
    agreement = find_agreement(sale.reader.pk)
    assert agreement.past_due
    order = Order.objects.get(uid=agreement.order_to_pay)
    page = begin_checkout(order_id=order.pk, gateway=sale.gateway, return_url="/back/", now=now).url
    assert renew(sale, now, end + timedelta(days=8)) == RenewalTally()
    sale.bank.decide(page, "approve")
    sale.come_back(now)
    subscription.refresh_from_db()
    assert (subscription.state, subscription.seq) == ("active", 2)
    assert Term.objects.get(seq=2).starts_on == end
    assert Mandate.objects.count() == 2
    assert subscription.mandate == Mandate.objects.latest("pk")
    assert_books_hold(now)


@pytest.mark.parametrize(
    "limit",
    [{"max_minor": 100}, {"valid_until": date(2026, 1, 1)}, {"withdrawn_at": datetime.now(UTC)}],
)
def test_a_permission_that_does_not_reach_is_not_charged(sale, now, subscription, limit):
    Mandate.objects.update(**limit)
    assert renew(sale, now, subscription.ends_on) == RenewalTally(due=1)
    subscription.refresh_from_db()
    assert subscription.state == "past_due"
    assert find_agreement(sale.reader.pk).order_to_pay
    assert Charge.objects.count() == 1
    assert renew(sale, now, subscription.ends_on + timedelta(days=7)).lapsed == 1


def test_cancelled_keeps_the_term_and_ends(sale, now, subscription):
    end = subscription.ends_on
    for _ in range(2):
        cancel_subscription(reader_id=sale.reader.pk, actor="test", now=now)
    last = day_begins(end, subscription.zone_info)
    assert list_benefits(sale.reader.pk, last - timedelta(seconds=1)) == EVERYTHING
    assert list_benefits(sale.reader.pk, last) == frozenset()
    assert renew(sale, now, end - timedelta(days=1)) == RenewalTally()
    assert renew(sale, now, end) == RenewalTally(ended=1)
    assert renew(sale, now, end) == RenewalTally()
    subscription.refresh_from_db()
    assert subscription.state == "ended"
    assert Charge.objects.count() == 1
    with pytest.raises(CannotCancel):
        cancel_subscription(reader_id=sale.reader.pk, actor="test", now=now)
    with pytest.raises(CannotResume):
        undo_cancel(reader_id=sale.reader.pk, actor="test", now=now)
    dispatch_outbox(now=now)
    assert letters() == [
        "Your receipt: ₹900",
        "You have ended your subscription",
        "Your subscription has ended",
    ]
    assert_books_hold(now)


def test_taking_the_end_back(sale, now, subscription):
    cancel_subscription(reader_id=sale.reader.pk, actor="test", now=now)
    for _ in range(2):
        undo_cancel(reader_id=sale.reader.pk, actor="test", now=now)
    assert renew(sale, now, subscription.ends_on) == RenewalTally(due=1, succeeded=1)
    assert_books_hold(now)


def test_the_end_cannot_be_taken_back_when_the_term_is_over(sale, now, subscription):
    cancel_subscription(reader_id=sale.reader.pk, actor="test", now=now)
    late = day_begins(subscription.ends_on, subscription.zone_info)
    with pytest.raises(CannotResume):
        undo_cancel(reader_id=sale.reader.pk, actor="test", now=late)
    assert Subscription.objects.get().cancelled_at is not None


def test_cancelled_while_past_due_stops_at_once(sale, now, subscription):
    sale.bank.script("decline", "charge", reason="insufficient_funds")
    renew(sale, now, subscription.ends_on)
    cancel_subscription(reader_id=sale.reader.pk, actor="test", now=now)
    subscription.refresh_from_db()
    assert subscription.state == "ended"
    assert Order.objects.get(purpose="renewal").state == "closed"
    assert list_benefits(sale.reader.pk, now) == frozenset()
    assert renew(sale, now, subscription.ends_on + timedelta(days=20)) == RenewalTally()


def test_cancelled_while_the_charge_is_unknown_keeps_what_the_bank_took(sale, now, subscription):
    sale.bank.script("lose_reply_after_commit", "charge")
    renew(sale, now, subscription.ends_on)
    cancel_subscription(reader_id=sale.reader.pk, actor="test", now=now)
    reap_charges(now=now + timedelta(minutes=5), open_gateway=sale.open_gateway)
    subscription.refresh_from_db()
    assert (subscription.state, subscription.seq) == ("active", 2)
    assert subscription.cancelled_at is not None
    assert renew(sale, now, subscription.ends_on) == RenewalTally(ended=1)
    assert_books_hold(now)


def test_money_that_comes_after_the_lapse_opens_the_paper_again(sale, now, subscription):
    from broadsheet.apps.payments.actions.apply_gateway_state import apply_gateway_state
    from broadsheet.apps.payments.gateways.contract import GatewayState
    from broadsheet.domain.charge import ChargeOutcome
    from broadsheet.domain.money import Money

    sale.bank.script("decline", "charge", reason="lost_card")
    renew(sale, now, subscription.ends_on)
    assert renew(sale, now, subscription.ends_on + timedelta(days=7)).lapsed == 1
    charge = Charge.objects.get(state="declined")
    for _ in range(2):
        apply_gateway_state(
            charge_id=charge.pk,
            said=GatewayState(ChargeOutcome.SUCCEEDED, "late-1", Money(90_000, "INR")),
            heard_by="test",
            now=now,
        )
    subscription.refresh_from_db()
    today = now.astimezone(subscription.zone_info).date()
    assert (subscription.state, subscription.seq, subscription.anchor_on) == ("active", 2, today)
    assert Term.objects.get(seq=2).reanchors
    assert list_benefits(sale.reader.pk, now) == EVERYTHING
    assert Payment.objects.count() == 2


def test_money_that_fits_nothing_is_set_aside(sale, now, subscription):
    from broadsheet.apps.payments.actions.apply_gateway_state import apply_gateway_state
    from broadsheet.apps.payments.gateways.contract import GatewayState
    from broadsheet.apps.payments.models import LedgerEntry
    from broadsheet.apps.payments.queries import check_ledger, count_quarantined
    from broadsheet.domain.charge import ChargeOutcome
    from broadsheet.domain.money import Money

    sale.bank.script("decline", "charge", reason="insufficient_funds")
    renew(sale, now, subscription.ends_on)
    charge = Charge.objects.get(state="declined")
    apply_gateway_state(
        charge_id=charge.pk,
        said=GatewayState(ChargeOutcome.SUCCEEDED, "odd-1", Money(89_999, "INR")),
        heard_by="test",
        now=now,
    )
    charge.refresh_from_db()
    assert (charge.state, charge.quarantined_for) == (
        "succeeded",
        "amount differs from what was asked",
    )
    assert count_quarantined() == 1
    assert Payment.objects.count() == 1
    assert list(LedgerEntry.objects.filter(account="suspense").values_list("amount_minor")) == [
        (-89_999,)
    ]
    subscription.refresh_from_db()
    assert (subscription.state, subscription.seq) == ("past_due", 1)
    assert [found for found in check_ledger(now) if not found.ok] == []


def test_the_letter_says_what_it_must(sale, now, subscription):
    dispatch_outbox(now=now)
    (letter,) = mail.outbox
    receipt = Payment.objects.get()
    assert letter.to == ["meenal@example.org"]
    assert receipt.number in letter.body
    assert f"/account/receipts/{receipt.pk}/" in letter.body
    assert "&" not in letter.body
