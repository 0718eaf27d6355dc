"""Corrections and access stand at once, whatever draft is waiting."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

import pytest
from django.core.exceptions import ValidationError

from broadsheet.apps.newsroom.actions import (
    change_access,
    correct_story,
    mark_premium,
    publish_story,
)
from broadsheet.apps.newsroom.models import Correction, Story
from broadsheet.domain.story import AccessClass
from broadsheet.plumbing.models import AuditRow, OutboxRow

pytestmark = [pytest.mark.db, pytest.mark.django_db]
Make = Callable[..., Story]
ON = date(2026, 11, 22)
CHANGED = ["broadsheet.apps.newsroom.events:StoryChanged"]


def _events() -> list[str]:
    return list(OutboxRow.objects.values_list("event", flat=True))


def test_a_correction_stands_under_the_story(make_story: Make, now: datetime) -> None:
    story = make_story(live=True)
    for _twice in range(2):
        correct_story(story_id=story.pk, text=" It is eight. ", on=ON, actor=None, now=now)
    story.refresh_from_db()
    assert list(Correction.objects.values_list("story", "on", "text")) == [
        (story.pk, ON, "It is eight.")
    ]
    assert (story.version, story.updated_at) == (2, None)
    assert _events() == CHANGED
    assert AuditRow.objects.get().deed == "correct_story"


def test_a_waiting_draft_keeps_the_correction(make_story: Make, now: datetime) -> None:
    story = make_story()
    live = publish_story(story_id=story.pk, actor=None, now=now)
    live.headline = "A draft"
    live.save_revision()
    correct_story(story_id=story.pk, text="It is eight.", on=ON, actor=None, now=now)

    published = publish_story(story_id=story.pk, actor=None, now=now)

    assert published.headline == "A draft"
    assert [note.text for note in published.corrections.all()] == ["It is eight."]


@pytest.mark.parametrize(("live", "text"), [(True, "  "), (False, "It is eight.")])
def test_a_correction_is_refused(make_story: Make, now: datetime, live: bool, text: str) -> None:
    story = make_story(live=live)
    with pytest.raises(ValidationError):
        correct_story(story_id=story.pk, text=text, on=ON, actor=None, now=now)
    assert Correction.objects.count() == OutboxRow.objects.count() == 0


def test_marking_premium_and_taking_it_back(make_story: Make, now: datetime) -> None:
    story = make_story(live=True, access="free")
    marked = mark_premium(story_id=story.pk, premium=True, actor=None, now=now)
    assert (marked.access, marked.version) == ("premium", 2)
    mark_premium(story_id=story.pk, premium=True, actor=None, now=now)
    taken = mark_premium(story_id=story.pk, premium=False, actor=None, now=now)
    assert (taken.access, taken.version) == ("metered", 3)
    assert _events() == CHANGED * 2
    assert list(AuditRow.objects.order_by("pk").values_list("detail", flat=True)) == [
        {"was": "free", "access": "premium"},
        {"was": "premium", "access": "metered"},
    ]


def test_taking_back_what_is_not_premium_changes_nothing(make_story: Make, now: datetime) -> None:
    story = make_story(live=True, access="free")
    assert mark_premium(story_id=story.pk, premium=False, actor=None, now=now).access == "free"
    assert _events() == []


def test_a_draft_changes_access_without_an_event(make_story: Make, now: datetime) -> None:
    story = make_story()
    changed = change_access(story_id=story.pk, access=AccessClass.PREMIUM, actor=None, now=now)
    assert (changed.access, changed.version) == ("premium", 0)
    assert _events() == []


def test_a_waiting_draft_keeps_the_access(make_story: Make, now: datetime) -> None:
    story = make_story()
    live = publish_story(story_id=story.pk, actor=None, now=now)
    live.headline = "A draft"
    live.save_revision()
    mark_premium(story_id=story.pk, premium=True, actor=None, now=now)
    published = publish_story(story_id=story.pk, actor=None, now=now)
    assert (published.headline, published.access) == ("A draft", "premium")
