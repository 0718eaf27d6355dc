"""Many renewals at a time: a constant number of statements, and one that fails fails alone."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from broadsheet.apps.payments.gateways.contract import ChargeRequest, GatewayState
from broadsheet.apps.payments.models import Charge, Payment
from broadsheet.apps.plans.models import Price
from broadsheet.apps.subscriptions.actions import renew_terms
from broadsheet.apps.subscriptions.actions.renew_terms import (
    RenewalTally,
    Sending,
    renew_due_terms,
)
from broadsheet.apps.subscriptions.models import RenewalDay, Subscription, Term
from broadsheet.bench import crowd
from broadsheet.domain.billing_calendar import add_months
from broadsheet.domain.charge import ChargeOutcome
from tests.factories.sale import assert_books_hold, lay_out_plans

pytestmark = [pytest.mark.db, pytest.mark.django_db]
ENDS_ON = add_months(crowd.BEGAN, crowd.MONTHS)


@pytest.fixture
def price(db) -> Price:
    lay_out_plans()
    return Price.objects.get(plan__code="smart-quarterly")


class Odd(crowd.GatewayInProcess):
    """Remembers its threads; gives two charges one reference, or breaks, where it is told to."""

    def __init__(self, *, same: int = 0, breaks: int = 0) -> None:
        self.same, self.breaks = same, breaks
        self.asked = 0
        self.threads = set[str]()

    def charge(self, request: ChargeRequest) -> GatewayState:
        self.asked += 1
        self.threads.add(threading.current_thread().name.rpartition("_")[0])
        if self.asked <= self.breaks:
            raise KeyError("a fault of the adapter")
        reference = "the same" if self.asked <= self.same else f"b{request.key}"
        return GatewayState(ChargeOutcome.SUCCEEDED, reference, request.amount)


def renew(now, gateway: Any = None, **how: Any) -> RenewalTally:
    return renew_due_terms(
        now=now, gateway=gateway or Odd(), as_of=ENDS_ON, sending=Sending(batch=1000, **how)
    )


def test_thirty_cost_the_statements_of_three(price, now):
    counts = []
    # The first run of all makes the rows of the year's series and the gateway's pace.
    for first, size in ((0, 1), (1, 3), (4, 30)):
        crowd._lay_chunk(first, size, price)
        with CaptureQueriesContext(connection) as asked:
            assert renew(now) == RenewalTally(due=size, succeeded=size)
        counts.append(len(asked))
    assert counts[1] == counts[2]
    assert Term.objects.filter(state="paid").count() == 34
    assert Payment.objects.count() == 34
    assert set(Subscription.objects.values_list("state", "seq")) == {("active", 2)}
    assert_books_hold(now)


def test_several_calls_on_the_wire_at_once(price, now):
    crowd._lay_chunk(0, 12, price)
    gateway = Odd()
    assert renew(now, gateway, at_once=4) == RenewalTally(due=12, succeeded=12)
    assert gateway.threads == {"wire"}
    assert_books_hold(now)


def test_one_answer_that_cannot_be_recorded_stops_no_other(price, now, caplog):
    crowd._lay_chunk(0, 5, price)
    tally = renew(now, Odd(same=2))
    assert (tally.due, tally.succeeded) == (5, 4)
    assert sorted(Charge.objects.values_list("state", flat=True)) == ["sent", *["succeeded"] * 4]
    assert "is left to the reaper" in caplog.text
    assert Payment.objects.count() == 4


def test_a_broken_adapter_leaves_charges_unknown(price, now):
    crowd._lay_chunk(0, 5, price)
    assert renew(now, Odd(breaks=2)) == RenewalTally(due=5, succeeded=3, unknown=2)
    assert Payment.objects.count() == 3


def test_more_than_was_due_as_the_day_began_stops(price, now, caplog, monkeypatch):
    monkeypatch.setattr(renew_terms, "FORECAST_GRACE", 0)
    crowd._lay_chunk(0, 10, price)
    assert renew(now, above_forecast=20).succeeded == 10
    crowd._lay_chunk(10, 5, price)
    assert renew(now, above_forecast=20) == RenewalTally(due=2, succeeded=2)
    assert "renewals of 2026-04-15 are stopped: 12 were planned, 10 were forecast" in caplog.text
    day = RenewalDay.objects.get()
    assert (day.forecast, day.planned, day.stopped_at) == (10, 12, now)
    assert renew(now, above_forecast=50).succeeded == 3
