"""A story goes before readers; the scanner looks at it; what it finds is told."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from broadsheet.apps.leaks.actions import (
    LEASE,
    SETTLE,
    ask_for_check,
    claim_checks,
    put_back,
    record_scan,
)
from broadsheet.apps.leaks.models import StoryCheck
from broadsheet.apps.leaks.queries import list_leaking, list_paragraphs
from broadsheet.apps.newsroom.events import StoryChanged, StoryPublished
from broadsheet.apps.newsroom.models import Story
from broadsheet.plumbing.models import AuditRow
from tests.scan.leaky_paper import paragraphs

pytestmark = [pytest.mark.db, pytest.mark.django_db]
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def ask(story: Story, *, version: int = 1, now: datetime = NOW) -> None:
    ask_for_check(StoryPublished(story.pk, version), now=now)


def list_due() -> list[tuple[int, datetime | None]]:
    return list(StoryCheck.objects.order_by("pk").values_list("story_id", "due_at"))


def test_what_is_published_is_to_be_looked_at_once_the_gates_know(make_story):
    story = make_story()
    ask(story)
    ask(story, now=NOW + MINUTE)
    assert list_due() == [(story.pk, NOW + MINUTE + SETTLE)]
    assert claim_checks(now=NOW + MINUTE) == ()
    (claim,) = claim_checks(now=NOW + MINUTE + SETTLE)
    assert claim.url == f"http://127.0.0.1:8000/city/ferry-{story.pk}/"
    assert list(claim.paragraphs) == paragraphs("ferry")
    assert claim_checks(now=NOW + MINUTE + SETTLE) == ()
    assert len(claim_checks(now=NOW + MINUTE + SETTLE + LEASE)) == 1


def test_what_is_free_withdrawn_or_moved_in_is_left_alone(make_story, change_plant):
    ask(make_story(access="free"))
    ask(make_story(live=False))
    old = make_story(published_at=NOW - timedelta(hours=2))
    ask(old)
    ask_for_check(StoryPublished(999, 1), now=NOW)
    change_plant(scan_published=False)
    ask(make_story())
    assert list_due() == []
    change_plant(scan_published=True)
    ask(old, version=2)
    ask_for_check(StoryChanged(old.pk), now=NOW)
    assert list_due() == [(old.pk, NOW + SETTLE)]


def test_a_leak_is_told_and_a_clean_check_is_written_down(make_story, caplog):
    leaky, tight = make_story(), make_story(slug="tide")
    ask(leaky)
    ask(tight)
    claims = claim_checks(now=NOW + MINUTE)
    leak = {
        "story": claims[0].url,
        "representation": "page: JSON-LD",
        "reader": "anonymous",
        "excerpt": "Café owners …",
    }
    report = {"representations": 90, "leaks": [leak]}
    assert record_scan(claims=claims, report=report, now=NOW + MINUTE) == 1
    assert [check.story_id for check in list_leaking()] == [leaky.pk]
    checks = StoryCheck.objects.order_by("pk").values_list("due_at", "checked_at", "leaks")
    assert list(checks) == [(None, NOW + MINUTE, [leak]), (None, NOW + MINUTE, [])]
    row = AuditRow.objects.get(deed="found_leak")
    assert (row.subject, row.detail["places"]) == (
        f"newsroom.story:{leaky.pk}",
        ["page: JSON-LD, anonymous"],
    )
    assert [r.levelname for r in caplog.records] == ["ERROR"]
    record_scan(claims=claims, report=report, now=NOW + 2 * MINUTE)
    assert AuditRow.objects.filter(deed="found_leak").count() == 1


def test_a_story_published_again_meanwhile_keeps_waiting(make_story):
    story = make_story()
    ask(story)
    claims = claim_checks(now=NOW + MINUTE)
    ask(story, version=2, now=NOW + 2 * MINUTE)
    record_scan(claims=claims, report={"representations": 9, "leaks": []}, now=NOW + 3 * MINUTE)
    put_back(claims=claims, trouble="too late", now=NOW + 3 * MINUTE)
    assert list_due() == [(story.pk, NOW + 2 * MINUTE + SETTLE)]
    assert StoryCheck.objects.get().checked_at is None


def test_a_silent_site_is_tried_five_times(make_story, caplog):
    story = make_story()
    ask(story)
    now, waits = NOW, []
    while claims := claim_checks(now=(now := now + LEASE)):
        put_back(claims=claims, trouble="Nothing answers", now=now)
        due_at = StoryCheck.objects.get().due_at
        waits.append(due_at and (due_at - now) // MINUTE)
    assert waits == [2, 4, 8, 16, None]
    assert StoryCheck.objects.get().trouble == "Nothing answers"
    assert [r.levelname for r in caplog.records] == ["WARNING"]
    assert list_leaking() == []


def test_lists_and_breaks_are_lines_of_their_own(make_story):
    story = make_story()
    story.body = json.dumps(
        [
            {"type": "paragraph", "value": "<p>One &amp; <b>two</b><br/>three</p>"},
            {"type": "crosshead", "value": "A crosshead"},
            {"type": "paragraph", "value": "<ul><li>four</li><li>five</li></ul>"},
        ]
    )
    assert list_paragraphs(story) == ["One & two", "three", "four", "five"]
