"""Invoices and credit notes as PDF for print, typeset in this process, without network.

Words and figures are in the language that the reader chose, else the paper's. What people wrote is
handed to the typesetter as strings, never as markup, so it prints as it was written.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import typst
from babel import Locale
from babel.core import UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal, get_currency_precision
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from broadsheet.apps.invoicing.models import CreditNote, Invoice, Registration
from broadsheet.domain.gstin import STATES, WITHOUT_LEGISLATURE
from broadsheet.domain.tax import INDIA, Split, Treatment

FOLDER = Path(__file__).parent
INDIAN_GROUPS = "#,##,##0"
TAXED = frozenset({Treatment.WITHIN_STATE, Treatment.BETWEEN_STATES, Treatment.VAT})


def print_invoice(invoice: Invoice) -> bytes:
    """The PDF of an invoice as ``queries.get_invoice`` gives it; the same bytes each time."""
    with _speaking(invoice):
        return _typeset(_tell_invoice(invoice), invoice.issued_at.timestamp())


def print_credit_note(note: CreditNote) -> bytes:
    """The PDF of a credit note as ``queries.get_credit_note`` gives it."""
    with _speaking(note.invoice):
        return _typeset(_tell_credit_note(note), note.issued_at.timestamp())


def say_state(state: str) -> str:
    """``32`` → ``Kerala (32)``."""
    return f"{STATES[state]} ({state})"


def say_place(country: str, state: str) -> str:
    """The place of supply in words, in the language that is spoken now."""
    if state:
        return say_state(state)
    name: str | None = _locale().territories.get(country)
    return name or country


def say_taxes(treatment: str, state: str) -> tuple[str, ...]:
    """What the taxes of a treatment are called, in the order of ``Split``."""
    second = "UTGST" if state in WITHOUT_LEGISLATURE else "SGST"
    named = {
        Treatment.WITHIN_STATE: ("CGST", second),
        Treatment.BETWEEN_STATES: ("IGST",),
        Treatment.VAT: (_("VAT"),),
    }
    return named.get(Treatment(treatment), ())


def list_taxes(treatment: str, split: Split) -> tuple[int, ...]:
    """The amounts that belong to ``say_taxes``."""
    amounts = {
        Treatment.WITHIN_STATE: (split.cgst, split.sgst),
        Treatment.BETWEEN_STATES: (split.igst,),
        Treatment.VAT: (split.vat,),
    }
    return amounts.get(Treatment(treatment), ())


def _typeset(facts: dict[str, Any], at: float) -> bytes:
    """As PDF/A where our own fonts have every letter, else plain, with the fonts of the host too."""
    said = {"facts": json.dumps(facts, ensure_ascii=False)}
    try:
        printed = typst.compile(
            _template(),
            font_paths=_fonts(),
            sys_inputs=said,
            pdf_standards="a-2b",
            timestamp=int(at),
        )
    except typst.TypstError:
        printed = typst.compile(
            _template(),
            font_paths=_fonts(of_host=True),
            sys_inputs=said,
            pdf_standards="1.7",
            timestamp=int(at),
        )
    return bytes(printed)


@cache
def _fonts(*, of_host: bool = False) -> typst.Fonts:
    return typst.Fonts(
        include_system_fonts=of_host,
        include_embedded_fonts=False,
        font_paths=[str(FOLDER / "fonts")],
    )


@cache
def _template() -> bytes:
    return (FOLDER / "document.typ").read_bytes()


def _tell_invoice(invoice: Invoice) -> dict[str, Any]:
    taxed = Treatment(invoice.treatment) in TAXED
    title = _("Tax invoice") if taxed else _("Invoice")
    details = [(pgettext("invoice", "Date"), _day(invoice.issued_on))]
    if invoice.seller.tax_number:
        place = say_place(invoice.country, invoice.state)
        details.append((_("Place of supply"), place))
    if invoice.seller.country == INDIA and taxed:
        details.append((_("Reverse charge"), pgettext("invoice", "No")))
    details.append((_("Receipt"), invoice.payment.number or ""))
    lines = [
        (line.description, line.code, line.rate_bp, line.split) for line in invoice.lines.all()
    ]
    return {
        **_frame(invoice, title, invoice.number, details),
        **_figures(invoice, lines, invoice.split),
        "notes": _notes(invoice),
    }


def _tell_credit_note(note: CreditNote) -> dict[str, Any]:
    invoice = note.invoice
    details = [
        (pgettext("invoice", "Date"), _day(note.issued_on)),
        (_("For invoice"), invoice.number),
        (pgettext("invoice", "Of"), _day(invoice.issued_on)),
    ]
    if invoice.seller.tax_number:
        details.append((_("Place of supply"), say_place(invoice.country, invoice.state)))
    lines = [
        (
            line.invoice_line.description,
            line.invoice_line.code,
            line.invoice_line.rate_bp,
            line.split,
        )
        for line in note.lines.all()
    ]
    said = _("This note takes the invoice named above back, for the amount shown.")
    return {
        **_frame(invoice, _("Credit note"), note.number, details),
        **_figures(invoice, lines, note.split),
        "notes": [said],
    }


def _frame(
    invoice: Invoice, title: str, number: str, details: Sequence[tuple[str, str]]
) -> dict[str, Any]:
    """All but the figures."""
    buyer = invoice.buyer
    lines = [buyer.address] if buyer and buyer.address else []
    if invoice.seller.tax_number and (buyer is not None or invoice.country != INDIA):
        country = _locale().territories.get(invoice.country) or invoice.country
        lines.append(", ".join(filter(None, [STATES.get(invoice.state, ""), country])))
    if buyer and buyer.gstin:
        lines.append(f"GSTIN {buyer.gstin}")
    if invoice.reader.user.email != invoice.buyer_name:
        lines.append(invoice.reader.user.email)
    return {
        "language": _locale().language,
        "nameplate": settings.PAPER.name,
        "title": title,
        "number": number,
        "seller": _tell_seller(invoice.seller),
        "to": {"label": pgettext("invoice", "To"), "name": invoice.buyer_name, "lines": lines},
        "details": [list(pair) for pair in details],
        "foot": _("Made out by computer; valid without a signature.")
        + f"  {settings.PAPER.help_mail}",
    }


def _tell_seller(seller: Registration) -> list[str]:
    lines = [seller.legal_name, seller.legal_address]
    if seller.tax_number:
        lines.append(
            ("GSTIN" if seller.country == INDIA else _("VAT number")) + f" {seller.tax_number}"
        )
    if seller.state:
        lines.append(say_state(seller.state))
    return [line for line in lines if line]


def _figures(
    invoice: Invoice, lines: Sequence[tuple[str, str, int, Split]], whole: Split
) -> dict[str, Any]:
    """The table and what it sums to."""
    taxes = say_taxes(invoice.treatment, invoice.state)
    coded = any(code for _description, code, _rate, _split in lines)
    columns = [pgettext("invoice", "For")]
    columns += [_("SAC or HSN")] if coded else []
    columns += [pgettext("invoice", "Rate"), _("Taxable value"), *taxes] if taxes else []
    columns.append(pgettext("invoice", "Amount"))
    rows = []
    for description, code, rate_bp, split in lines:
        row = [description]
        row += [code] if coded else []
        if taxes:
            parts = (split.taxable, *list_taxes(invoice.treatment, split))
            row += [_per_cent(rate_bp), *(_figure(part, invoice.currency) for part in parts)]
        rows.append([*row, _figure(split.total, invoice.currency)])
    totals = []
    if taxes:
        rates = {rate_bp for _description, _code, rate_bp, split in lines if split.tax}
        amounts = zip(_with_rates(taxes, rates), list_taxes(invoice.treatment, whole), strict=True)
        totals = [[_("Taxable value"), _money(whole.taxable, invoice.currency)]]
        totals += [[name, _money(minor, invoice.currency)] for name, minor in amounts]
    return {
        "columns": columns,
        "rows": rows,
        "totals": totals,
        "whole": [pgettext("invoice", "Total"), _money(whole.total, invoice.currency)],
    }


def _with_rates(taxes: Sequence[str], rates: set[int]) -> list[str]:
    """``CGST 9 %`` where one rate is charged, the names alone where several are."""
    if len(rates) != 1:
        return list(taxes)
    (rate_bp,) = rates
    share = Decimal(rate_bp) / len(taxes)
    return [f"{tax} {_per_cent(share)}" for tax in taxes]


def _notes(invoice: Invoice) -> list[str]:
    payment = invoice.payment
    day = _day(payment.settled_at.astimezone(settings.PAPER.zone).date())
    if payment.paid_with:
        paid = _("Paid on %(day)s with %(means)s. Nothing is owed.")
        notes = [paid % {"day": day, "means": payment.paid_with}]
    else:
        notes = [_("Paid on %(day)s. Nothing is owed.") % {"day": day}]
    if invoice.treatment == Treatment.EXPORT and invoice.seller.country == INDIA:
        notes.append(
            _(
                "Supply meant for export under bond or letter of undertaking without payment of "
                "integrated tax."
            )
        )
    return notes


def _speaking(invoice: Invoice) -> translation.override:
    chosen = invoice.buyer.language if invoice.buyer else ""
    return translation.override(chosen or _language_of_paper())


def _language_of_paper() -> str:
    """The language among ours that the paper's locale names, else the usual one."""
    spoken = Locale.parse(settings.PAPER.locale).language
    offered = (code for code, _name in settings.LANGUAGES if code.partition("-")[0] == spoken)
    return next(offered, settings.LANGUAGE_CODE)


def _locale() -> Locale:
    """The paper's locale if that is the language spoken now, else that language as in its country."""
    paper = Locale.parse(settings.PAPER.locale)
    spoken = (translation.get_language() or settings.LANGUAGE_CODE).partition("-")[0]
    if paper.language == spoken:
        return paper
    try:
        return Locale.parse(f"{spoken}_{paper.territory}")
    except UnknownLocaleError:
        return Locale.parse(spoken)


def _day(day: date) -> str:
    style = "d MMMM y" if _locale().language in {"en", "hi"} else "long"
    written: str = format_date(day, style, locale=_locale())
    return written


def _per_cent(rate_bp: int | Decimal) -> str:
    per_cent = Decimal(rate_bp) / 100
    return f"{format_decimal(per_cent, locale=_locale())}\u202f%"


def _figure(minor: int, currency: str) -> str:
    """``76272`` → ``762.72``, grouped by lakh and crore where the rupee is counted."""
    places = get_currency_precision(currency)
    written: str = format_decimal(
        Decimal(minor).scaleb(-places), format=_groups(currency, places), locale=_locale()
    )
    return written


def _money(minor: int, currency: str) -> str:
    places = get_currency_precision(currency)
    pattern = "¤" + _groups(currency, places) if currency == "INR" else None
    written: str = format_currency(
        Decimal(minor).scaleb(-places), currency, format=pattern, locale=_locale()
    )
    return written


def _groups(currency: str, places: int) -> str:
    groups = INDIAN_GROUPS if currency == "INR" else "#,##0"
    return groups + ("." + "0" * places if places else "")
