"""The checkout asks for the State; the account shows invoices, to their reader alone."""

from __future__ import annotations

import re

import pytest

from broadsheet.apps.invoicing.actions import issue_credit_notes, issue_invoices
from broadsheet.apps.invoicing.models import BillingDetails, Invoice
from broadsheet.apps.invoicing.queries import find_billing_details
from broadsheet.apps.payments.events import PaymentSettled, RefundSettled
from broadsheet.apps.payments.models import Order
from tests.factories.sale import make_reader
from tests.factories.seller import BUYERS_GSTIN, NOON, lay_down_rates, register, settle

pytestmark = [pytest.mark.db, pytest.mark.django_db]
PLAN = "/subscribe/checkout/?plan=smart-quarterly"


@pytest.fixture
def registered(settings, db):
    settings.PAPER = register(settings.PAPER)
    lay_down_rates()


def invoiced(reader) -> Invoice:
    payment = settle(reader)
    issue_invoices([PaymentSettled(payment.pk, payment.order_id, reader.pk, None)], now=NOON)
    return Invoice.objects.get(payment=payment)


def press_pay(client, page, **billing: str):
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    fields |= {f"billing-{name}": what for name, what in billing.items()}
    return client.post("/subscribe/checkout/", fields)


def test_a_sale_in_india_begins_with_the_state(registered, sale, client):
    client.force_login(sale.reader.user)
    page = client.get(PLAN)
    assert '<option value="IN-32" selected>Kerala</option>' in page.text
    for wrong in ({}, {"place": ""}, {"place": "IN-99"}, {"place": "IN"}):
        refused = press_pay(client, page, **wrong)
        assert (refused.status_code, Order.objects.count()) == (200, 0)
        assert "Please choose where you live." in refused.text
    assert press_pay(client, page, place="IN-27").status_code == 303
    assert find_billing_details(sale.reader.pk).state == "27"
    assert '<option value="IN-27" selected>Maharashtra</option>' in client.get(PLAN).text


def test_a_wrong_gstin_is_told_beside_it_and_nothing_is_kept(registered, sale, client):
    client.force_login(sale.reader.user)
    page = client.get(PLAN)
    said = {"place": "IN-27", "gstin": "27AAPFU0939F1ZW", "name": "Velm Traders"}
    refused = press_pay(client, page, **said)
    assert "This is not a GSTIN." in refused.text
    assert "<details open>" in refused.text
    assert 'value="Velm Traders"' in refused.text
    assert (Order.objects.count(), BillingDetails.objects.count()) == (0, 0)
    assert press_pay(client, page, **said | {"gstin": BUYERS_GSTIN}).status_code == 303
    assert find_billing_details(sale.reader.pk).gstin == BUYERS_GSTIN


def test_a_paper_without_tax_asks_for_nothing(sale, client):
    client.force_login(sale.reader.user)
    page = client.get(PLAN)
    assert "billing-place" not in page.text
    assert press_pay(client, page).status_code == 303
    assert BillingDetails.objects.count() == 0


def test_who_paid_finds_the_invoice_and_its_print(registered, sale, client):
    client.force_login(sale.reader.user)
    bank_page = press_pay(client, client.get(PLAN), place="IN-32")["Location"]
    sale.bank.decide(bank_page, "approve")
    client.get(f"/subscribe/checkout/{Order.objects.get().uid}/")
    number = Invoice.objects.get().number
    assert f"/account/invoices/{number}/" in client.get("/account/invoices/").text
    page = client.get(f"/account/invoices/{number}/")
    for words in ("₹762.72", "₹68.64", "CGST", "SGST", "Kerala (32)", "998431", "₹900"):
        assert words in page.text
    receipt = client.get(f"/account/receipts/{Invoice.objects.get().payment_id}/")
    assert f'href="/account/invoices/{number}/"' in receipt.text
    pdf = client.get(f"/account/invoices/{number}.pdf")
    assert pdf["Content-Type"] == "application/pdf"
    assert pdf["Content-Disposition"] == f'attachment; filename="{number.replace("/", "-")}.pdf"'
    assert "no-store" in pdf["Cache-Control"]
    assert pdf.content.startswith(b"%PDF-")


def test_nobody_elses_invoice_is_found(registered, client):
    invoice = invoiced(make_reader())
    told = RefundSettled(1, invoice.payment_id, invoice.reader_id, 30_000, "INR", "asked")
    issue_credit_notes([told], now=NOON)
    numbers = (invoice.number, "BC/2627/0000001")
    assert client.get(f"/account/invoices/{invoice.number}/").status_code == 302
    client.force_login(make_reader("other@example.org").user)
    assert invoice.number not in client.get("/account/invoices/").text
    for number in numbers:
        assert client.get(f"/account/invoices/{number}.pdf").status_code == 404
        assert client.get(f"/account/invoices/{number}/").status_code == 404
    client.force_login(invoice.reader.user)
    assert [client.get(f"/account/invoices/{n}.pdf").status_code for n in numbers] == [200, 200]
    assert "BC/2627/0000001" in client.get(f"/account/invoices/{invoice.number}/").text


@pytest.mark.parametrize("readers_invoices", [1, 3])
def test_a_list_costs_the_same_queries_however_long(
    registered, client, django_assert_num_queries, readers_invoices
):
    reader = make_reader()
    client.force_login(reader.user)
    client.get("/account/invoices/")
    for _ in range(readers_invoices):
        invoiced(reader)
    with django_assert_num_queries(4):
        page = client.get("/account/invoices/")
    assert page.text.count("BS/2627/") == 2 * readers_invoices


def test_what_is_printed_can_be_changed_for_the_next_invoice(registered, client):
    reader = make_reader()
    client.force_login(reader.user)
    said = {"billing-place": "IN-32", "billing-name": "Meenal Varai", "billing-language": "hi"}
    answer = client.post("/account/billing/", said)
    assert (answer.status_code, answer["Location"]) == (303, "/account/invoices/")
    assert find_billing_details(reader.pk).language == "hi"
    assert 'value="Meenal Varai"' in client.get("/account/billing/").text
    refused = client.post("/account/billing/", said | {"billing-place": "XX"})
    assert "Please choose where you live." in refused.text
    assert find_billing_details(reader.pk).name == "Meenal Varai"
