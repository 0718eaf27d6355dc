"""A crowd of subscribers whose term ends on one day, and a runner that renews them: one process each.

``python -m broadsheet.bench.crowd lay N``, ``… run BATCH`` and ``… check``, in the newspaper that
``BROADSHEET_HOME`` and ``BROADSHEET_DATABASE_URL`` name. The last line is one JSON object.
"""

from __future__ import annotations

import json
import resource
import sys
import time
import uuid
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

import django
from django.core.management import call_command
from django.db import connection, transaction

django.setup()

from broadsheet.apps.accounts.models import Reader, User  # noqa: E402
from broadsheet.apps.benefits.actions import Given, grant_entitlements, put_benefit  # noqa: E402
from broadsheet.apps.payments.gateways.contract import (  # noqa: E402
    Capabilities,
    ChargeRequest,
    GatewayState,
    Idempotency,
)
from broadsheet.apps.payments.models import Mandate  # noqa: E402
from broadsheet.apps.payments.queries import check_ledger  # noqa: E402
from broadsheet.apps.plans.actions import put_plan, set_price  # noqa: E402
from broadsheet.apps.plans.models import Price  # noqa: E402
from broadsheet.apps.subscriptions.actions import renew_terms  # noqa: E402
from broadsheet.apps.subscriptions.models import Subscription, Term  # noqa: E402
from broadsheet.apps.subscriptions.queries import check_terms  # noqa: E402
from broadsheet.domain.billing_calendar import (  # noqa: E402
    TermLength,
    TermUnit,
    add_months,
    day_begins,
)
from broadsheet.domain.charge import ChargeOutcome  # noqa: E402
from broadsheet.domain.money import Money  # noqa: E402
from broadsheet.domain.subscription import State  # noqa: E402
from broadsheet.plumbing import clock  # noqa: E402
from broadsheet.plumbing.many_rows import insert_numbered_rows, insert_rows  # noqa: E402

BEGAN, PRICE, MONTHS = date(2026, 1, 15), Money(90_000, "INR"), 3
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
BENEFITS = ("premium", "unlimited", "ad-free")
CHUNK = 5000
ZONE = "Asia/Kolkata"


class GatewayInProcess:
    """A test gateway that takes the money at once and is reached without a wire."""

    code = "test"
    capabilities = Capabilities(
        currencies=frozenset({"INR"}),
        recurring=True,
        refund=True,
        partial_refund=True,
        void=True,
        idempotency=Idempotency.KEY,
        lookup_authoritative=True,
        max_inflight=timedelta(seconds=60),
        key_ttl=timedelta(days=36_500),
        notice=timedelta(0),
    )

    def charge(self, request: ChargeRequest) -> GatewayState:
        return GatewayState(ChargeOutcome.SUCCEEDED, f"b{request.key}", request.amount)


def lay(size: int) -> dict[str, Any]:
    """Tables, one plan, and ``size`` readers whose first term was given."""
    call_command("migrate", interactive=False, verbosity=0)
    for position, code in enumerate(BENEFITS):
        put_benefit(
            code=code, name=code, sentence=code, position=position, actor="bench", now=LONG_AGO
        )
    put_plan(
        code="quarterly",
        name="Quarterly",
        length=TermLength(MONTHS, TermUnit.MONTH),
        benefits=BENEFITS,
        gifts_per_month=0,
        position=1,
        actor="bench",
        now=LONG_AGO,
    )
    set_price(plan_code="quarterly", amount=PRICE, starts_at=LONG_AGO, actor="bench", now=LONG_AGO)
    price = Price.objects.get()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit = off")
    for first in range(0, size, CHUNK):
        _lay_chunk(first, min(CHUNK, size - first), price)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
            cursor.execute("CHECKPOINT")
    return {"laid": size}


@transaction.atomic
def _lay_chunk(first: int, size: int, price: Price) -> None:
    emails = [f"reader-{n}@example.org" for n in range(first, first + size)]
    columns = ["email", "password", "first_name", "last_name"]
    users = insert_numbered_rows(User, columns, [(email, "!", "", "") for email in emails])
    readers = insert_numbered_rows(
        Reader, ["user_id", "created_at"], [(user, LONG_AGO) for user in users]
    )
    mandates = insert_numbered_rows(
        Mandate,
        ["reader_id", "gateway", "token", "kind", "label", "currency", "given_at"],
        [(pk, "test", f"m-{pk}", "bank", f"account {pk}", "INR", LONG_AGO) for pk in readers],
    )
    made = [
        Subscription(
            reader_id=reader,
            plan_id=price.plan_id,
            price=price,
            term_count=MONTHS,
            term_unit=TermUnit.MONTH.value,
            amount_minor=PRICE.minor,
            currency=PRICE.currency,
            state=State.ACTIVE.value,
            zone=ZONE,
            mandate_id=mandate,
            anchor_on=BEGAN,
            seq=1,
            ends_on=add_months(BEGAN, MONTHS),
            created_at=LONG_AGO,
            uid=uuid.uuid4(),
        )
        for reader, mandate in zip(readers, mandates, strict=True)
    ]
    ends_at = day_begins(add_months(BEGAN, MONTHS), made[0].zone_info)
    for one in made:
        one.due_at = ends_at
    names = [field.attname for field in Subscription._meta.concrete_fields if field.name != "id"]
    ids = insert_numbered_rows(
        Subscription, names, [tuple(getattr(one, name) for name in names) for one in made]
    )
    insert_rows(
        Term,
        ["subscription_id", "seq", "starts_on", "ends_on", "state", "amount_minor", "currency"],
        [(pk, 1, BEGAN, add_months(BEGAN, MONTHS), Term.State.GIVEN, 0, "INR") for pk in ids],
    )
    begins_at = day_begins(BEGAN, made[0].zone_info)
    opened = frozenset(BENEFITS)
    grant_entitlements(
        [Given(one.reader_id, opened, begins_at, ends_at, one.source_of(1)) for one in made],
        now=LONG_AGO,
    )


def run(batch: int) -> dict[str, Any]:
    """Wait for a line, then renew whatever is due, with ``batch`` at a time."""
    renew_terms.BATCH = batch
    gateway: Any = GatewayInProcess()
    Subscription.objects.first()
    print("ready", flush=True)
    sys.stdin.readline()
    began, used = time.monotonic(), time.process_time()
    tally = renew_terms.renew_due_terms(
        now=clock.now(),
        gateway=gateway,
        as_of=add_months(BEGAN, MONTHS),
        tell_time=clock.now,
        sending=renew_terms.Sending(batch=batch, above_forecast=20),
    )
    return {
        **asdict(tally),
        "seconds": time.monotonic() - began,
        "cpu_seconds": time.process_time() - used,
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def check(_: int) -> dict[str, Any]:
    """Whether all are renewed once and the books hold."""
    now = clock.now()
    wrong = [one.name for one in (*check_ledger(now), *check_terms(now)) if not one.ok]
    renewed = Subscription.objects.filter(state=State.ACTIVE, seq=2).count()
    return {"renewed": renewed, "wrong": wrong}


if __name__ == "__main__":
    deed = {"lay": lay, "run": run, "check": check}[sys.argv[1]]
    print(json.dumps(deed(int((*sys.argv[2:], "0")[0]))), flush=True)
