"""The demo's front page, as it is first placed."""

from __future__ import annotations

from collections import Counter

import pytest

from broadsheet.demo.content import read_stories
from broadsheet.demo.edition import FRONT

pytestmark = pytest.mark.pure
STORIES = {story.slug: story for story in read_stories()}
PLACED = [slug for slugs in FRONT.values() for slug in slugs]


def test_every_slot_holds_a_story_of_its_own() -> None:
    assert [slug for slug in PLACED if slug not in STORIES] == []
    assert [slug for slug, times in Counter(PLACED).items() if times > 1] == []


def test_nothing_paid_for_stands_on_the_front() -> None:
    """As the page about agencies promises."""
    assert [slug for slug in PLACED if STORIES[slug].facts["origin"] == "sponsored"] == []


def test_the_front_shows_every_access_class_but_hides_none_of_the_news() -> None:
    lead = STORIES[FRONT["lead"][0]]
    assert lead.facts["access"] == "metered"
    assert lead.facts["picture"]
    assert {STORIES[slug].facts["access"] for slug in PLACED} == {
        "free",
        "registered",
        "metered",
        "premium",
    }
