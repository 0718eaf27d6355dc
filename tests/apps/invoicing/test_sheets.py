"""CSV for the accountant and for the GST offline tool."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

import pytest

from broadsheet.apps.accounts.models import User
from broadsheet.apps.invoicing.actions import issue_credit_notes, issue_invoices
from broadsheet.apps.invoicing.formats.sheets import B2B, B2CS, write_sheet
from broadsheet.apps.payments.events import PaymentSettled, RefundSettled
from tests.factories.sale import make_reader
from tests.factories.seller import BUYERS_GSTIN, NOON, live_in, settle

pytestmark = [pytest.mark.db, pytest.mark.django_db]
NOVEMBER = (date(2026, 11, 1), date(2026, 12, 1))


def sell(place: str, *, now=NOON, minor: int = 90_000, parts=(), **said: str):
    reader = make_reader(f"r{User.objects.count()}@example.org")
    if place:
        live_in(reader, place, **said)
    payment = settle(reader, minor=minor, parts=parts, now=now)
    told = PaymentSettled(payment.pk, payment.order_id, payment.reader_id, None)
    issue_invoices([told], now=now)
    return payment


def give_back(payment, minor: int) -> None:
    refund = RefundSettled(payment.pk, payment.pk, payment.reader_id, minor, "INR", "=asked")
    issue_credit_notes([refund], now=NOON)


def write(name: str, days=NOVEMBER) -> tuple[list[list[str]], int]:
    out = io.StringIO()
    rows, left_out = write_sheet(name, *days, out)
    read = list(csv.reader(io.StringIO(out.getvalue())))
    assert len(read) == rows + 1
    return read, left_out


def test_b2b_has_the_tools_own_headers_and_a_row_an_invoice_and_rate(registered):
    company = {"gstin": BUYERS_GSTIN, "name": "Velm Traders"}
    bundle = [
        {"description": "The site", "amount_minor": 60_000, "tax_class": "online"},
        {"description": "The paper", "amount_minor": 30_000, "tax_class": "print"},
    ]
    sell("IN-27", **company)
    give_back(sell("IN-27", parts=bundle, **company), 90_000)
    sell("IN-27")
    sell("FR")
    assert write("gst-b2b") == (
        [
            [
                *("GSTIN/UIN of Recipient", "Receiver Name", "Invoice Number", "Invoice date"),
                *("Invoice Value", "Place Of Supply", "Reverse Charge"),
                *("Applicable % of Tax Rate", "Invoice Type", "E-Commerce GSTIN", "Rate"),
                *("Taxable Value", "Cess Amount"),
            ],
            [
                *(BUYERS_GSTIN, "Velm Traders", "BS/2627/0000001", "26-Nov-2026", "900.00"),
                *("27-Maharashtra", "N", "", "Regular B2B", "", "18.00", "762.71", ""),
            ],
            [
                *(BUYERS_GSTIN, "Velm Traders", "BS/2627/0000002", "26-Nov-2026", "900.00"),
                *("27-Maharashtra", "N", "", "Regular B2B", "", "18.00", "508.47", ""),
            ],
        ],
        1,
    )


def test_b2cs_sums_by_state_and_rate_less_what_was_taken_back(registered):
    sell("IN-32")
    sell("")
    sell("IN-27")
    give_back(sell("IN-27"), 90_000)
    sell("IN-27", minor=10_000_001)
    sell("IN-32", minor=20_000_000)
    sell("FR")
    rows, left_out = write("gst-b2cs")
    assert rows == [
        [
            *("Type", "Place Of Supply", "Applicable % of Tax Rate", "Rate", "Taxable Value"),
            *("Cess Amount", "E-Commerce GSTIN"),
        ],
        ["OE", "27-Maharashtra", "", "18.00", "762.71", "", ""],
        ["OE", "32-Kerala", "", "18.00", "171016.96", "", ""],
    ]
    assert left_out == 1


def test_a_sheet_holds_the_days_asked_for_and_no_other(registered):
    for day in (-26, -25, 0, 4, 5):
        sell("IN-32", now=NOON + timedelta(days=day))
    rows, _ = write("accountant")
    assert [row[2] for row in rows[1:]] == ["2026-11-01", "2026-11-26", "2026-11-30"]


def test_the_accountant_gets_every_line_with_its_tax_and_its_payment(registered):
    payment = sell("IN-32", name="Meenal Varai")
    give_back(payment, 30_000)
    rows, left_out = write("accountant")
    sold, back = (dict(zip(rows[0], row, strict=True)) for row in rows[1:])
    assert left_out == 0
    assert sold == {
        "document": "invoice",
        "number": "BS/2627/0000001",
        "date": "2026-11-26",
        "for_invoice": "",
        "payment": payment.number,
        "gateway_reference": payment.charge.gateway_reference,
        "buyer": "Meenal Varai",
        "gstin": "",
        "country": "IN",
        "state": "Kerala",
        "treatment": "within-state",
        "description": "Smart Quarterly, 3 months",
        "tax_class": "online",
        "sac_or_hsn": "998431",
        "rate": "18.00",
        "currency": "INR",
        "taxable": "762.72",
        "cgst": "68.64",
        "sgst": "68.64",
        "igst": "0.00",
        "vat": "0.00",
        "total": "900.00",
    }
    assert (back["number"], back["for_invoice"]) == ("BC/2627/0000001", "BS/2627/0000001")
    assert (back["taxable"], back["cgst"], back["total"]) == ("-254.24", "-22.88", "-300.00")


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)"])
def test_a_name_is_never_a_formula(registered, name):
    sell("IN-27", name=name, gstin=BUYERS_GSTIN)
    for sheet, column in (("accountant", 6), ("gst-b2b", 1)):
        rows, _ = write(sheet)
        assert rows[1][column] == f"'{name}"


def test_a_name_with_commas_and_quotes_comes_back_whole(registered):
    sell("IN-27", name='Velm, "Traders"')
    assert write("accountant")[0][1][6] == 'Velm, "Traders"'


def test_without_sales_there_are_headers_alone(registered):
    assert write("gst-b2b") == ([list(B2B)], 0)
    assert write("gst-b2cs") == ([list(B2CS)], 0)
    with pytest.raises(KeyError):
        write("gst-b2cl")
