"""A newspaper with many subscribers, made and read by a process of its own.

``python -m tests.factories.many_readers prepare N`` or ``… tell``; the newspaper stands in
``BROADSHEET_HOME``, the bank at ``BROADSHEET_BANK_URL``. The answer is one line of JSON.
"""

from __future__ import annotations

import json
import sys

import django
import httpx
from django.conf import settings
from django.core.management import call_command

django.setup()

from broadsheet.apps.payments.actions.reap_charges import check_charge  # noqa: E402
from broadsheet.apps.payments.gateways import open_gateway  # noqa: E402
from broadsheet.apps.payments.models import Charge, LedgerEntry, Payment  # noqa: E402
from broadsheet.apps.payments.queries import check_ledger  # noqa: E402
from broadsheet.apps.subscriptions.actions.start_subscription import check_out  # noqa: E402
from broadsheet.apps.subscriptions.models import Subscription, Term  # noqa: E402
from broadsheet.apps.subscriptions.queries import check_terms  # noqa: E402
from broadsheet.domain.money import Money  # noqa: E402
from broadsheet.plumbing.clock import now  # noqa: E402
from tests.factories.sale import lay_out_plans, make_reader  # noqa: E402


def prepare(many: int) -> object:
    """So many readers, each with a paid first term; the day on which it ends."""
    call_command("migrate", interactive=False, verbosity=0)
    lay_out_plans()
    for n in range(many):
        _subscribe(n)
    return Subscription.objects.latest("pk").ends_on


def _subscribe(n: int) -> None:
    standing = check_out(
        reader_id=make_reader(f"reader{n}@example.org").pk,
        plan_code="smart-quarterly",
        shown=Money(90_000, "INR"),
        gateway=open_gateway("test"),
        return_url_of=lambda uid: f"/subscribe/checkout/{uid}/",
        continue_to="",
        now=now(),
    )
    httpx.post(settings.PLANT.bank_url + standing.url, data={"choice": "approve"})
    charge = Charge.objects.latest("pk")
    check_charge(charge_id=charge.pk, open_gateway=open_gateway, now=now(), heard_by="return")


def tell() -> object:
    found = (*check_ledger(now()), *check_terms(now()))
    return {
        "terms": Term.objects.filter(state="paid").count(),
        "payments": Payment.objects.count(),
        "charges": Charge.objects.count(),
        "ledger": sum(LedgerEntry.objects.values_list("amount_minor", flat=True)),
        "broken": [one.name for one in found if not one.ok],
        "states": sorted(set(Subscription.objects.values_list("state", "seq"))),
    }


if __name__ == "__main__":
    answer = prepare(int(sys.argv[2])) if sys.argv[1] == "prepare" else tell()
    print(json.dumps(answer, default=str))
