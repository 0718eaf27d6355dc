"""Which pages print a row, as stands beside its model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from broadsheet.plumbing.gate_feed import CannotTell
from broadsheet.plumbing.models import WaitingPurge
from broadsheet.plumbing.purging.declaring import (
    EVERY_PAGE,
    Target,
    list_declared,
    list_relations,
    list_targets,
)
from broadsheet.plumbing.purging.forgetting import forget
from broadsheet.plumbing.purging.waiting import send_waiting
from tests.factories.cdn import RunningCdn

if TYPE_CHECKING:
    from broadsheet.apps.newsroom.models import Story

pytestmark = [pytest.mark.db, pytest.mark.django_db]
BARE = {
    "front:home": "/",
    "section:city": "/city/",
    "feed:home": "/feeds/home.xml",
    "feed:city": "/feeds/city.xml",
    "sitemap": "/sitemap.xml",
    "news-sitemap": "/news-sitemap.xml",
    "corrections": "/corrections/",
}


@pytest.fixture
def make_story() -> Callable[..., Story]:
    from broadsheet.apps.newsroom.models import (
        Author,
        Section,
        Story,
        StoryByline,
        Storyline,
        Topic,
    )

    section = Section.objects.create(name="City", slug="city", position=1)

    def make(
        *, topics: tuple[str, ...] = (), authors: tuple[str, ...] = (), line: str = ""
    ) -> Story:
        found = line and Storyline.objects.get_or_create(slug=line, defaults={"title": line})[0]
        story = Story(
            section=section,
            slug="ferries",
            headline="Ferries",
            origin="staff",
            live=True,
            version=1,
            published_at=timezone.now(),
            storyline=found or None,
        )
        story.save()
        story.topics = [Topic.objects.get_or_create(slug=one, name=one)[0] for one in topics]
        story.save()
        for one in authors:
            author, _made = Author.objects.get_or_create(slug=one, defaults={"name": one})
            StoryByline.objects.create(story=story, author=author)
        return Story.objects.get(pk=story.pk)

    return make


def test_a_story_without_topics_authors_or_storyline(make_story: Callable[..., Story]) -> None:
    story = make_story()
    pages = {target.key: target.path for target in list_targets(story)}
    assert pages == {f"story:{story.pk}": "", **BARE}


def test_a_story_stands_on_the_pages_of_all_it_belongs_to(
    make_story: Callable[..., Story],
) -> None:
    story = make_story(topics=("water", "port"), authors=("asha-rao",), line="the-dam")
    pages = {target.key: target.path for target in list_targets(story)}
    assert pages == {
        f"story:{story.pk}": "",
        **BARE,
        "topic:water": "/topic/water/",
        "topic:port": "/topic/port/",
        "author:asha-rao": "/author/asha-rao/",
        "storyline:the-dam": "/storyline/the-dam/",
    }


@pytest.mark.parametrize("stories", [1, 3])
def test_any_number_of_stories_cost_the_same_queries(
    make_story: Callable[..., Story], cdn: RunningCdn, now: datetime, stories: int
) -> None:
    from broadsheet.apps.newsroom.models import Story

    for number in range(stories):
        make_story(topics=("water", f"topic-{number}"), authors=("asha-rao", f"a-{number}"))
    with CaptureQueriesContext(
        connection,
    ) as captured:
        forget([], rows=Story.objects.defer("body"), now=now)
    reads = [query["sql"] for query in captured if query["sql"].startswith("SELECT")]
    assert len(reads) == 6
    waiting = set(WaitingPurge.objects.values_list("key", flat=True))
    assert waiting == {
        *BARE,
        "topic:water",
        "author:asha-rao",
        *(f"topic:topic-{number}" for number in range(stories)),
        *(f"author:a-{number}" for number in range(stories)),
        *(f"story:{pk}" for pk in Story.objects.values_list("pk", flat=True)),
    }


def test_a_host_that_cannot_be_told_keeps_nothing_from_the_cdn(
    cdn: RunningCdn, now: datetime, settings: Any, tmp_path: Path
) -> None:
    settings.PLANT = replace(settings.PLANT, home=tmp_path, redis_url="redis://127.0.0.1:1")
    with pytest.raises(CannotTell):
        forget(["front:home"], now=now)
    assert (tmp_path / "gate" / "changes.log").read_text() == '{"purge":["front:home"]}\n'
    assert send_waiting(now=now) == 1
    assert cdn.calls == [["front:home"]]


def test_without_a_cdn_no_row_is_read(make_story: Callable[..., Story], now: datetime) -> None:
    from broadsheet.apps.newsroom.models import Story

    make_story()
    with CaptureQueriesContext(connection) as captured:
        forget([], rows=Story.objects.all(), now=now)
    assert len(captured) == 0
    assert WaitingPurge.objects.count() == 0


def test_every_path_that_is_declared_has_an_address(make_story: Callable[..., Story]) -> None:
    from django.urls import resolve

    story = make_story(topics=("water",), authors=("asha-rao",), line="the-dam")
    for target in list_targets(story):
        assert not target.path or resolve(target.path)


@pytest.mark.parametrize("name", ["Author", "HousePage", "Picture", "Section", "Topic"])
def test_what_every_page_may_print_is_forgotten_everywhere(name: str) -> None:
    """As ``NamesChanged`` does, whatever its kind."""
    from broadsheet.apps.newsroom import models

    assert list_declared()[getattr(models, name)] == (EVERY_PAGE,)


def test_so_are_plans_and_their_prices() -> None:
    from broadsheet.apps.plans.models import Plan, Price

    assert list_declared()[Plan] == list_declared()[Price] == (EVERY_PAGE,)


def test_a_front_is_the_page_at_the_root() -> None:
    from broadsheet.apps.newsroom.models import Front

    assert list_targets(Front(slug="home")) == [Target("front:home", "/")]
    assert list_relations(Front) == ()


def test_a_page_of_a_row_that_lacks_the_word_does_not_exist(make_story: Any) -> None:
    story = make_story()
    assert story.storyline is None
    assert not [target for target in list_targets(story) if target.key.startswith("storyline")]
