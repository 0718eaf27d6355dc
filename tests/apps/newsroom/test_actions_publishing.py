"""Everything that publishes comes through one door."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from broadsheet.apps.newsroom.actions import (
    publish_due_stories,
    publish_story,
    schedule_story,
    withdraw_story,
)
from broadsheet.apps.newsroom.models import Story, StoryByline
from broadsheet.apps.newsroom.models.people import Author
from broadsheet.plumbing.models import AuditRow, OutboxRow

pytestmark = [pytest.mark.db, pytest.mark.django_db]
Make = Callable[..., Story]


def test_publishing_brings_a_draft_before_readers(make_story: Make, now: datetime) -> None:
    story = make_story()
    StoryByline.objects.create(story=story, author=Author.objects.create(name="A", slug="a"))

    published = publish_story(story_id=story.pk, actor=None, now=now)

    assert (published.live, published.version, published.word_count) == (True, 1, 200)
    assert (published.published_at, published.updated_at) == (now, None)
    assert [line.author.name for line in published.bylines.all()] == ["A"]
    assert list(AuditRow.objects.values_list("deed", "actor", "subject", "detail")) == [
        (
            "publish_story",
            "house",
            f"newsroom.story:{story.pk}",
            {"version": 1, "access": "metered", "origin": "staff"},
        )
    ]
    assert list(OutboxRow.objects.values_list("event", "payload")) == [
        (
            "broadsheet.apps.newsroom.events:StoryPublished",
            {"story_id": story.pk, "version": 1},
        )
    ]


def test_publishing_again_keeps_the_first_time(make_story: Make, now: datetime) -> None:
    story = make_story()
    publish_story(story_id=story.pk, actor=None, now=now)
    again = publish_story(story_id=story.pk, actor=None, now=now + timedelta(hours=1))

    assert (again.version, again.published_at, again.updated_at) == (2, now, None)


def test_a_changed_text_is_an_update(make_story: Make, now: datetime) -> None:
    story = make_story()
    live = publish_story(story_id=story.pk, actor=None, now=now)
    live.headline = "Another headline"
    live.save_revision()
    later = now + timedelta(hours=1)
    again = publish_story(story_id=story.pk, actor=None, now=later)

    assert (again.headline, again.version) == ("Another headline", 2)
    assert (again.published_at, again.updated_at) == (now, later)


def test_a_changed_kicker_is_no_update(make_story: Make, now: datetime) -> None:
    story = make_story()
    live = publish_story(story_id=story.pk, actor=None, now=now)
    live.kicker = "Ferries"
    live.save_revision()
    again = publish_story(story_id=story.pk, actor=None, now=now + timedelta(hours=1))

    assert (again.kicker, again.version, again.updated_at) == ("Ferries", 2, None)


@pytest.mark.parametrize(
    ("fields", "beside"),
    [
        ({"origin": ""}, ["origin"]),
        ({"origin": "wire"}, ["agency"]),
        ({"origin": "edited-wire", "agency": "  "}, ["agency"]),
        ({"origin": "sponsored"}, ["agency"]),
        ({"headline": " "}, ["headline"]),
    ],
)
def test_a_story_that_is_not_ready_is_refused(
    make_story: Make, now: datetime, fields: dict[str, str], beside: list[str]
) -> None:
    story = make_story(**fields)
    with pytest.raises(ValidationError) as refused:
        publish_story(story_id=story.pk, actor=None, now=now)

    assert list(refused.value.message_dict) == beside
    story.refresh_from_db()
    assert (story.live, story.version, story.latest_revision) == (False, 0, None)
    assert (AuditRow.objects.count(), OutboxRow.objects.count()) == (0, 0)


def test_a_wagtail_publish_takes_the_same_door(make_story: Make) -> None:
    story = make_story()
    story.save_revision().publish()
    story.refresh_from_db()
    assert (story.live, story.version, story.word_count) == (True, 1, 200)
    assert OutboxRow.objects.count() == 1


def test_a_scheduled_story_waits_and_then_appears(make_story: Make) -> None:
    now = timezone.now()
    story = make_story()
    due = now + timedelta(seconds=1)
    waiting = schedule_story(story_id=story.pk, go_live_at=due, actor=None, now=now)
    assert (waiting.live, waiting.version, waiting.go_live_at) == (False, 0, due)
    assert OutboxRow.objects.count() == 0
    assert publish_due_stories(now=now) == 0
    # Wagtail looks at its own clock too: bring the time back instead of waiting for it.
    revision = story.revisions.get()
    past = now - timedelta(minutes=1)
    revision.content["go_live_at"] = past.isoformat()
    revision.approved_go_live_at = past
    revision.save()

    assert publish_due_stories(now=now) == 1

    story.refresh_from_db()
    assert (story.live, story.version, story.published_at) == (True, 1, now)
    assert publish_due_stories(now=now) == 0


def test_a_due_story_that_is_not_ready_does_not_stop_the_others(make_story: Make) -> None:
    now = timezone.now()
    first, second = make_story(), make_story()
    past = now - timedelta(minutes=1)
    for story in (first, second):
        revision = story.save_revision()
        revision.approved_go_live_at = past
        revision.save()
    broken = first.revisions.get()
    broken.content["origin"] = ""
    broken.save()

    assert publish_due_stories(now=now) == 1

    assert list(Story.objects.filter(live=True)) == [second]
    assert first.revisions.get().approved_go_live_at is None


def test_an_expired_story_is_withdrawn(make_story: Make, now: datetime) -> None:
    story = make_story(live=True, expire_at=now - timedelta(minutes=1))
    assert publish_due_stories(now=now) == 1
    story.refresh_from_db()
    assert (story.live, story.expired) == (False, True)


def test_withdrawing_twice_is_once(make_story: Make, now: datetime) -> None:
    story = make_story(live=True)
    withdraw_story(story=story, now=now)
    withdraw_story(story=Story.objects.get(), now=now)
    assert list(OutboxRow.objects.values_list("event", flat=True)) == [
        "broadsheet.apps.newsroom.events:StoryChanged"
    ]
    assert Story.objects.get().live is False
