from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from broadsheet.apps.payments.actions.give_refund import (
    CannotRefund,
    plan_quarantined_refund,
    plan_refund,
    send_refunds,
)
from broadsheet.apps.payments.actions.reap_charges import check_charge
from broadsheet.apps.payments.actions.reap_refunds import reap_refunds
from broadsheet.apps.payments.models import Charge, LedgerEntry, Payment, Refund
from broadsheet.domain.money import Money
from broadsheet.domain.refund import RefundState
from tests.factories.sale import Sale, assert_books_hold

pytestmark = [pytest.mark.db, pytest.mark.django_db]
NOW = datetime.now(UTC)
SOON, LATER = NOW + timedelta(minutes=1), NOW + timedelta(minutes=30)
PART, REST = Money(30_000, "INR"), Money(60_000, "INR")


@pytest.fixture
def payment(sale: Sale) -> Payment:
    sale.subscribe(NOW)
    return Payment.objects.get()


def give(payment: Payment, amount: Money, now: datetime = SOON) -> Refund:
    return plan_refund(
        payment_id=payment.pk, amount=amount, reason="asked for", actor="staff:1", now=now
    )


def given(sale: Sale) -> list[int]:
    """What the bank has given back of this reader's payment, from the bank's own file."""
    reference = Payment.objects.get().charge.gateway_reference
    sql = "SELECT amount FROM refund WHERE charge = ? ORDER BY id"
    return [row[0] for row in sale.bank.rows(sql, reference)]


def balance(account: str) -> int:
    return sum(LedgerEntry.objects.filter(account=account).values_list("amount_minor", flat=True))


def test_part_and_rest_are_given_back_once(sale: Sale, payment: Payment) -> None:
    give(payment, PART)
    assert send_refunds(open_gateway=sale.open_gateway, now=SOON) == {RefundState.SUCCEEDED: 1}
    give(payment, REST)
    assert send_refunds(open_gateway=sale.open_gateway, now=SOON) == {RefundState.SUCCEEDED: 1}
    assert send_refunds(open_gateway=sale.open_gateway, now=LATER) == {}
    assert (balance("refunds"), balance("cash:test")) == (90_000, 0)
    assert given(sale) == [30_000, 60_000]
    assert_books_hold(LATER)


@pytest.mark.parametrize(
    ("amount", "reason"),
    [
        (Money(90_001, "INR"), "asked for"),
        (Money(0, "INR"), "asked for"),
        (Money(-1, "INR"), "asked for"),
        (Money(100, "USD"), "asked for"),
        (PART, "  "),
        (PART, "x" * 241),
    ],
)
def test_what_cannot_be_given_back_is_refused(payment: Payment, amount: Money, reason: str) -> None:
    with pytest.raises(CannotRefund):
        plan_refund(payment_id=payment.pk, amount=amount, reason=reason, actor="staff:1", now=SOON)
    assert Refund.objects.count() == 0
    assert Payment.objects.get().refunded_minor == 0


def test_what_is_promised_cannot_be_promised_again(payment: Payment) -> None:
    give(payment, REST)
    with pytest.raises(CannotRefund, match="Only 30000 of 90000"):
        give(payment, Money(30_001, "INR"))
    give(payment, PART)
    assert Payment.objects.get().refunded_minor == 90_000


def test_a_lost_answer_is_looked_up_and_not_sent_again(sale: Sale, payment: Payment) -> None:
    give(payment, PART)
    sale.bank.script("lose_reply_after_commit", "refund")
    assert send_refunds(open_gateway=sale.open_gateway, now=SOON) == {RefundState.UNKNOWN: 1}
    assert send_refunds(open_gateway=sale.open_gateway, now=LATER) == {}
    assert reap_refunds(open_gateway=sale.open_gateway, now=LATER) == 1
    assert Refund.objects.get().state == RefundState.SUCCEEDED
    assert given(sale) == [30_000]
    assert_books_hold(LATER)


def test_what_never_arrived_is_sent_again(sale: Sale, payment: Payment) -> None:
    give(payment, PART)
    sale.bank.script("reset_before", "refund")
    assert send_refunds(open_gateway=sale.open_gateway, now=SOON) == {RefundState.UNKNOWN: 1}
    reap_refunds(open_gateway=sale.open_gateway, now=SOON + timedelta(seconds=11))
    assert Refund.objects.get().state == RefundState.UNKNOWN
    reap_refunds(open_gateway=sale.open_gateway, now=LATER)
    assert Refund.objects.get().state == RefundState.NOT_SENT
    much_later = LATER + timedelta(hours=1)
    assert send_refunds(open_gateway=sale.open_gateway, now=much_later) == {
        RefundState.SUCCEEDED: 1
    }
    assert given(sale) == [30_000]
    assert_books_hold(much_later)


def test_money_that_came_twice_goes_back_whole(sale: Sale, payment: Payment) -> None:
    """A second charge for a paid order: quarantined when it was heard of, and given back once."""
    mandate = payment.reader.mandates.get()
    order = payment.order
    twice = Charge.objects.create(
        order=order,
        n=2,
        key=f"bs-{order.uid.hex}-2",
        gateway="test",
        mandate=mandate,
        amount_minor=90_000,
        currency="INR",
        state="sent",
        planned_at=SOON,
        sent_at=SOON,
    )
    body = {"mandate": mandate.token, "amount": 90_000, "currency": "INR", "description": "again"}
    sale.bank.post("/v1/charges", body, key=twice.key).raise_for_status()
    check_charge(charge_id=twice.pk, open_gateway=sale.open_gateway, now=SOON, heard_by="test")
    assert balance("suspense") == -90_000

    def promise(charge: Charge) -> Refund:
        return plan_quarantined_refund(
            charge_id=charge.pk, reason="paid twice", actor="staff:1", now=SOON
        )

    with pytest.raises(CannotRefund, match="No money of this charge is quarantined"):
        promise(payment.charge)
    promise(twice)
    with pytest.raises(CannotRefund, match="promised, already"):
        promise(twice)
    assert send_refunds(open_gateway=sale.open_gateway, now=SOON) == {RefundState.SUCCEEDED: 1}
    assert (balance("suspense"), balance("refunds"), balance("cash:test")) == (0, 0, 90_000)
    assert Payment.objects.get().refunded_minor == 0
    assert_books_hold(LATER)
