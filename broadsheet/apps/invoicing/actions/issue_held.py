"""Make out what was held, once it is known what it is taxed at."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from broadsheet.apps.invoicing.actions.issue_credit_notes import issue_credit_notes
from broadsheet.apps.invoicing.actions.issue_invoices import issue_for
from broadsheet.apps.invoicing.models import HeldInvoice
from broadsheet.apps.payments.events import RefundSettled
from broadsheet.apps.payments.models import Refund
from broadsheet.domain.refund import RefundState


@transaction.atomic
def issue_held_invoices(*, now: datetime, limit: int = 1000) -> int:
    """Make out the oldest held invoices, and credit what went back meanwhile; how many."""
    held = HeldInvoice.objects.select_for_update().order_by("pk")[:limit]
    ids = list(held.values_list("payment_id", flat=True))
    HeldInvoice.objects.filter(payment_id__in=ids).delete()
    issued = issue_for(ids, now=now)
    given = Refund.objects.filter(payment_id__in=ids, state=RefundState.SUCCEEDED).order_by("pk")
    issue_credit_notes(
        [
            RefundSettled(
                refund_id=refund.pk,
                payment_id=refund.payment_id or 0,
                reader_id=refund.charge.order.reader_id,
                amount_minor=refund.amount_minor,
                currency=refund.currency,
                reason=refund.reason,
            )
            for refund in given.select_related("charge__order")
        ],
        now=now,
    )
    return issued
