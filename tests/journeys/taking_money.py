"""Deeds with money, done by a process of their own so that it can be killed in the middle.

``python -m tests.journeys.taking_money DEED+SECONDS…``: the newspaper stands in
``BROADSHEET_HOME``, the bank at ``BROADSHEET_BANK_URL``, ``BROADSHEET_CRASH_AT`` says where to die.
SECONDS is how much later than now a deed is done (for ``gather`` and ``crowd``, how many). The
answer is one line of JSON, a list.
"""

from __future__ import annotations

import itertools
import json
import sys
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import django
import httpx
from django.conf import settings
from django.core.management import call_command
from django.db.models import Sum

django.setup()

from broadsheet.apps.accounts.models import Reader  # noqa: E402
from broadsheet.apps.benefits.queries import list_benefits  # noqa: E402
from broadsheet.apps.payments import jobs as payment_jobs  # noqa: E402
from broadsheet.apps.payments.actions.give_refund import CannotRefund, plan_refund  # noqa: E402
from broadsheet.apps.payments.actions.reap_charges import check_charge  # noqa: E402
from broadsheet.apps.payments.actions.reconcile_gateway import reconcile_gateway  # noqa: E402
from broadsheet.apps.payments.gateways import find_gateway_for, open_gateway  # noqa: E402
from broadsheet.apps.payments.models import Charge, LedgerEntry, Mandate, Payment, Refund  # noqa: E402
from broadsheet.apps.payments.queries import check_ledger  # noqa: E402
from broadsheet.apps.subscriptions import jobs as subscription_jobs  # noqa: E402
from broadsheet.apps.subscriptions.actions.start_subscription import (  # noqa: E402
    CannotSubscribe,
    check_out,
)
from broadsheet.apps.subscriptions.models import Subscription, Term  # noqa: E402
from broadsheet.apps.subscriptions.queries import check_terms  # noqa: E402
from broadsheet.domain.billing_calendar import day_begins, local_day  # noqa: E402
from broadsheet.domain.money import Money  # noqa: E402
from broadsheet.plumbing.clock import now as clock  # noqa: E402
from broadsheet.plumbing.events import dispatch_outbox  # noqa: E402
from tests.factories.sale import PRICES, lay_out_plans, make_reader  # noqa: E402

PLAN = "smart-quarterly"
LONG_SINCE = timedelta(days=400)


def prepare(_now: datetime) -> Any:
    """A database with its tables, the plans and one reader."""
    call_command("migrate", interactive=False, verbosity=0)
    if "jobs" in settings.DATABASES:
        call_command("migrate", "django_tasks_database", database="jobs", verbosity=0)
    lay_out_plans()
    return make_reader().pk


def lay_out(_now: datetime) -> Any:
    """The static files, for a server."""
    from broadsheet.plumbing import upkeep

    return upkeep.upgrade(tell=lambda _words: None)


def press_subscribe(now: datetime) -> Any:
    """What the button on the offer page does; the bank's page, or why there is none."""
    try:
        standing = check_out(
            reader_id=Reader.objects.latest("pk").pk,
            plan_code=PLAN,
            shown=Money(PRICES[PLAN][1], "INR"),
            gateway=find_gateway_for("INR"),
            return_url_of=lambda uid: f"/subscribe/checkout/{uid}/",
            continue_to="/",
            now=now,
        )
    except CannotSubscribe as refusal:
        return type(refusal).__name__
    return standing.url


def gather(size: int) -> Any:
    """A crowd of subscribers in their first term."""
    gateway = find_gateway_for("INR")
    began = clock()
    for number in range(size):
        reader = make_reader(f"reader-{number}@example.org")
        page = check_out(
            reader_id=reader.pk,
            plan_code=PLAN,
            shown=Money(PRICES[PLAN][1], "INR"),
            gateway=gateway,
            return_url_of=lambda uid: f"/subscribe/checkout/{uid}/",
            continue_to="/",
            now=began,
        ).url
        httpx.post(settings.PLANT.bank_url + page, data={"choice": "approve"})
        come_back(began)
    return size


def crowd(size: int) -> Any:
    """Tables, a plan and so many readers in a term that was given; the names of their mandates."""
    from broadsheet.bench import crowd as laid_out

    laid_out.BEGAN = local_day(clock(), settings.PAPER.zone)
    laid_out.lay(size)
    return list(Mandate.objects.order_by("pk").values_list("token", flat=True))


def books(now: datetime) -> Any:
    """What a crowd's books say when every charge has its end; counts, not names."""
    found = reconcile_gateway(gateway=find_gateway_for("INR"), since=now - LONG_SINCE, now=now)
    entries = LedgerEntry.objects.all()
    return {
        "mismatched": list(found.mismatched),
        "broken": [one.name for one in (*check_ledger(now), *check_terms(now)) if not one.ok],
        "ledger": entries.aggregate(total=Sum("amount_minor"))["total"],
        "cash": entries.filter(account__startswith="cash:").aggregate(total=Sum("amount_minor"))[
            "total"
        ],
        "payments": Payment.objects.count(),
        "open": Charge.objects.exclude(state__in=["succeeded", "declined", "not_sent"]).count(),
        "subscriptions": _count(Subscription.objects.values_list("state", "seq")),
        "terms": _count(Term.objects.values_list("seq", "state")),
    }


def _count(rows: Any) -> Any:
    return sorted([*row, many] for row, many in Counter(rows).items())


def come_back(now: datetime) -> Any:
    """What the order's page does when the bank sends the reader back."""
    charge = Charge.objects.latest("pk")
    state = check_charge(charge_id=charge.pk, open_gateway=open_gateway, now=now, heard_by="return")
    dispatch_outbox(now=now)
    return state


def renew(now: datetime) -> Any:
    """``subscription renew --as-of`` the day on which the first term ends."""
    first = Term.objects.filter(seq=1)[0]
    tally = subscription_jobs.renew(now=now, as_of=first.ends_on)
    dispatch_outbox(now=now)
    return tally.succeeded


def heal(now: datetime) -> Any:
    """What the worker does by itself, and the nightly comparison with the bank's book."""
    reaped = payment_jobs.reap(now=now)
    dispatch_outbox(now=now)
    return reaped.settled


def promise_back(now: datetime) -> Any:
    """A third of the first payment is to be given back."""
    return _promise(Money(PRICES[PLAN][1] // 3, "INR"), now).key


def promise_bits(now: datetime) -> Any:
    """Thirty times a ninth of the first payment, as many as it bears; how many that were."""
    promised = 0
    for _ in range(30):
        try:
            _promise(Money(PRICES[PLAN][1] // 9, "INR"), now)
            promised += 1
        except CannotRefund:
            pass
    return promised


def _promise(amount: Money, now: datetime) -> Refund:
    payment = Payment.objects.order_by("pk")[0]
    return plan_refund(
        payment_id=payment.pk, amount=amount, reason="asked for", actor="staff:1", now=now
    )


def give_back(now: datetime) -> Any:
    """What the worker does with promised refunds."""
    payment_jobs.give_back(now=now)
    dispatch_outbox(now=now)
    return sorted(Refund.objects.values_list("state", flat=True))


def tell(now: datetime) -> Any:
    """How the newspaper's books stand, laid beside the bank's."""
    found = reconcile_gateway(gateway=find_gateway_for("INR"), since=now - LONG_SINCE, now=now)
    dispatch_outbox(now=now)
    terms = list(Term.objects.order_by("subscription", "seq"))
    return {
        "mismatched": list(found.mismatched),
        "broken": [one.name for one in (*check_ledger(now), *check_terms(now)) if not one.ok],
        "ledger": sum(LedgerEntry.objects.values_list("amount_minor", flat=True)),
        "cash": sum(
            LedgerEntry.objects.filter(account__startswith="cash:").values_list(
                "amount_minor", flat=True
            )
        ),
        "payments": Payment.objects.count(),
        "open": Charge.objects.exclude(state__in=["succeeded", "declined", "not_sent"]).count(),
        "subscriptions": list(
            Subscription.objects.exclude(state="incomplete").values_list("state", flat=True)
        ),
        "terms": [(term.seq, term.state) for term in terms],
        "tiled": all(a.ends_on == b.starts_on for a, b in itertools.pairwise(terms) if b.seq > 1),
        "held": [
            sorted(list_benefits(term.subscription.reader_id, _noon_within(term))) for term in terms
        ],
    }


def _noon_within(term: Term) -> datetime:
    """An instant inside a term, before its last day."""
    day: date = term.ends_on - timedelta(days=2)
    return day_begins(day, settings.PAPER.zone) + timedelta(hours=12)


DEEDS: dict[str, Callable[[datetime], Any]] = {
    deed.__name__: deed
    for deed in (
        prepare,
        lay_out,
        press_subscribe,
        come_back,
        renew,
        heal,
        promise_back,
        promise_bits,
        give_back,
        tell,
        books,
    )
}

if __name__ == "__main__":
    answers = []
    for asked in sys.argv[1:]:
        deed, _, later = asked.partition("+")
        if deed in {"gather", "crowd"}:
            answers.append({"gather": gather, "crowd": crowd}[deed](int(later)))
            continue
        answers.append(DEEDS[deed](clock() + timedelta(seconds=float(later or 0))))
    print(json.dumps(answers, default=str))
