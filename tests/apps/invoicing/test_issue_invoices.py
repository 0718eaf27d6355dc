"""Invoices: made out with the payment, once, with the tax that holds where the reader lives."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from broadsheet.apps.invoicing.actions import (
    issue_held_invoices,
    issue_invoices,
    put_tax_rate,
)
from broadsheet.apps.invoicing.models import (
    HeldInvoice,
    Invoice,
    InvoiceLine,
    InvoiceSeries,
    Registration,
)
from broadsheet.apps.invoicing.queries import check_invoices
from broadsheet.apps.payments.events import PaymentSettled
from broadsheet.apps.payments.models import LedgerEntry, Payment
from broadsheet.domain.tax import Split
from broadsheet.plumbing.models import AuditRow
from tests.factories.sale import make_reader
from tests.factories.seller import BUYERS_GSTIN, GSTIN, NOON, live_in, settle

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def told_of(*payments: Payment) -> list[PaymentSettled]:
    return [PaymentSettled(p.pk, p.order_id, p.reader_id, None) for p in payments]


def issue(*payments: Payment, now: datetime = NOON) -> None:
    issue_invoices(told_of(*payments), now=now)


def broken() -> list[str]:
    return [found.name for found in check_invoices(NOON) if not found.ok]


def taxes() -> dict[str, int]:
    return dict(LedgerEntry.objects.values_list("account", "amount_minor"))


@pytest.mark.parametrize(
    ("place", "split", "ledger"),
    [
        (
            "IN-32",
            Split(76_272, 6_864, 6_864),
            {"deferred_revenue": 13_728, "gst_cgst": -6_864, "gst_sgst": -6_864},
        ),
        ("IN-27", Split(76_271, igst=13_729), {"deferred_revenue": 13_729, "gst_igst": -13_729}),
        ("FR", Split(90_000), {}),
    ],
)
def test_nine_hundred_rupees(registered, reader, place, split, ledger):
    live_in(reader, place)
    issue(settle(reader))
    invoice = Invoice.objects.get()
    assert invoice.number == "BS/2627/0000001"
    assert invoice.issued_on == date(2026, 11, 26)
    assert (invoice.split, invoice.total_minor) == (split, 90_000)
    assert f"{invoice.country}-{invoice.state}".strip("-") == place
    assert invoice.buyer_name == "meenal@example.org"
    assert (invoice.seller.tax_number, invoice.seller.state) == (GSTIN, "32")
    line = InvoiceLine.objects.get()
    assert (line.description, line.code) == ("Smart Quarterly, 3 months", "998431")
    assert (line.split, line.rate_bp) == (split, 1_800 if place != "FR" else 0)
    assert taxes() == ledger
    assert broken() == []


def test_a_reader_who_said_nothing_is_taxed_where_the_paper_is(registered, reader):
    issue(settle(reader))
    assert Invoice.objects.get().split == Split(76_272, 6_864, 6_864)
    assert Invoice.objects.get().state == "32"


def test_a_company_is_named_as_its_gstin_is(registered, reader):
    live_in(reader, "IN-27", gstin=BUYERS_GSTIN, name="Velm Traders", address="1 Quay, Velm")
    issue(settle(reader))
    live_in(reader, "IN-32")
    invoice = Invoice.objects.get()
    assert (invoice.buyer_name, invoice.buyer.gstin) == ("Velm Traders", BUYERS_GSTIN)


def test_a_paper_without_a_tax_number_issues_plain_invoices(reader):
    live_in(reader, "IN-32")
    issue(settle(reader))
    invoice, line = Invoice.objects.get(), InvoiceLine.objects.get()
    assert (invoice.treatment, invoice.split) == ("untaxed", Split(90_000))
    assert (line.rate_bp, line.code) == (0, "")
    assert LedgerEntry.objects.count() == 0
    assert broken() == []


def test_vat_is_charged_at_home_and_where_a_rate_is_laid_down(settings, reader):
    settings.PAPER = dataclasses.replace(
        settings.PAPER, legal_country="FR", tax_number="FR40303265045"
    )
    for country, rate in (("FR", 210), ("DE", 700)):
        put_tax_rate(
            country=country,
            tax_class="online",
            rate_bp=rate,
            code="",
            starts_on=date(2026, 1, 1),
            actor="test",
            now=NOON,
        )
    german, american = make_reader("g@example.org"), make_reader("a@example.org")
    live_in(german, "DE")
    live_in(american, "US")
    issue(settle(reader), settle(german), settle(american))
    found = Invoice.objects.order_by("pk")
    assert [(one.treatment, one.vat_minor) for one in found] == [
        ("vat", 1_851),
        ("vat", 5_888),
        ("export", 0),
    ]
    assert broken() == []


def test_a_bundle_is_taxed_part_by_part(registered, reader):
    parts = [
        {"description": "The site", "amount_minor": 60_000, "tax_class": "online"},
        {"description": "The paper", "amount_minor": 30_000, "tax_class": "print"},
    ]
    issue(settle(reader, parts=parts))
    assert [(line.description, line.code, line.split) for line in InvoiceLine.objects.all()] == [
        ("The site", "998431", Split(50_848, 4_576, 4_576)),
        ("The paper", "4902", Split(30_000)),
    ]
    assert Invoice.objects.get().split == Split(80_848, 4_576, 4_576)
    assert broken() == []


def test_told_twice_it_is_one_invoice(registered, reader):
    payment = settle(reader)
    issue(payment)
    issue(payment, payment)
    issue()
    assert Invoice.objects.count() == 1
    assert InvoiceSeries.objects.get().next == 2


def test_parked_money_buys_nothing_and_gets_no_invoice(registered, reader):
    payment = settle(reader)
    Payment.objects.update(parked_at=NOON, parked_for="test")
    issue(payment)
    assert (Invoice.objects.count(), InvoiceSeries.objects.count()) == (0, 0)
    assert broken() == []


def test_numbers_begin_anew_on_the_first_of_april_in_the_papers_zone(registered, reader):
    before = datetime(2027, 3, 31, 18, 29, tzinfo=UTC)
    for now in (before, before + timedelta(minutes=1), before + timedelta(days=1)):
        issue(settle(reader, now=now), now=now)
    assert list(Invoice.objects.order_by("pk").values_list("number", flat=True)) == [
        "BS/2627/0000001",
        "BS/2728/0000001",
        "BS/2728/0000002",
    ]
    assert broken() == []


def test_a_change_of_the_seller_leaves_old_invoices_alone(registered, reader, settings):
    issue(settle(reader), settle(reader))
    settings.PAPER = dataclasses.replace(settings.PAPER, legal_name="Lantern and Sons")
    issue(settle(reader))
    names = Invoice.objects.order_by("pk").values_list("seller__legal_name", flat=True)
    assert list(names) == ["Lantern Newspapers Limited"] * 2 + ["Lantern and Sons"]
    assert Registration.objects.count() == 2


def test_without_a_rate_the_money_stands_and_the_invoice_is_held(registered, reader):
    parts = [{"description": "Tea", "amount_minor": 90_000, "tax_class": "tea"}]
    strange, usual = settle(reader, parts=parts), settle(reader)
    issue(strange, usual)
    assert Invoice.objects.get().payment == usual
    held = HeldInvoice.objects.get()
    assert held.payment == strange
    assert held.held_for == "No tax rate for tea in IN holds on 2026-11-26."
    assert broken() == ["each payment has an invoice of its own amount"]
    assert issue_held_invoices(now=NOON) == 0
    assert HeldInvoice.objects.get().payment == strange
    put_tax_rate(
        country="IN",
        tax_class="tea",
        rate_bp=500,
        code="0902",
        starts_on=date(2026, 4, 1),
        actor="test",
        now=NOON,
    )
    assert issue_held_invoices(now=NOON) == 1
    assert HeldInvoice.objects.count() == 0
    assert Invoice.objects.get(payment=strange).number == "BS/2627/0000002"
    assert broken() == []


@pytest.mark.parametrize(
    ("parts", "why"),
    [
        ([{"description": "Half", "amount_minor": 45_000}], "do not sum to what was paid"),
        (
            [
                {"description": "a", "amount_minor": 100_000},
                {"description": "b", "amount_minor": -10_000},
            ],
            "nought or more",
        ),
        ([{"amount_minor": 90_000}], "KeyError"),
        ([{"description": "Words", "amount_minor": "90000"}], "TypeError"),
    ],
)
def test_parts_that_make_no_sense_hold_the_invoice_and_not_the_money(
    registered, reader, parts, why
):
    usual = settle(reader)
    strange = settle(reader, parts=parts)
    issue(strange, usual)
    issue(strange)
    assert Invoice.objects.get().payment == usual
    assert why in HeldInvoice.objects.get().held_for


def test_a_long_description_is_cut_and_not_the_sale(registered, reader):
    issue(settle(reader, parts=[{"description": "d" * 200, "amount_minor": 90_000}]))
    assert InvoiceLine.objects.get().description == "d" * 120


def test_an_undone_settlement_gives_its_number_back(registered, reader):
    for _ in range(3):
        payment = settle(reader)
        with pytest.raises(RuntimeError), transaction.atomic():
            issue(payment)
            raise RuntimeError
        issue(payment)
    numbers = Invoice.objects.order_by("pk").values_list("number", flat=True)
    assert list(numbers) == [f"BS/2627/{n:07d}" for n in (1, 2, 3)]
    assert broken() == []


def test_many_cost_as_many_statements_as_one(registered):
    readers = [make_reader(f"r{n}@example.org") for n in range(40)]
    for n, one in enumerate(readers):
        live_in(one, ("IN-32", "IN-27", "FR")[n % 3])
    issue(settle(readers[0]))
    assert count_statements(settle(readers[0])) == count_statements(*map(settle, readers))
    assert Invoice.objects.count() == 42
    assert broken() == []


def count_statements(*payments: Payment) -> int:
    with CaptureQueriesContext(connection) as captured:
        issue(*payments)
    return len(captured.captured_queries)


def test_what_was_issued_stands(registered, reader):
    issue(settle(reader))
    for row in (Invoice.objects.all(), InvoiceLine.objects.all(), Registration.objects.all()):
        with pytest.raises(DatabaseError), transaction.atomic():
            row.update(id=99)
    with pytest.raises(IntegrityError), transaction.atomic():
        Invoice.objects.bulk_create([wrong_copy()])


def wrong_copy() -> Invoice:
    copy = Invoice.objects.get()
    copy.pk, copy.payment, copy.number = None, settle(copy.reader), "BS/2627/0000002"
    copy.taxable_minor += 1
    return copy


def test_every_batch_is_told_to_the_audit_trail(registered, reader):
    issue(settle(reader), settle(reader))
    row = AuditRow.objects.get(deed="issue_invoices")
    assert row.subject == "invoicing.series:BS/2627"
    assert row.detail == {"first": "BS/2627/0000001", "last": "BS/2627/0000002"}


def test_the_check_sees_what_is_wrong(registered, reader):
    issue(settle(reader))
    assert broken() == []
    InvoiceSeries.objects.update(next=3)
    assert broken() == ["I8 invoice and credit note numbers have no gap"]
    InvoiceSeries.objects.update(next=2)
    settle(reader)
    LedgerEntry.objects.filter(
        account="gst_cgst"
    ).delete() if connection.vendor == "sqlite" else None
    expected = ["each payment has an invoice of its own amount"]
    if connection.vendor == "sqlite":
        expected.append("tax in the ledger is what invoices and credit notes say")
    assert broken() == expected
