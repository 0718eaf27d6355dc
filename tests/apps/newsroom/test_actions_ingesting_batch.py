"""Batches of copy: as ``ingest_copy`` does it, in a fixed number of queries."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from broadsheet.apps.newsroom.actions import IncomingCopy, Ingested, ingest_batch, ingest_copy
from broadsheet.apps.newsroom.models import Author, Section, Story, Topic
from broadsheet.domain.story import Origin
from broadsheet.plumbing.models import AuditRow, OutboxRow

pytestmark = [pytest.mark.db, pytest.mark.django_db]
AT = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
LATER = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def copies(count: int, **otherwise: Any) -> list[IncomingCopy]:
    return [
        IncomingCopy(
            feed="f",
            external_id=f"a-{n}",
            headline=f"Story {n}",
            body=(("paragraph", f"Text {n} &amp; <b>more</b>."), ("list", ("one", "two"))),
            section="city",
            origin=Origin.STAFF,
            authors=("Asha Rao", f"Writer {n % 7}"),
            topics=("Harbour", f"Topic {n % 7}"),
            **otherwise,
        )
        for n in range(count)
    ]


def count_queries(count: int) -> int:
    with CaptureQueriesContext(
        connection,
    ) as taken:
        ingest_batch(copies=copies(count), now=AT)
    Story.objects.all().delete()
    return len(taken)


def test_the_number_of_queries_does_not_grow_with_the_items() -> None:
    ingest_batch(copies=copies(10), now=AT)  # the section, authors and topics now stand
    Story.objects.all().delete()
    assert count_queries(3) == count_queries(9)


def test_a_batch_makes_what_one_by_one_would() -> None:
    [one] = copies(1)
    ingest_copy(copy=one, now=AT)
    [first] = Story.objects.values()
    blocks = [(block.block_type, block.id, str(block.value)) for block in Story.objects.get().body]
    Story.objects.all().delete()
    ingest_batch(copies=[one], now=AT)
    [second] = Story.objects.values()
    again = [(block.block_type, block.id, str(block.value)) for block in Story.objects.get().body]
    assert again == blocks
    for row in (first, second):
        del row["id"], row["body"]
    assert second == first


def test_names_are_made_once() -> None:
    ingest_batch(copies=copies(20), now=AT)
    assert (Section.objects.count(), Author.objects.count(), Topic.objects.count()) == (1, 8, 8)
    story = Story.objects.get(takes=None, copies__external_id="a-3")
    assert [one.author.name for one in story.bylines.all()] == ["Asha Rao", "Writer 3"]


def test_one_audit_row_and_one_event_tell_of_a_batch() -> None:
    ingest_batch(copies=copies(5), now=AT)
    keys = sorted(Story.objects.values_list("pk", flat=True))
    row = AuditRow.objects.get(deed="ingest_batch")
    assert (row.detail, row.actor) == ({"created": keys, "updated": []}, "house")
    told = OutboxRow.objects.filter(event__endswith="StoriesIngested").get()
    assert told.payload == {"created": keys, "updated": []}


def test_changed_items_are_overwritten_in_place() -> None:
    ingest_batch(copies=copies(3), now=AT)
    before = dict(Story.objects.values_list("copies__external_id", "pk"))
    changed = copies(3)
    changed[1] = replace(changed[1], headline="Changed", authors=("Tom Hill",), topics=())
    answers = ingest_batch(copies=changed, now=LATER)
    assert [answer.outcome for answer in answers] == [
        Ingested.UNCHANGED,
        Ingested.UPDATED,
        Ingested.UNCHANGED,
    ]
    assert dict(Story.objects.values_list("copies__external_id", "pk")) == before
    story = Story.objects.get(headline="Changed")
    assert (story.version, story.updated_at, story.topics.count()) == (2, LATER, 0)
    assert [one.author.name for one in story.bylines.all()] == ["Tom Hill"]


def test_what_is_refused_stops_nothing_else() -> None:
    several = copies(4)
    several[0] = replace(several[0], headline=" ")
    several[1] = replace(several[1], body=(("crosshead", "x"),))
    several[2] = replace(several[2], section="account")
    answers = ingest_batch(copies=several, now=AT)
    assert [answer.reason for answer in answers[:2]] == [
        "The item has no headline.",
        "The item has no text.",
    ]
    assert "/account/" in answers[2].reason
    assert [answer.outcome for answer in answers] == [None, None, None, Ingested.CREATED]
    assert Story.objects.get().pk == answers[3].story_id


def test_a_batch_of_nothing_is_no_matter() -> None:
    assert ingest_batch(copies=[], now=AT) == []
    assert (AuditRow.objects.count(), OutboxRow.objects.count()) == (0, 0)


def test_a_list_stands_as_one_block() -> None:
    ingest_batch(copies=copies(1), now=AT)
    blocks = [block.value.source for block in Story.objects.get().body]
    assert blocks == ["<p>Text 0 &amp; <b>more</b>.</p>", "<ul><li>one</li><li>two</li></ul>"]
