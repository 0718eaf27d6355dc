"""``python -m tests.factories.invoice_clerk …``: a clerk in a process of its own.

``prepare MANY``: a reader and as many payments. ``issue FIRST LAST SEED``: makes out their invoices
one by one, undoing about every third at random before it stands. ``tell``: what stands.
"""

from __future__ import annotations

import json
import os
import random
import sys

import django


def prepare(many: str) -> object:
    from tests.factories.sale import make_reader
    from tests.factories.seller import lay_down_rates, settle

    lay_down_rates()
    reader = make_reader()
    return [settle(reader).pk for _ in range(int(many))]


def issue(first: str, last: str, seed: str) -> object:
    from broadsheet.apps.payments.models import Payment

    chance = random.Random(int(seed))
    undone = 0
    for payment in Payment.objects.filter(pk__range=(int(first), int(last))).order_by("pk"):
        while not _issue(payment, undo=chance.random() < 0.3):
            undone += 1
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
        # SQLite has one writer, who may be kept waiting too long.
        return False
    return not undo


def tell() -> object:
    from broadsheet.apps.invoicing.models import Invoice, InvoiceSeries
    from broadsheet.apps.invoicing.queries import check_invoices
    from tests.factories.seller import NOON

    return {
        "numbers": list(Invoice.objects.order_by("number").values_list("number", flat=True)),
        "next": InvoiceSeries.objects.get().next,
        "broken": [found.name for found in check_invoices(NOON) if not found.ok],
    }


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "broadsheet.settings")
    django.setup()
    verb, *words = sys.argv[1:]
    print(json.dumps({"prepare": prepare, "issue": issue, "tell": tell}[verb](*words)))
