from __future__ import annotations

import html
import re

import pytest

from broadsheet.apps.meter.jobs import EVENTS_KEPT
from broadsheet.apps.newsroom.actions import ensure_house_page
from broadsheet.apps.newsroom.models import HousePage
from broadsheet.counters.embedded import WINDOWS_KEPT
from tests.demo.test_house import PAGES, plain

pytestmark = [pytest.mark.db, pytest.mark.django_db(databases="__all__")]


def test_each_page_is_served_whole_at_its_address(client):
    for _ in range(2):
        for page in PAGES.values():
            ensure_house_page(**page)
    assert HousePage.objects.count() == len(PAGES)
    for slug, page in PAGES.items():
        answer = client.get(f"/{slug}/")
        assert (slug, answer.status_code) == (slug, 200)
        shown = " ".join(html.unescape(re.sub(r"<[^>]+>", "", answer.content.decode())).split())
        assert page["title"] in shown
        assert page["standfirst"] in shown
        assert " ".join(plain(page["body"]).split()) in shown


def test_a_page_edited_at_the_desk_is_left_alone(client):
    ensure_house_page(slug="terms", title="Terms", body="<p>Ours.</p>")
    kept = ensure_house_page(**PAGES["terms"])
    assert (kept.title, kept.body) == ("Terms", "<p>Ours.</p>")


def test_the_privacy_page_gives_the_times_for_which_reads_are_kept():
    body = PAGES["privacy"]["body"]
    assert f"We delete each note after {EVENTS_KEPT.days} days." in body
    assert WINDOWS_KEPT == 2
    assert "It is kept for one month more" in body
