from __future__ import annotations

from datetime import timedelta

import pytest

from broadsheet.apps.payments.actions.begin_checkout import void_checkout
from broadsheet.apps.payments.actions.give_refund import plan_refund, send_refund
from broadsheet.apps.payments.actions.record_transfer import (
    CannotRecord,
    record_paid_back,
    record_transfer,
)
from broadsheet.apps.payments.gateways import list_gateways, open_gateway
from broadsheet.apps.payments.models import Charge, LedgerEntry, Order, Payment, Refund
from broadsheet.apps.subscriptions.models import Subscription
from broadsheet.domain.money import Money
from broadsheet.domain.refund import RefundState
from tests.factories.sale import assert_books_hold

pytestmark = [pytest.mark.db, pytest.mark.django_db]
PRICE = Money(90_000, "INR")


@pytest.fixture
def order(sale, now):
    """An order whose page was closed unpaid."""
    sale.check_out(now)
    found = Order.objects.get()
    assert void_checkout(order_id=found.pk, gateway=sale.gateway, now=now)
    return found


def record(order, now, amount=PRICE, reference="NEFT N1"):
    return record_transfer(
        order_id=order.pk, amount=amount, reference=reference, actor="staff:1", now=now
    )


def balance(account):
    return sum(LedgerEntry.objects.filter(account=account).values_list("amount_minor", flat=True))


def test_a_transfer_settles_an_order_like_any_payment(order, now):
    payment = record(order, now)
    payment.refresh_from_db()
    assert (payment.amount, payment.paid_with) == (PRICE, "Bank transfer")
    assert payment.number == f"R-{now.year}-000001"
    assert Subscription.objects.get().state == "active"
    assert balance("cash:transfer") == 90_000
    assert_books_hold(now)


@pytest.mark.parametrize(
    ("amount", "reference", "says"),
    [
        (Money(89_999, "INR"), "NEFT N1", "of 90000 INR"),
        (Money(90_000, "USD"), "NEFT N1", "of 90000 INR"),
        (PRICE, "  ", "1 to 100"),
        (PRICE, "x" * 101, "1 to 100"),
        (PRICE, "NEFT\x00N1", "1 to 100"),
    ],
)
def test_what_cannot_be_is_refused(order, now, amount, reference, says):
    with pytest.raises(CannotRecord, match=says):
        record(order, now, amount, reference)
    assert Charge.objects.filter(gateway="transfer").count() == 0
    assert Order.objects.get().state != "paid"


def test_an_order_is_paid_once_and_a_reference_is_good_once(sale, order, now):
    record(order, now, reference="NEFT  N1")
    with pytest.raises(CannotRecord, match="is paid"):
        record(order, now, reference="NEFT N2")
    other = Order.objects.create(
        reader=sale.reader,
        source="test:other",
        purpose="renewal",
        description="x",
        amount_minor=90_000,
        currency="INR",
        gateway="test",
        created_at=now,
    )
    with pytest.raises(CannotRecord, match=f"before, for order {order.pk}"):
        record(other, now)
    assert Payment.objects.count() == 1


def test_no_transfer_while_the_readers_page_is_open(sale, now):
    standing = sale.check_out(now)
    with pytest.raises(CannotRecord, match="under way at test"):
        record(Order.objects.get(), now)
    sale.bank.decide(standing.url, "approve")
    sale.come_back(now)
    assert balance("cash:transfer") == 0
    assert_books_hold(now)


def test_a_refund_of_a_transfer_waits_for_the_staff(order, now):
    payment = record(order, now)
    refund = plan_refund(
        payment_id=payment.pk, amount=PRICE, reason="asked", actor="staff:1", now=now
    )
    assert (
        send_refund(refund_id=refund.pk, open_gateway=open_gateway, now=now) is RefundState.PENDING
    )
    with pytest.raises(CannotRecord):
        record_paid_back(refund_id=refund.pk, reference="", actor="staff:1", now=now)
    soon = now + timedelta(minutes=1)
    done = record_paid_back(refund_id=refund.pk, reference="NEFT N9", actor="staff:1", now=soon)
    assert done is RefundState.SUCCEEDED
    with pytest.raises(CannotRecord, match="succeeded already"):
        record_paid_back(refund_id=refund.pk, reference="NEFT N10", actor="staff:1", now=soon)
    assert Refund.objects.get().gateway_reference == "NEFT N9"
    assert balance("cash:transfer") == 0
    assert_books_hold(soon)


def test_nobody_is_offered_a_gateway_without_a_company():
    assert "transfer" not in list_gateways()
    assert open_gateway("transfer").health().ok is True
