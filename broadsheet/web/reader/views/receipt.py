"""One receipt, made to be printed."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from broadsheet.apps.accounts.models import Reader
from broadsheet.apps.invoicing.queries import find_invoice_of
from broadsheet.apps.payments.models import Payment
from broadsheet.apps.payments.queries import get_receipt
from broadsheet.apps.subscriptions.queries import find_paid_span
from broadsheet.web.reader.signed_in import for_readers


@for_readers
@require_safe
def receipt(request: HttpRequest, reader: Reader, payment_id: int) -> HttpResponse:
    try:
        found = get_receipt(payment_id, reader.pk)
    except Payment.DoesNotExist as error:
        raise Http404 from error
    shown = {
        "receipt": found,
        "span": find_paid_span(payment_id),
        "email": reader.user.email,
        "invoice": find_invoice_of(payment_id),
    }
    return render(request, "reader/account/receipt.html", shown)
