"""How many hold each plan, in one query."""

from __future__ import annotations

import pytest

from broadsheet.apps.subscriptions.actions.stop_subscription import cancel_subscription
from broadsheet.apps.subscriptions.queries import PlanStanding, list_plan_standings

pytestmark = [pytest.mark.db, pytest.mark.django_db]
NONE = [
    PlanStanding("Smart essential", 0, 0, 0, "smart-essential"),
    PlanStanding("Super saver", 0, 0, 0, "super-saver"),
]


def test_plans_count_what_runs_and_what_ends(sale, now, django_assert_num_queries):
    assert list_plan_standings() == [
        PlanStanding("Smart quarterly", 0, 0, 0, "smart-quarterly"),
        *NONE,
    ]
    subscription = sale.subscribe(now)
    with django_assert_num_queries(1):
        assert list_plan_standings() == [
            PlanStanding("Smart quarterly", 1, 0, 0, "smart-quarterly"),
            *NONE,
        ]
    cancel_subscription(reader_id=sale.reader.pk, actor="reader", now=now)
    assert list_plan_standings() == [
        PlanStanding("Smart quarterly", 1, 1, 0, "smart-quarterly"),
        *NONE,
    ]
    subscription.refresh_from_db()
    subscription.state = "past_due"
    subscription.save(update_fields=["state"])
    assert list_plan_standings() == [
        PlanStanding("Smart quarterly", 1, 1, 1, "smart-quarterly"),
        *NONE,
    ]
