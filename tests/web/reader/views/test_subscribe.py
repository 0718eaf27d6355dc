"""The offer page."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def text_of(response: Any) -> str:
    return html.unescape(response.content.decode())


@pytest.mark.usefixtures("plans", "meter_rule")
def test_the_offer_lists_plans_and_only_what_they_open(client: Any) -> None:
    page = text_of(client.get("/subscribe/"))
    assert re.findall(r'data-plan="([^"]+)"', page) == [
        "smart-quarterly",
        "smart-essential",
        "super-saver",
    ]
    assert re.findall(r'value="([^"]+)" checked', page) == ["smart-essential"]
    assert "Three lengths, one newspaper" in page
    assert "₹162 to ₹300" in page
    listed = re.search(r'id="included">.*?</section>', page, re.DOTALL).group()
    assert re.findall(r'<h3 class="h-3">([^<]+)<', listed) == [
        "Premium stories",
        "No limit",
        "No advertising",
    ]
    assert "5, or 8 with an account" in page
    assert "5 to 15, by plan" in page


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Stories a month"),
        ({"window": "week"}, "Stories a week"),
        ({"window": "rolling-days", "days": 7}, "Stories in any 7 days"),
        ({"window": "rolling-days", "days": 1}, "Stories a day"),
    ],
)
@pytest.mark.usefixtures("plans")
def test_the_offer_names_the_time_in_which_stories_are_counted(
    meter_rule: str, fields: dict[str, Any], said: str
) -> None:
    from broadsheet.apps.meter.models import MeterPolicy
    from broadsheet.apps.plans.queries import list_offers
    from broadsheet.plumbing.clock import now
    from broadsheet.web.reader.views.subscribe import compare

    MeterPolicy.objects.filter(code=meter_rule).update(**fields)
    assert compare(list_offers(now()))[0] == (said, "5, or 8 with an account", "All")


@pytest.mark.usefixtures("plans", "meter_rule")
def test_a_plan_asked_for_is_chosen_and_the_way_back_kept(client: Any) -> None:
    page = text_of(client.get("/subscribe/?plan=super-saver&next=/city/water-1-1/"))
    assert re.findall(r'value="([^"]+)" checked', page) == ["super-saver"]
    assert '<input type="hidden" name="next" value="/city/water-1-1/">' in page


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
@pytest.mark.usefixtures("plans", "meter_rule")
def test_the_way_back_stays_in_the_house(back: str, client: Any) -> None:
    page = client.get("/subscribe/", {"next": back, "plan": "nosuch"}).content.decode()
    assert 'name="next"' not in page
    assert re.findall(r'value="([^"]+)" checked', page) == ["smart-essential"]


def test_without_plans_it_says_whom_to_ask(client: Any) -> None:
    page = text_of(client.get("/subscribe/"))
    assert "Nothing is on offer just now" in page
    assert "help@lantern.example" in page


def test_a_house_pages_headings_become_questions() -> None:
    from broadsheet.web.reader.views.subscribe import read_questions

    body = (
        "<h2>How do I <b>leave</b>?</h2><p>In two taps.</p><h2>And then?</h2><p>One.</p><p>Two.</p>"
    )
    assert read_questions(body) == [
        {"ask": "How do I leave?", "answer": "<p>In two taps.</p>"},
        {"ask": "And then?", "answer": "<p>One.</p><p>Two.</p>"},
    ]
