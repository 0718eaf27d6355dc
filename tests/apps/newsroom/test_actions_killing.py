"""A published story is withdrawn with a sentence, for good."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from broadsheet.apps.newsroom.actions import kill_story, publish_story
from broadsheet.apps.newsroom.models import Front, Slot, Story
from broadsheet.plumbing.models import AuditRow, OutboxRow

pytestmark = [pytest.mark.db, pytest.mark.django_db]
Make = Callable[..., Story]
NOTE = "This story was withdrawn because its figures were wrong."


def test_a_killed_story_leaves_readers_and_fronts(make_story: Make, now: datetime) -> None:
    story = make_story(live=True)
    Slot.objects.create(
        front=Front.objects.create(slug="home"), role="lead", position=1, story=story
    )

    killed = kill_story(story_id=story.pk, note=f"  {NOTE} ", actor=None, now=now)

    assert (killed.live, killed.killed_at, killed.kill_note) == (False, now, NOTE)
    assert Slot.objects.count() == 0
    assert list(AuditRow.objects.values_list("deed", "detail")) == [("kill_story", {"note": NOTE})]
    assert list(OutboxRow.objects.values_list("event", flat=True)) == [
        "broadsheet.apps.newsroom.events:StoryKilled"
    ]


def test_killing_twice_is_once(make_story: Make, now: datetime) -> None:
    story = make_story(live=True)
    kill_story(story_id=story.pk, note=NOTE, actor=None, now=now)
    again = kill_story(story_id=story.pk, note=NOTE, actor=None, now=now + timedelta(hours=1))
    assert again.killed_at == now
    assert AuditRow.objects.count() == OutboxRow.objects.count() == 1


@pytest.mark.parametrize("note", ["", "   ", "x" * 301])
def test_a_kill_needs_its_sentence(make_story: Make, now: datetime, note: str) -> None:
    story = make_story(live=True)
    with pytest.raises(ValidationError) as refused:
        kill_story(story_id=story.pk, note=note, actor=None, now=now)
    assert list(refused.value.message_dict) == ["note"]
    story.refresh_from_db()
    assert (story.live, story.killed_at) == (True, None)
    assert OutboxRow.objects.count() == 0


def test_a_draft_has_nothing_to_withdraw(make_story: Make, now: datetime) -> None:
    story = make_story()
    with pytest.raises(ValidationError):
        kill_story(story_id=story.pk, note=NOTE, actor=None, now=now)
    assert Story.objects.get().killed_at is None


def test_a_killed_story_is_never_published_again(make_story: Make, now: datetime) -> None:
    story = make_story(live=True)
    kill_story(story_id=story.pk, note=NOTE, actor=None, now=now)
    with pytest.raises(ValidationError):
        publish_story(story_id=story.pk, actor=None, now=now)
    assert Story.objects.get().live is False


def test_a_killed_story_takes_its_schedule_with_it(make_story: Make, now: datetime) -> None:
    story = make_story(live=True)
    revision = story.save_revision()
    revision.approved_go_live_at = now + timedelta(hours=1)
    revision.save()
    kill_story(story_id=story.pk, note=NOTE, actor=None, now=now)
    revision.refresh_from_db()
    assert revision.approved_go_live_at is None


@pytest.mark.parametrize(
    "fields",
    [
        {"live": True, "origin": ""},
        {"live": True, "origin": "wire"},
        {"live": True, "origin": "sponsored"},
        {"live": True, "killed_at": datetime.fromisoformat("2026-11-22T09:00:00+00:00")},
    ],
)
def test_the_database_refuses_what_may_not_be_live(make_story: Make, fields: dict) -> None:  # type: ignore[type-arg]
    with pytest.raises(IntegrityError), transaction.atomic():
        make_story(**fields)
    assert Story.objects.count() == 0


def test_drafts_may_lack_origin_and_agency(make_story: Make) -> None:
    make_story(origin="")
    make_story(origin="wire")
    assert Story.objects.count() == 2
