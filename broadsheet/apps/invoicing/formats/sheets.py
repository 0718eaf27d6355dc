"""Invoices as CSV: one row an invoice line for the accountant, and two sheets of the GST offline tool.

The headers of ``gst-b2b`` and ``gst-b2cs`` are those of the tool's sheets of the same names. Credit
notes take away from ``gst-b2cs`` as the return asks; for ``gst-b2b`` the tool has a sheet of its own,
which is not written here. A cell that a spreadsheet would take for a formula begins with an
apostrophe.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TextIO

from babel.numbers import get_currency_precision
from django.db.models import Q, QuerySet, Sum

from broadsheet.apps.invoicing.models import CreditNoteLine, InvoiceLine
from broadsheet.apps.invoicing.models.document import PARTS
from broadsheet.domain.gstin import STATES
from broadsheet.domain.tax import Treatment

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")
AT_ONCE = 2000
LARGE_MINOR = 100_000_00
"""Above this a sale to another State without GSTIN has a sheet of its own, b2cl (from August 2024)."""

ACCOUNTANT = (
    "document", "number", "date", "for_invoice", "payment", "gateway_reference", "buyer", "gstin",
    "country", "state", "treatment", "description", "tax_class", "sac_or_hsn", "rate", "currency",
    "taxable", "cgst", "sgst", "igst", "vat", "total",
)  # fmt: skip
B2B = (
    "GSTIN/UIN of Recipient", "Receiver Name", "Invoice Number", "Invoice date", "Invoice Value",
    "Place Of Supply", "Reverse Charge", "Applicable % of Tax Rate", "Invoice Type",
    "E-Commerce GSTIN", "Rate", "Taxable Value", "Cess Amount",
)  # fmt: skip
B2CS = (
    "Type", "Place Of Supply", "Applicable % of Tax Rate", "Rate", "Taxable Value", "Cess Amount",
    "E-Commerce GSTIN",
)  # fmt: skip
_INDIAN = (Treatment.WITHIN_STATE.value, Treatment.BETWEEN_STATES.value)


@dataclass(frozen=True, slots=True)
class Sheet:
    """What one format holds, and what of the same days it leaves to another sheet or person."""

    headers: tuple[str, ...]
    list_rows: Callable[[date, date], Iterator[tuple[Any, ...]]]
    count_left_out: Callable[[date, date], int]


def write_sheet(name: str, since: date, until: date, out: TextIO) -> tuple[int, int]:
    """Write documents issued from ``since`` on, without ``until``; rows written, documents left out.

    Raises ``KeyError`` for a format that there is not.
    """
    sheet = SHEETS[name]
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(sheet.headers)
    written = 0
    for row in sheet.list_rows(since, until):
        writer.writerow([_tame(cell) for cell in row])
        written += 1
    return written, sheet.count_left_out(since, until)


def _tame(cell: Any) -> Any:
    """A word that a spreadsheet would reckon with, made a word again; figures are left alone."""
    if isinstance(cell, str) and cell.startswith(DANGEROUS):
        return f"'{cell}"
    return cell


def _invoice_lines(since: date, until: date) -> QuerySet[InvoiceLine]:
    days = Q(invoice__issued_on__gte=since, invoice__issued_on__lt=until)
    rows = InvoiceLine.objects.filter(days).order_by("invoice_id", "position")
    return rows.select_related("invoice__buyer", "invoice__payment__charge")


def _note_lines(since: date, until: date) -> QuerySet[CreditNoteLine]:
    days = Q(credit_note__issued_on__gte=since, credit_note__issued_on__lt=until)
    rows = CreditNoteLine.objects.filter(days).order_by("credit_note_id", "invoice_line_id")
    return rows.select_related(
        "credit_note", "invoice_line__invoice__buyer", "invoice_line__invoice__payment__charge"
    )


def _list_accountant(since: date, until: date) -> Iterator[tuple[Any, ...]]:
    for line in _invoice_lines(since, until).iterator(AT_ONCE):
        issued = line.invoice
        heads = ("invoice", issued.number, issued.issued_on.isoformat(), "")
        yield (*heads, *_middle(line), *_amounts(line, issued.currency, 1))
    for back in _note_lines(since, until).iterator(AT_ONCE):
        note, line = back.credit_note, back.invoice_line
        heads = ("credit note", note.number, note.issued_on.isoformat(), line.invoice.number)
        yield (*heads, *_middle(line), *_amounts(back, note.currency, -1))


def _middle(line: InvoiceLine) -> tuple[Any, ...]:
    issued = line.invoice
    return (
        issued.payment.number,
        issued.payment.charge.gateway_reference,
        issued.buyer_name,
        issued.buyer.gstin if issued.buyer else "",
        issued.country,
        STATES.get(issued.state, ""),
        issued.treatment,
        line.description,
        line.tax_class,
        line.code,
        _rate(line.rate_bp),
        issued.currency,
    )


def _amounts(row: InvoiceLine | CreditNoteLine, currency: str, sign: int) -> tuple[Decimal, ...]:
    minors = (*(getattr(row, part) for part in PARTS), row.total_minor)
    return tuple(_major(sign * minor, currency) for minor in minors)


def _list_b2b(since: date, until: date) -> Iterator[tuple[Any, ...]]:
    """One row an invoice and rate, as the tool's sheet has it."""
    sums = (
        _taxed(since, until)
        .exclude(invoice__buyer__gstin="")
        .filter(invoice__buyer__isnull=False)
        .values_list(
            *("invoice__buyer__gstin", "invoice__buyer_name", "invoice__number"),
            *("invoice__issued_on", "invoice__total_minor", "invoice__state", "rate_bp"),
        )
        .annotate(taxable=Sum("taxable_minor"))
        .order_by("invoice__number", "rate_bp")
    )
    for gstin, name, number, day, total, state, rate_bp, taxable in sums.iterator(AT_ONCE):
        yield (
            *(
                gstin,
                name,
                number,
                day.strftime("%d-") + MONTHS[day.month - 1] + day.strftime("-%Y"),
            ),
            *(_major(total, "INR"), f"{state}-{STATES[state]}", "N", "", "Regular B2B", ""),
            *(_rate(rate_bp), _major(taxable, "INR"), ""),
        )


def _list_b2cs(since: date, until: date) -> Iterator[tuple[Any, ...]]:
    """One row a State and rate: what was sold to readers without GSTIN, less what was taken back."""
    sold = _small(_taxed(since, until), "invoice__").values_list("invoice__state", "rate_bp")
    back = _small(
        CreditNoteLine.objects.filter(
            credit_note__issued_on__gte=since,
            credit_note__issued_on__lt=until,
            invoice_line__invoice__treatment__in=_INDIAN,
            invoice_line__rate_bp__gt=0,
            credit_note__currency="INR",
        ),
        "invoice_line__invoice__",
    ).values_list("invoice_line__invoice__state", "invoice_line__rate_bp")
    sums: dict[tuple[str, int], int] = {}
    for rows, sign in ((sold, 1), (back, -1)):
        for state, rate_bp, taxable in rows.annotate(taxable=Sum("taxable_minor")):
            sums[state, rate_bp] = sums.get((state, rate_bp), 0) + sign * taxable
    for (state, rate_bp), taxable in sorted(sums.items()):
        place = f"{state}-{STATES[state]}"
        yield ("OE", place, "", _rate(rate_bp), _major(taxable, "INR"), "", "")


def _taxed(since: date, until: date) -> QuerySet[InvoiceLine]:
    """Lines that carry GST; what is nil-rated stands in another sheet."""
    return InvoiceLine.objects.filter(
        invoice__issued_on__gte=since,
        invoice__issued_on__lt=until,
        invoice__treatment__in=_INDIAN,
        invoice__currency="INR",
        rate_bp__gt=0,
    )


def _small(rows: QuerySet[Any], invoice: str) -> QuerySet[Any]:
    """Sold to readers without GSTIN, and not so large that it is a case of b2cl."""
    unregistered = Q(**{f"{invoice}buyer": None}) | Q(**{f"{invoice}buyer__gstin": ""})
    return rows.filter(unregistered).exclude(_is_large(invoice))


def _is_large(invoice: str) -> Q:
    between = {f"{invoice}treatment": Treatment.BETWEEN_STATES.value}
    return Q(**between, **{f"{invoice}total_minor__gt": LARGE_MINOR})


def _count_none(since: date, until: date) -> int:
    return 0


def _count_not_b2b(since: date, until: date) -> int:
    """Credit notes to companies, which belong in the sheet cdnr."""
    notes = CreditNoteLine.objects.filter(
        credit_note__issued_on__gte=since,
        credit_note__issued_on__lt=until,
        invoice_line__invoice__treatment__in=_INDIAN,
        invoice_line__invoice__buyer__isnull=False,
    ).exclude(invoice_line__invoice__buyer__gstin="")
    return notes.values("credit_note_id").distinct().count()


def _count_not_b2cs(since: date, until: date) -> int:
    """Invoices to readers without GSTIN that are so large that they belong in b2cl."""
    unregistered = Q(invoice__buyer=None) | Q(invoice__buyer__gstin="")
    large = _taxed(since, until).filter(unregistered).filter(_is_large("invoice__"))
    return large.values("invoice_id").distinct().count()


def _rate(rate_bp: int) -> Decimal:
    return Decimal(rate_bp).scaleb(-2)


def _major(minor: int, currency: str) -> Decimal:
    return Decimal(minor).scaleb(-get_currency_precision(currency))


MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SHEETS: Mapping[str, Sheet] = {
    "accountant": Sheet(ACCOUNTANT, _list_accountant, _count_none),
    "gst-b2b": Sheet(B2B, _list_b2b, _count_not_b2b),
    "gst-b2cs": Sheet(B2CS, _list_b2cs, _count_not_b2cs),
}
FORMATS: Iterable[str] = tuple(SHEETS)
