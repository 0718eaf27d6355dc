"""A reader's own invoices and credit notes; anybody else's are not found."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from broadsheet.apps.accounts.models import Reader
from broadsheet.apps.invoicing.formats import print_credit_note, print_invoice
from broadsheet.apps.invoicing.formats.printing import list_taxes, say_place, say_taxes
from broadsheet.apps.invoicing.models import CreditNote, Invoice
from broadsheet.apps.invoicing.queries import (
    get_credit_note,
    get_invoice,
    list_credit_notes,
    list_invoices,
)
from broadsheet.domain.money import Money
from broadsheet.web.reader.billing import BillingForm, find_initial, save_billing
from broadsheet.web.reader.signed_in import for_readers


class NumberConverter:
    """The number of a document as it stands in an address, strokes and all."""

    regex = "[A-Za-z0-9-]{1,3}(?:/[0-9]{1,10}){2}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


@for_readers
@require_safe
def invoices(request: HttpRequest, reader: Reader) -> HttpResponse:
    """Every invoice, newest first."""
    shown = {"invoices": list_invoices(reader.pk)}
    return render(request, "reader/account/invoices.html", shown)


@for_readers
@require_safe
def invoice(request: HttpRequest, reader: Reader, number: str) -> HttpResponse:
    """One invoice, and the credit notes that take it back."""
    try:
        found = get_invoice(number, reader.pk)
    except Invoice.DoesNotExist as error:
        raise Http404 from error
    return render(request, "reader/account/invoice.html", _tell(found))


@for_readers
@require_safe
def invoice_pdf(request: HttpRequest, reader: Reader, number: str) -> HttpResponse:
    """An invoice or a credit note for print."""
    try:
        printed = print_invoice(get_invoice(number, reader.pk))
    except Invoice.DoesNotExist:
        try:
            printed = print_credit_note(get_credit_note(number, reader.pk))
        except CreditNote.DoesNotExist as error:
            raise Http404 from error
    response = HttpResponse(printed, content_type="application/pdf")
    name = number.replace("/", "-")
    response["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    return response


@for_readers
@require_http_methods(["GET", "HEAD", "POST"])
def billing(request: HttpRequest, reader: Reader) -> HttpResponse:
    """Whom invoices are made out to, from the next one on."""
    form: BillingForm | None = BillingForm(initial=find_initial(reader))
    if request.method == "POST":
        form = save_billing(request, reader)
        if form is None:
            messages.success(request, _("Kept. The next invoice says so."))
            response = redirect("reader:invoices")
            response.status_code = 303
            return response
    return render(request, "reader/account/billing.html", {"billing": form})


def _tell(found: Invoice) -> dict[str, Any]:
    names = say_taxes(found.treatment, found.state)
    amounts = list_taxes(found.treatment, found.split)
    return {
        "invoice": found,
        "total": Money(found.total_minor, found.currency),
        "place": say_place(found.country, found.state),
        "lines": [
            {
                "description": line.description,
                "code": line.code,
                "taxable": Money(line.taxable_minor, found.currency),
            }
            for line in found.lines.all()
        ],
        "taxes": [
            (name, Money(minor, found.currency)) for name, minor in zip(names, amounts, strict=True)
        ],
        "notes": [
            {
                "number": note.number,
                "issued_on": note.issued_on,
                "amount": Money(note.total_minor, note.currency),
            }
            for note in list_credit_notes(found.pk)
        ],
    }
