"""The first page of the desk: the day of those who make the paper, and of those who sell it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from wagtail.admin.ui.components import Component

from broadsheet.apps.meter.models import MeterPolicy
from broadsheet.apps.meter.queries import fill_words, get_policy_in_force, list_standing
from broadsheet.apps.newsroom.queries import (
    count_by_access,
    list_drafts,
    list_freed_stories,
    list_scheduled,
)
from broadsheet.apps.subscriptions.queries import list_plan_standings
from broadsheet.domain.meter import get_window
from broadsheet.domain.story import AccessClass
from broadsheet.plumbing.clock import now
from broadsheet.web.desk.policy_words import say_period
from broadsheet.web.desk.views.premium import PROMISED_A_DAY, start_of_day

SHOWN = 6


class FreedPanel(Component):
    """Which stories the emergency switch holds open, so that nobody forgets them."""

    name = "freed"
    order = 90
    template_name = "desk/panels/freed.html"

    def get_context_data(self, parent_context: Mapping[str, Any]) -> dict[str, Any]:
        return {"freed": list_freed_stories(), "request": parent_context["request"]}


class ReadersPanel(Component):
    """The meter in force and who subscribes, for those who sell the paper."""

    name = "readers"
    order = 150
    template_name = "desk/panels/readers.html"

    def get_context_data(self, parent_context: Mapping[str, Any]) -> dict[str, Any]:
        standings = list_plan_standings()
        instant = now()
        policy = get_policy_in_force(instant)
        return {
            "policy": policy,
            "period": say_period(policy) if policy else "",
            "told": _say_stop(policy, instant) if policy else "",
            "standings": standings,
            "running": sum(row.running for row in standings),
            "ending": sum(row.ending for row in standings),
            "unpaid": sum(row.unpaid for row in standings),
            "request": parent_context["request"],
        }


def _say_stop(row: MeterPolicy, instant: datetime) -> str:
    """The words of the paper's own meter as an anonymous reader stopped now would read them."""
    own = list_standing(instant)[-1].policy
    resets_on = get_window(own, instant).resets_on
    return fill_words(row.message, limit=row.anonymous_allowance, resets_on=resets_on)


class TodayPanel(Component):
    """Four figures of the day, for those who make the paper."""

    name = "today"
    order = 100
    template_name = "desk/panels/today.html"

    def get_context_data(self, parent_context: Mapping[str, Any]) -> dict[str, Any]:
        by_access = count_by_access(start=start_of_day(now()))
        drafts = list_drafts(limit=100)
        scheduled = list_scheduled(now=now(), limit=100)
        return {
            "published": sum(by_access.values()),
            "premium": by_access.get(AccessClass.PREMIUM.value, 0),
            "promised": PROMISED_A_DAY,
            "drafts": drafts[:SHOWN],
            "draft_count": len(drafts),
            "scheduled": scheduled[:SHOWN],
            "scheduled_count": len(scheduled),
            "request": parent_context["request"],
        }
