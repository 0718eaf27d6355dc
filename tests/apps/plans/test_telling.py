from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from broadsheet.apps.benefits.actions import put_benefit
from broadsheet.apps.plans.actions import offer_plan, put_plan, set_price, tell_of_begun_prices
from broadsheet.domain.billing_calendar import TermLength, TermUnit
from broadsheet.domain.money import Money
from broadsheet.plumbing.models import OutboxRow

pytestmark = [pytest.mark.db, pytest.mark.django_db]
NOW = datetime(2026, 11, 22, 4, 30, tzinfo=UTC)


def _told() -> list[dict[str, str]]:
    rows = OutboxRow.objects.filter(event__endswith=":OffersChanged").order_by("pk")
    return [row.payload for row in rows]


@pytest.fixture
def plan():
    put_benefit(code="premium", name="P", sentence="S.", position=1, actor="t", now=NOW)
    made = put_plan(
        code="yearly",
        name="Yearly",
        length=TermLength(12, TermUnit.MONTH),
        benefits=["premium"],
        position=1,
        actor="t",
        now=NOW,
    )
    OutboxRow.objects.all().delete()
    return made


def test_a_new_price_and_a_withdrawn_plan_are_told(plan):
    price = {"plan_code": "yearly", "actor": "t", "now": NOW}
    set_price(amount=Money(270_000, "INR"), starts_at=NOW, **price)
    offer_plan(code="yearly", active=False, actor="t", now=NOW)
    assert _told() == [{"plan": "yearly"}, {"plan": "yearly"}]


def test_a_price_that_begins_later_is_told_when_it_begins(plan):
    begins = NOW + timedelta(days=3)
    set_price(
        plan_code="yearly", amount=Money(270_000, "INR"), starts_at=begins, actor="t", now=NOW
    )
    OutboxRow.objects.all().delete()
    assert tell_of_begun_prices(now=begins - timedelta(minutes=1)) == 0
    assert _told() == []
    assert tell_of_begun_prices(now=begins + timedelta(minutes=1)) == 1
    assert _told() == [{"plan": "yearly"}]
    assert tell_of_begun_prices(now=begins + timedelta(minutes=10)) == 0
