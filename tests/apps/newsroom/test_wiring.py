"""What the newsroom changes, the gate hears of as soon as it is committed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

import pytest

from broadsheet.apps.newsroom.actions import (
    curate_front,
    free_story,
    kill_story,
    lock_story_again,
    mark_premium,
    note_changed_names,
    publish_story,
)
from broadsheet.apps.newsroom.jobs import publish_scheduled
from broadsheet.apps.newsroom.models import Story
from broadsheet.plumbing.gate_feed import gate_folder
from broadsheet.plumbing.models import OutboxRow

pytestmark = [pytest.mark.db, pytest.mark.django_db(transaction=True, databases="__all__")]
Make = Callable[..., Story]


@pytest.fixture(autouse=True)
def _quiet_gate() -> None:
    (gate_folder() / "changes.log").unlink(missing_ok=True)


def _heard() -> list[str]:
    lines = (gate_folder() / "changes.log").read_text().splitlines()
    return [key for line in lines for key in json.loads(line)["purge"]]


def test_each_deed_is_heard(make_story: Make, now: datetime) -> None:
    story = make_story()
    publish_story(story_id=story.pk, actor=None, now=now)
    mark_premium(story_id=story.pk, premium=True, actor=None, now=now)
    free_story(story_id=story.pk, actor=None, now=now)
    lock_story_again(story_id=story.pk, actor=None, now=now)
    curate_front(front="home", placed={"lead": [story.pk]}, actor=None, now=now)
    note_changed_names(kind="section", key=1, now=now)
    kill_story(story_id=story.pk, note="It was wrong.", actor=None, now=now)
    key = f"story:{story.pk}"
    # A killed story's headline stands on other stories' pages too.
    assert _heard() == [key, key, key, key, "front:home", "all", "all"]
    assert OutboxRow.objects.filter(done_at__isnull=True).count() == 0


def test_the_duty_publishes_what_is_due(make_story: Make) -> None:
    story = make_story()
    past = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
    revision = story.save_revision()
    revision.approved_go_live_at = past
    revision.save()
    assert publish_scheduled(now=datetime.fromisoformat("2026-01-01T00:00:10+00:00")) == 1
    assert _heard() == [f"story:{story.pk}"]
