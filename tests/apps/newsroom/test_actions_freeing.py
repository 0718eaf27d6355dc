"""The emergency switch: a story is open to everybody, uncounted, until it is locked again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from broadsheet.apps.newsroom.actions import free_story, lock_story_again, publish_story
from broadsheet.apps.newsroom.jobs import lock_again
from broadsheet.apps.newsroom.models import Story
from broadsheet.domain.story import AccessClass
from broadsheet.plumbing.models import AuditRow, OutboxRow

pytestmark = [pytest.mark.db, pytest.mark.django_db]
Make = Callable[..., Story]
HOUR = timedelta(hours=1)


def _deeds() -> list[str]:
    return list(AuditRow.objects.order_by("pk").values_list("deed", flat=True))


@pytest.mark.parametrize("access", AccessClass)
def test_one_deed_opens_it_and_one_locks_it(make_story: Make, now: datetime, access: str) -> None:
    story = make_story(live=True, access=access)
    freed = free_story(story_id=story.pk, actor=None, now=now)
    assert (freed.effective_access, freed.access, freed.version) == (AccessClass.FREE, access, 2)
    assert (freed.freed_at, freed.freed_until) == (now, None)
    locked = lock_story_again(story_id=story.pk, actor=None, now=now + HOUR)
    assert (locked.effective_access, locked.version, locked.freed_at) == (access, 3, None)
    assert _deeds() == ["free_story", "lock_story_again"]
    assert (
        list(OutboxRow.objects.values_list("event", flat=True))
        == ["broadsheet.apps.newsroom.events:StoryChanged"] * 2
    )


def test_doing_it_twice_changes_nothing(make_story: Make, now: datetime) -> None:
    story = make_story(live=True)
    for _twice in range(2):
        free_story(story_id=story.pk, actor=None, now=now)
    for _twice in range(2):
        lock_story_again(story_id=story.pk, actor=None, now=now)
    assert _deeds() == ["free_story", "lock_story_again"]


def test_the_time_can_be_set_anew(make_story: Make, now: datetime) -> None:
    story = make_story(live=True)
    free_story(story_id=story.pk, actor=None, now=now)
    later = free_story(story_id=story.pk, until=now + HOUR, actor=None, now=now + HOUR / 2)
    assert (later.freed_at, later.freed_until) == (now, now + HOUR)
    assert _deeds() == ["free_story", "free_story"]


@pytest.mark.parametrize(("live", "after"), [(False, None), (True, 0), (True, -1)])
def test_it_is_refused(make_story: Make, now: datetime, live: bool, after: int | None) -> None:
    story = make_story(live=live)
    until = None if after is None else now + timedelta(seconds=after)
    with pytest.raises(ValidationError):
        free_story(story_id=story.pk, until=until, actor=None, now=now)
    story.refresh_from_db()
    assert (story.freed_at, story.freed_until) == (None, None)
    assert AuditRow.objects.count() == OutboxRow.objects.count() == 0


def test_the_duty_locks_what_is_over_and_nothing_else(make_story: Make, now: datetime) -> None:
    over, running, endless = (make_story(live=True, slug=f"s-{n}") for n in range(3))
    free_story(story_id=over.pk, until=now + HOUR, actor=None, now=now)
    free_story(story_id=running.pk, until=now + HOUR * 2, actor=None, now=now)
    free_story(story_id=endless.pk, actor=None, now=now)
    assert lock_again(now=now + HOUR - timedelta(seconds=1)) == 0
    assert lock_again(now=now + HOUR) == 1
    assert lock_again(now=now + HOUR) == 0
    freed = Story.objects.filter(freed_at__isnull=False).order_by("pk")
    assert list(freed.values_list("pk", flat=True)) == [running.pk, endless.pk]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL scans what is so small")
def test_the_duty_looks_at_free_stories_only(now: datetime) -> None:
    with CaptureQueriesContext(connection) as asked:
        assert lock_again(now=now) == 0
    [question] = asked.captured_queries
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {question['sql']}")
        plan = [row[3] for row in cursor.fetchall()]
    assert "story_freed" in plan[0]


def test_publishing_a_draft_leaves_the_switch_as_it_is(make_story: Make, now: datetime) -> None:
    story = make_story()
    draft = publish_story(story_id=story.pk, actor=None, now=now)
    draft.headline = "A draft"
    draft.save_revision()
    free_story(story_id=story.pk, until=now + HOUR, actor=None, now=now)
    published = publish_story(story_id=story.pk, actor=None, now=now)
    assert (published.headline, published.freed_at) == ("A draft", now)
    assert published.freed_until == now + HOUR


def test_no_story_is_locked_before_it_is_freed(make_story: Make, now: datetime) -> None:
    story = make_story(live=True)
    for freed_at in (None, now, now + HOUR):
        with pytest.raises(IntegrityError), transaction.atomic():
            Story.objects.filter(pk=story.pk).update(freed_at=freed_at, freed_until=now)
