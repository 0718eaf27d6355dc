"""The PDF: literal, in the right language, the same each time, and on one page."""

from __future__ import annotations

import re

import pytest
from django.utils import translation

from broadsheet.apps.invoicing.actions import issue_credit_notes, issue_invoices
from broadsheet.apps.invoicing.formats import print_credit_note, print_invoice
from broadsheet.apps.invoicing.formats import printing as words
from broadsheet.apps.invoicing.models import CreditNote
from broadsheet.apps.invoicing.queries import get_credit_note, get_invoice
from broadsheet.apps.payments.events import PaymentSettled, RefundSettled
from tests.factories.seller import BUYERS_GSTIN, NOON, live_in, settle

pytestmark = [pytest.mark.db, pytest.mark.django_db]
HOSTILE = '#panic("x") *b* $x^2$ <a> @ref \\ // `c` [d] ${e}'


def make(reader, place="IN-32", minor=90_000, parts=(), **said):
    live_in(reader, place, **said)
    payment = settle(reader, minor=minor, parts=parts)
    told = PaymentSettled(payment.pk, payment.order_id, payment.reader_id, None)
    issue_invoices([told], now=NOON)
    return get_invoice(payment.invoice.number)


def tell(invoice):
    """What the page is given to say."""
    with words._speaking(invoice):
        return words._tell_invoice(invoice)


def test_the_page_says_what_the_law_asks_for(registered, reader):
    invoice = make(reader, "IN-27", gstin=BUYERS_GSTIN, name="Velm Traders", address="1 Quay, Velm")
    said = tell(invoice)
    assert (said["title"], said["number"], said["language"]) == (
        "Tax invoice",
        "BS/2627/0000001",
        "en",
    )
    assert said["seller"] == [
        "Lantern Newspapers Limited",
        "41 Lamp Street, Kadalpur",
        "GSTIN 32ZZZCL1997L1ZG",
        "Kerala (32)",
    ]
    assert said["to"]["name"] == "Velm Traders"
    assert said["to"]["lines"] == [
        "1 Quay, Velm",
        "Maharashtra, India",
        f"GSTIN {BUYERS_GSTIN}",
        "meenal@example.org",
    ]
    assert said["details"][:3] == [
        ["Date", "26 November 2026"],
        ["Place of supply", "Maharashtra (27)"],
        ["Reverse charge", "No"],
    ]
    assert said["columns"] == [
        *("For", "SAC or HSN", "Rate", "Taxable value", "IGST", "Amount"),
    ]
    assert said["rows"] == [
        ["Smart Quarterly, 3 months", "998431", "18\u202f%", "762.71", "137.29", "900.00"]
    ]
    assert said["totals"] == [["Taxable value", "₹762.71"], ["IGST 18\u202f%", "₹137.29"]]
    assert said["whole"] == ["Total", "₹900.00"]
    assert said["notes"] == [
        "Paid on 26 November 2026 with Bank of Kadalpur ··11. Nothing is owed."
    ]


@pytest.mark.parametrize(
    ("place", "taxes"),
    [
        ("IN-32", [["CGST 9\u202f%", "₹68.64"], ["SGST 9\u202f%", "₹68.64"]]),
        ("IN-27", [["IGST 18\u202f%", "₹137.29"]]),
    ],
)
def test_each_tax_is_named_with_its_share_of_the_rate(registered, reader, place, taxes):
    assert tell(make(reader, place))["totals"][1:] == taxes


def test_a_union_territory_has_a_tax_of_its_own_name():
    assert words.say_taxes("within-state", "38") == ("CGST", "UTGST")
    assert words.say_taxes("within-state", "07") == ("CGST", "SGST")


def test_figures_are_grouped_by_lakh_and_crore(registered, reader):
    said = tell(make(reader, minor=123_456_700))
    assert said["whole"][1] == "₹12,34,567.00"
    assert said["rows"][0][-1] == "12,34,567.00"


def test_an_export_says_that_it_is_one(registered, reader):
    said = tell(make(reader, "FR"))
    assert said["title"] == "Invoice"
    assert said["totals"] == []
    assert said["notes"][1].startswith("Supply meant for export under bond")
    assert ["Place of supply", "France"] in said["details"]


def test_a_paper_without_tax_prints_a_plain_invoice(reader):
    said = tell(make(reader))
    assert (said["title"], said["columns"]) == ("Invoice", ["For", "Amount"])
    assert said["rows"] == [["Smart Quarterly, 3 months", "900.00"]]
    assert [name for name, _what in said["details"]] == ["Date", "Receipt"]


@pytest.mark.parametrize("spoken", ["en-gb", "hi"])
def test_the_readers_language_and_not_the_pages(registered, reader, spoken):
    invoice = make(reader, language="hi")
    with translation.override(spoken):
        said = tell(invoice)
    assert said["language"] == "hi"
    assert said["title"] == "कर बीजक"
    assert said["details"][0] == ["दिनांक", "26 नवंबर 2026"]
    assert said["whole"] == ["कुल", "₹900.00"]


def test_every_word_of_the_page_is_in_hindi(registered, reader):
    english = make(reader)
    hindi = make(reader, language="hi")
    same = set(_words(tell(english))) & set(_words(tell(hindi)))
    assert {word for word in same if re.search("[A-Za-z]", word)} <= {
        *("CGST 9\u202f%", "SGST 9\u202f%", "CGST", "SGST", "Kerala (32)", "The Lantern"),
        *("Smart Quarterly, 3 months", "meenal@example.org", "GSTIN 32ZZZCL1997L1ZG"),
        *("Lantern Newspapers Limited", "41 Lamp Street, Kadalpur"),
    }


def _words(said):
    if isinstance(said, str):
        yield said
    for one in said.values() if isinstance(said, dict) else said:
        if one is not said and not (isinstance(said, str)):
            yield from _words(one)


def test_what_a_reader_wrote_prints_as_it_was_written(registered, reader):
    invoice = make(reader, name=HOSTILE, address=HOSTILE)
    assert tell(invoice)["to"]["name"] == HOSTILE
    pdf = print_invoice(invoice)
    assert pdf.startswith(b"%PDF-")
    assert count_pages(pdf) == 1


@pytest.mark.parametrize("name", ["மீனா", "বাংলা", "مينا", "\U0001f600", "a\u202e\ufffe b", "<<>>"])
def test_no_name_stops_the_press(registered, reader, name):
    assert count_pages(print_invoice(make(reader, name=name, address=name))) == 1


def test_the_same_invoice_is_the_same_bytes(registered, reader):
    invoice = make(reader, name="मीनाल क्षीरसागर")
    assert print_invoice(invoice) == print_invoice(get_invoice(invoice.number))


def test_many_lines_run_on_to_another_page(registered, reader):
    parts = [
        {"description": f"Part {n}", "amount_minor": 1_000, "tax_class": "online"}
        for n in range(40)
    ]
    assert count_pages(print_invoice(make(reader, minor=40_000, parts=parts))) == 2


def test_a_credit_note_names_its_invoice(registered, reader):
    invoice = make(reader)
    told = RefundSettled(1, invoice.payment_id, reader.pk, 30_000, "INR", "asked")
    issue_credit_notes([told], now=NOON)
    note = get_credit_note(CreditNote.objects.get().number, reader.pk)
    with words._speaking(note.invoice):
        said = words._tell_credit_note(note)
    assert (said["title"], said["number"]) == ("Credit note", "BC/2627/0000001")
    assert ["For invoice", "BS/2627/0000001"] in said["details"]
    assert said["whole"] == ["Total", "₹300.00"]
    assert count_pages(print_credit_note(note)) == 1


def count_pages(pdf: bytes) -> int:
    return int(
        re.search(rb"/Type\s*/Pages\s*/Count\s+(\d+)|/Count\s+(\d+)", pdf).group(0).split()[-1]
    )
