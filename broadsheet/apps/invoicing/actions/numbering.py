"""Numbers without a gap: a series' row is held from here to the end of the transaction."""

from __future__ import annotations

from django.db.models import F

from broadsheet.apps.invoicing.models import InvoiceSeries
from broadsheet.domain.invoice_number import write_number


def take_numbers(series: str, n: int) -> list[str]:
    """The next ``n`` numbers of a series, in one locked update. Wants a transaction open.

    A rollback gives them back, as nobody else could take any meanwhile. Raises ``SeriesFull``.
    """
    row = InvoiceSeries.objects.filter(code=series)
    if not row.update(next=F("next") + n):
        InvoiceSeries.objects.bulk_create([InvoiceSeries(code=series)], ignore_conflicts=True)
        row.update(next=F("next") + n)
    after = row.values_list("next", flat=True).get()
    return [write_number(series, number) for number in range(after - n, after)]
