"""Credit notes: what went back is taken back, to the paisa, once."""

from __future__ import annotations

import pytest
from django.db.models import Sum

from broadsheet.apps.invoicing.actions import (
    issue_credit_notes,
    issue_credit_notes_for_lost,
    issue_held_invoices,
    issue_invoices,
    put_tax_rate,
)
from broadsheet.apps.invoicing.models import CreditNote, CreditNoteLine, Invoice, InvoiceSeries
from broadsheet.apps.invoicing.queries import check_invoices, list_invoices
from broadsheet.apps.payments.events import DisputeLost, PaymentSettled, RefundSettled
from broadsheet.apps.payments.models import Dispute, LedgerEntry, Payment, Refund
from broadsheet.domain.money import Money
from broadsheet.domain.tax import Split
from tests.factories.seller import NOON, live_in, settle

pytestmark = [pytest.mark.db, pytest.mark.django_db]
BUNDLE = [
    {"description": "The site", "amount_minor": 60_000, "tax_class": "online"},
    {"description": "The paper", "amount_minor": 30_000, "tax_class": "print"},
]


def sold(reader, **more) -> Payment:
    payment = settle(reader, **more)
    issue_invoices(
        [PaymentSettled(payment.pk, payment.order_id, payment.reader_id, None)], now=NOON
    )
    return payment


def refund(payment: Payment, minor: int, n: int = 1, currency: str = "INR") -> RefundSettled:
    return RefundSettled(n, payment.pk, payment.reader_id, minor, currency, "the reader asked")


def credit(*events: RefundSettled) -> None:
    issue_credit_notes(events, now=NOON)


def broken() -> list[str]:
    return [found.name for found in check_invoices(NOON) if not found.ok]


def standing() -> dict[str, int]:
    sums = LedgerEntry.objects.values_list("account").annotate(Sum("amount_minor"))
    return {account: minor for account, minor in sums if minor}


def test_a_whole_refund_takes_the_whole_invoice_back(registered, reader):
    payment = sold(reader)
    credit(refund(payment, 90_000))
    note = CreditNote.objects.get()
    assert note.number == "BC/2627/0000001"
    assert note.source == "payments.refund:1"
    assert note.split == Invoice.objects.get().split == Split(76_272, 6_864, 6_864)
    assert standing() == {"deferred_revenue": 13_728, "refunds": -13_728}
    assert list_invoices(reader.pk)[0].credited == Money(90_000, "INR")
    assert broken() == []


def test_parts_sum_to_the_whole(registered, reader):
    live_in(reader, "IN-27")
    payment = sold(reader, parts=BUNDLE)
    credit(refund(payment, 33_333, 1), refund(payment, 33_333, 2))
    credit(refund(payment, 23_334, 3))
    notes = CreditNote.objects.order_by("pk")
    assert [note.total_minor for note in notes] == [33_333, 33_333, 23_334]
    whole = sum((note.split for note in notes), Split(0))
    assert whole == Invoice.objects.get().split == Split(80_847, igst=9_153)
    assert CreditNoteLine.objects.count() == 6
    assert standing() == {"deferred_revenue": 9_153, "refunds": -9_153}
    assert broken() == []


def test_told_twice_it_is_one_credit_note(registered, reader):
    payment = sold(reader)
    credit(refund(payment, 30_000), refund(payment, 30_000))
    credit(refund(payment, 30_000))
    credit()
    assert CreditNote.objects.get().split == Split(25_424, 2_288, 2_288)
    assert InvoiceSeries.objects.get(code="BC/2627").next == 2


def test_more_than_the_invoice_cannot_be_taken_back(registered, reader):
    payment = sold(reader)
    credit(refund(payment, 60_000, 1), refund(payment, 60_000, 2), refund(payment, 1, 3))
    assert [note.total_minor for note in CreditNote.objects.order_by("pk")] == [60_000, 30_000]
    assert broken() == []


def test_without_an_invoice_there_is_nothing_to_take_back(registered, reader):
    credit(refund(settle(reader), 90_000))
    credit(refund(sold(reader), 90_000, currency="USD"))
    assert CreditNote.objects.count() == 0
    assert not InvoiceSeries.objects.filter(code="BC/2627").exists()


def test_of_an_untaxed_invoice_the_ledger_hears_nothing(reader):
    credit(refund(sold(reader), 90_000))
    assert CreditNote.objects.get().split == Split(90_000)
    assert LedgerEntry.objects.count() == 0
    assert broken() == []


def test_a_lost_dispute_takes_the_invoice_back(registered, reader):
    payment = sold(reader)
    dispute = Dispute.objects.create(
        payment=payment,
        gateway="test",
        gateway_reference="d-1",
        state="lost",
        amount_minor=90_000,
        currency="INR",
        opened_at=NOON,
        heard_at=NOON,
        closed_at=NOON,
    )
    for _ in range(2):
        issue_credit_notes_for_lost([DisputeLost(dispute.pk, payment.pk, reader.pk)], now=NOON)
    assert CreditNote.objects.get().source == f"payments.dispute:{dispute.pk}"
    assert standing() == {"deferred_revenue": 13_728, "chargebacks": -13_728}
    assert broken() == []


def test_what_went_back_while_the_invoice_was_held_is_credited_then(registered, reader):
    tea = [{"description": "Tea", "amount_minor": 90_000, "tax_class": "tea"}]
    payment = sold(reader, parts=tea)
    given = Refund.objects.create(
        payment=payment,
        charge=payment.charge,
        gateway="test",
        key="bs-rf-1",
        amount_minor=30_000,
        currency="INR",
        reason="cold",
        actor="test",
        state="succeeded",
        gateway_reference="r-1",
        planned_at=NOON,
        closed_at=NOON,
    )
    credit(refund(payment, 30_000, given.pk))
    assert CreditNote.objects.count() == 0
    put_tax_rate(
        country="IN",
        tax_class="tea",
        rate_bp=500,
        code="0902",
        starts_on=NOON.date(),
        actor="test",
        now=NOON,
    )
    assert issue_held_invoices(now=NOON) == 1
    note = CreditNote.objects.get()
    assert (note.total_minor, note.reason) == (30_000, "cold")
    assert broken() == []
