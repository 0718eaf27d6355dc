"""The worker's duty starts the scanner, never waits for it, and hears what it found."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from broadsheet.apps.leaks import jobs, scan_process
from broadsheet.apps.leaks.actions import ask_for_check
from broadsheet.apps.leaks.models import StoryCheck
from broadsheet.apps.newsroom.events import StoryPublished
from broadsheet.apps.newsroom.models import Story
from broadsheet.plumbing.models import AuditRow
from tests.scan.leaky_paper import LeakyPaper, serve

pytestmark = [pytest.mark.db, pytest.mark.django_db]
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def ask(story: Story) -> None:
    ask_for_check(StoryPublished(story.pk, 1), now=NOW)


def run_duty(*, until: Callable[[], bool]) -> None:
    """Let the worker keep its duty, a millisecond apart by the story's clock."""
    last, now = time.monotonic() + 60, NOW + timedelta(minutes=1)
    while not until():
        assert time.monotonic() < last, "the scan did not end"
        jobs.check_published(now=now)
        now += timedelta(milliseconds=1)


@pytest.mark.parametrize(("hole", "places"), [("", 0), ("JSON (.json)", 2)])
def test_the_duty_has_the_scanner_look_at_the_site(make_story, change_plant, hole, places):
    with serve(LeakyPaper(hole)) as paper:
        change_plant(origin=paper.address)
        story = make_story(pk=1)
        ask(story)
        run_duty(until=lambda: StoryCheck.objects.get().checked_at is not None)
    check = StoryCheck.objects.get()
    assert (len(check.leaks), check.trouble) == (places, "")
    assert check.representations > 50
    assert AuditRow.objects.filter(deed="found_leak").count() == bool(hole)
    assert all(path != "/account/login/" for _, path in paper.asked)


def test_a_report_that_cannot_be_read_stops_nothing(make_story, monkeypatch):
    """A full disk cuts the report short; the duty goes on and the story is looked at again."""
    monkeypatch.setattr(scan_process, "SCANNER", (sys.executable, "-c", "print('{')"))
    ask(make_story())
    run_duty(until=lambda: StoryCheck.objects.get().trouble != "")
    check = StoryCheck.objects.get()
    assert check.trouble == "the scan ended with 0 and no report"
    assert (check.tries, check.checked_at) == (1, None)
    assert jobs._running == []


def test_a_site_that_does_not_answer_stops_nothing(make_story, change_plant):
    change_plant(origin="http://127.0.0.1:1")
    ask(make_story())
    run_duty(until=lambda: StoryCheck.objects.get().trouble != "")
    check = StoryCheck.objects.get()
    assert "Nothing answers at http://127.0.0.1:1" in check.trouble
    assert (check.tries, check.checked_at) == (1, None)
    assert jobs._running == []
