"""``python -m tests.factories.invoice_clerk WRITERS EACH``: many clerks at one database of their own.

Each writer has its own connection and makes out the invoices of its payments one by one, undoing
about every third at random before it stands. Prints what stands in the end.
"""

from __future__ import annotations

import json
import os
import random
import sys
from concurrent.futures import ThreadPoolExecutor

import django


def write_at_once(writers: int, each: int) -> dict[str, object]:
    from django.core.management import call_command

    from broadsheet.apps.invoicing.models import Invoice, InvoiceSeries
    from broadsheet.apps.invoicing.queries import check_invoices
    from tests.factories.sale import make_reader
    from tests.factories.seller import NOON, lay_down_rates, settle

    call_command("migrate", interactive=False, verbosity=0)
    lay_down_rates()
    reader = make_reader()
    payments = [settle(reader) for _ in range(writers * each)]
    shares = [payments[n * each : (n + 1) * each] for n in range(writers)]
    with ThreadPoolExecutor(writers) as pool:
        undone = list(pool.map(_issue_all, shares, range(writers)))
    return {
        "undone": undone,
        "numbers": list(Invoice.objects.order_by("number").values_list("number", flat=True)),
        "next": InvoiceSeries.objects.get().next,
        "broken": [found.name for found in check_invoices(NOON) if not found.ok],
    }


def _issue_all(payments: list[object], seed: int) -> int:
    from django.db import connections

    chance = random.Random(seed)
    undone = 0
    try:
        for payment in payments:
            while not _issue(payment, undo=chance.random() < 0.3):
                undone += 1
    finally:
        connections.close_all()
    return undone


def _issue(payment: object, *, undo: bool) -> bool:
    from django.db import OperationalError, transaction

    from broadsheet.apps.invoicing.actions import issue_invoices
    from broadsheet.apps.payments.events import PaymentSettled
    from tests.factories.seller import NOON

    event = PaymentSettled(payment.pk, payment.order_id, payment.reader_id, None)
    try:
        with transaction.atomic():
            issue_invoices([event], now=NOON)
            transaction.set_rollback(undo)
    except OperationalError:
        # SQLite has one writer at a time, and one that waits too long is sent away.
        return False
    return not undo


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "broadsheet.settings")
    django.setup()
    print(json.dumps(write_at_once(*map(int, sys.argv[1:]))))
