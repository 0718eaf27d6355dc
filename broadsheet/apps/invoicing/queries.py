"""What is asked of invoicing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, F, QuerySet, Sum
from django.db.models.functions import Coalesce

from broadsheet.apps.invoicing.models import (
    BillingDetails,
    CreditNote,
    HeldInvoice,
    Invoice,
    InvoiceLine,
    InvoiceSeries,
    TaxRateRow,
)
from broadsheet.apps.invoicing.models.document import PARTS
from broadsheet.apps.payments.models import LedgerEntry, Payment
from broadsheet.apps.payments.queries import Invariant
from broadsheet.domain.billing_calendar import local_day
from broadsheet.domain.money import Money
from broadsheet.domain.tax import INDIA, USUAL_CLASS, TaxRate, find_rate

ACCOUNTS = {
    "cgst_minor": "gst_cgst",
    "sgst_minor": "gst_sgst",
    "igst_minor": "gst_igst",
    "vat_minor": "vat",
}
"""Part of an invoice → account of the ledger."""


@dataclass(frozen=True, slots=True)
class InvoiceEntry:
    """One line of a reader's list of invoices."""

    number: str
    issued_on: date
    total: Money
    credited: Money
    payment_id: int


def asks_for_place() -> bool:
    """Whether a sale needs to know where the reader is: the seller is registered for tax."""
    return bool(settings.PAPER.tax_number)


def asks_for_state() -> bool:
    """Whether that means a State, and whether a reader may want a GSTIN on the invoice."""
    return asks_for_place() and settings.PAPER.legal_country == INDIA


def find_billing_details(reader_id: int) -> BillingDetails | None:
    """What a reader said last of themselves for invoices."""
    return BillingDetails.objects.filter(reader_id=reader_id, superseded_at=None).first()


def list_tax_rates() -> list[TaxRate]:
    """Every rate, past, standing and to come, by country and class, the latest first."""
    return [row.as_tax_rate() for row in TaxRateRow.objects.all()]


def has_usual_rate(now: datetime) -> bool:
    """Whether what the paper sells by itself is taxed at a rate that somebody laid down."""
    paper = settings.PAPER
    day = local_day(now, paper.zone)
    return find_rate(list_tax_rates(), paper.legal_country, USUAL_CLASS, day) is not None


def list_invoices(reader_id: int) -> list[InvoiceEntry]:
    """A reader's invoices, newest first."""
    rows = Invoice.objects.filter(reader_id=reader_id).order_by("-id")
    credited = Coalesce(Sum("credit_notes__total_minor"), 0)
    return [
        InvoiceEntry(
            number=row.number,
            issued_on=row.issued_on,
            total=Money(row.total_minor, row.currency),
            credited=Money(row.credited_minor, row.currency),
            payment_id=row.payment_id,
        )
        for row in rows.annotate(credited_minor=credited)
    ]


def get_invoice(number: str, reader_id: int | None = None) -> Invoice:
    """An invoice with its seller, buyer and lines; of this reader alone if one is named.

    Raises ``Invoice.DoesNotExist``.
    """
    rows = _whole_invoices()
    if reader_id is not None:
        rows = rows.filter(reader_id=reader_id)
    return rows.get(number=number)


def find_invoice_of(payment_id: int) -> Invoice | None:
    return Invoice.objects.filter(payment_id=payment_id).first()


def get_credit_note(number: str, reader_id: int | None = None) -> CreditNote:
    """A credit note with its lines; of this reader alone if one is named.

    Raises ``CreditNote.DoesNotExist``.
    """
    rows = CreditNote.objects.select_related(
        "invoice__seller", "invoice__buyer", "invoice__payment"
    ).prefetch_related("lines__invoice_line")
    if reader_id is not None:
        rows = rows.filter(invoice__reader_id=reader_id)
    return rows.get(number=number)


def list_credit_notes(invoice_id: int) -> list[CreditNote]:
    """What takes an invoice back, in the order it was issued."""
    return list(CreditNote.objects.filter(invoice_id=invoice_id).order_by("id"))


def list_held(limit: int = 1000) -> list[HeldInvoice]:
    """Payments that wait for an invoice, the oldest first."""
    return list(HeldInvoice.objects.select_related("payment").order_by("id")[:limit])


def check_invoices(now: datetime) -> tuple[Invariant, ...]:
    """The invariants of invoices and credit notes (billing.md §5, I8), as SQL over all of them."""
    del now
    return (
        _count("I8 invoice and credit note numbers have no gap", _gaps()),
        _count("each payment has an invoice of its own amount", _unlike_payment()),
        _count("the lines of each document sum to it", _unlike_lines()),
        _count("no invoice is credited beyond its amount", _overcredited()),
        _count("tax in the ledger is what invoices and credit notes say", _unlike_ledger()),
    )


def _whole_invoices() -> QuerySet[Invoice]:
    return Invoice.objects.select_related("seller", "buyer", "payment").prefetch_related("lines")


def _count(name: str, wrong: int) -> Invariant:
    return Invariant(name, wrong == 0, "holds" if wrong == 0 else f"{wrong} do not")


def _gaps() -> int:
    wrong = counted = 0
    for series in InvoiceSeries.objects.all():
        begins = f"{series.code}/"
        invoices = Invoice.objects.filter(number__startswith=begins)
        notes = CreditNote.objects.filter(number__startswith=begins)
        numbers = invoices.count() + notes.count()
        last = f"{begins}{series.next - 1:07d}"
        has_last = invoices.filter(number=last).exists() or notes.filter(number=last).exists()
        wrong += numbers != series.next - 1
        wrong += series.next > 1 and not has_last
        counted += numbers
    return wrong + (counted != Invoice.objects.count() + CreditNote.objects.count())


def _unlike_payment() -> int:
    unlike = Invoice.objects.exclude(
        total_minor=F("payment__amount_minor"), currency=F("payment__currency")
    )
    first = Invoice.objects.order_by("payment_id").values_list("payment_id", flat=True).first()
    held = HeldInvoice.objects.count()
    if first is None:
        return held
    # What was settled before the paper issued invoices has none.
    without = Payment.objects.filter(pk__gt=first, parked_at=None, invoice=None, held_invoice=None)
    return unlike.count() + without.count() + held


def _unlike_lines() -> int:
    return _differ(Invoice.objects.all()) + _differ(CreditNote.objects.all())


def _differ(documents: QuerySet[Any]) -> int:
    sums = {f"lines_{part}": Coalesce(Sum(f"lines__{part}"), 0) for part in PARTS}
    same = {f"lines_{part}": F(part) for part in PARTS}
    unlike: int = documents.annotate(**sums).exclude(**same).count()
    return unlike


def _overcredited() -> int:
    credited = InvoiceLine.objects.annotate(back=Coalesce(Sum("credit_note_lines__total_minor"), 0))
    return credited.filter(back__gt=F("total_minor")).count()


def _unlike_ledger() -> int:
    """By account and currency: what is owed in the ledger against what the documents say."""
    owed: dict[tuple[str, str], int] = {}
    for rows, sign in ((Invoice.objects.all(), 1), (CreditNote.objects.all(), -1)):
        sums = rows.values("currency").annotate(
            many=Count("pk"), **{f"sum_{part}": Sum(part) for part in ACCOUNTS}
        )
        for row in sums:
            for part, account in ACCOUNTS.items():
                name = (account, row["currency"])
                owed[name] = owed.get(name, 0) + sign * row[f"sum_{part}"]
    booked = LedgerEntry.objects.filter(account__in=ACCOUNTS.values())
    for row in booked.values("account", "currency").annotate(total=Sum("amount_minor")):
        name = (row["account"], row["currency"])
        owed[name] = owed.get(name, 0) + row["total"]
    return sum(1 for difference in owed.values() if difference)
