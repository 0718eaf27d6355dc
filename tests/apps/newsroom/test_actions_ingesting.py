"""One item of a feed is one story, however often it comes."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from broadsheet.apps.accounts.models import User
from broadsheet.apps.newsroom.actions import (
    CannotIngest,
    IncomingCopy,
    Ingested,
    ingest_copy,
    kill_copy,
    kill_story,
)
from broadsheet.apps.newsroom.models import Author, Section, Story, StoryCopy, Topic
from broadsheet.domain.story import AccessClass, Origin
from broadsheet.plumbing.models import OutboxRow

pytestmark = [pytest.mark.db, pytest.mark.django_db]
THEN = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)


def copy(**fields: Any) -> IncomingCopy:
    given = {
        "feed": "peninsula",
        "external_id": "urn:1",
        "headline": "Ambar <b>slows</b> &amp; weakens",
        "body": [
            ("paragraph", "The storm <em>slowed</em> <script>alert(1)</script>on Monday."),
            ("crosshead", "Rain"),
            ("paragraph", "  "),
            ("paragraph", 'See <a href="https://x.example/" onclick="x">there</a>.'),
        ],
        "section": "nation",
        "section_name": "Nation",
        "agency": "Peninsula Press",
        "authors": ["Zoya Mistral", "Zoya Mistral", "Lata Ponnani"],
        "topics": ["Cyclone Ambar"],
        "published_at": THEN,
        **fields,
    }
    return IncomingCopy(**given)


def test_an_item_becomes_a_story(now: datetime) -> None:
    became, story = ingest_copy(copy=copy(), now=now)

    assert became is Ingested.CREATED
    story = Story.objects.get()
    assert (story.live, story.version, story.origin, story.agency) == (
        True, 1, "wire", "Peninsula Press",
    )  # fmt: skip
    assert (story.headline, story.slug) == ("Ambar slows & weakens", "ambar-slows-weakens")
    assert (story.published_at, story.updated_at, story.latest_revision) == (THEN, None, None)
    assert [(block.block_type, str(block.value)) for block in story.body] == [
        ("paragraph", "<p>The storm <i>slowed</i> on Monday.</p>"),
        ("crosshead", "Rain"),
        ("paragraph", '<p>See <a href="https://x.example/">there</a>.</p>'),
    ]
    assert story.word_count == 8
    assert [line.author.name for line in story.bylines.all()] == ["Zoya Mistral", "Lata Ponnani"]
    assert list(story.topics.values_list("slug", flat=True)) == ["cyclone-ambar"]
    assert list(Section.objects.values_list("slug", "name")) == [("nation", "Nation")]
    assert OutboxRow.objects.count() == 1


def test_the_same_item_again_changes_nothing(now: datetime) -> None:
    ingest_copy(copy=copy(), now=now)
    became, story = ingest_copy(copy=copy(), now=now + timedelta(hours=1))
    assert (became, story.version) == (Ingested.UNCHANGED, 1)
    assert (Story.objects.count(), StoryCopy.objects.count(), Author.objects.count()) == (1, 1, 2)
    assert OutboxRow.objects.count() == 1


def test_a_changed_item_updates_its_story_and_keeps_block_ids(now: datetime) -> None:
    _created, first = ingest_copy(copy=copy(), now=now)
    ids = [block.id for block in Story.objects.get().body]
    later = now + timedelta(hours=1)
    changed = copy(
        headline="Ambar slows again",
        body=[("paragraph", "New lead."), *copy().body],
        authors=["Lata Ponnani"],
        topics=[],
    )
    became, story = ingest_copy(copy=changed, now=later)
    story = Story.objects.get()
    assert (became, story.pk, story.version) == (Ingested.UPDATED, first.pk, 2)
    assert (story.slug, story.published_at, story.updated_at) == (
        "ambar-slows-weakens", THEN, later,
    )  # fmt: skip
    assert [block.id for block in story.body][1:] == ids
    assert [line.author.name for line in story.bylines.all()] == ["Lata Ponnani"]
    assert story.topics.count() == 0
    assert Topic.objects.count() == 1


def test_no_break_spaces_stay(now: datetime) -> None:
    said = "₹640\u00a0crore  lost"
    _created, story = ingest_copy(copy=copy(headline=said, body=[("paragraph", said)]), now=now)
    assert story.headline == "₹640\u00a0crore lost"
    assert story.body[0].value.source == "<p>₹640\u00a0crore lost</p>"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"external_id": " "}, "The item has no identifier."),
        ({"headline": " <br> "}, "The item has no headline."),
        ({"body": []}, "The item has no text."),
        ({"body": [("paragraph", "<script>x</script>")]}, "The item has no text."),
        ({"body": [("table", "x")]}, "A text cannot hold a block called table."),
        ({"agency": ""}, "Say which agency or sponsor this came from."),
        (
            {"section": "desk", "section_name": "Desk"},
            "The address /desk/ belongs to the site itself. Choose another one.",
        ),
    ],
)
def test_an_item_that_cannot_be_a_story_leaves_nothing(
    now: datetime, fields: dict[str, Any], reason: str
) -> None:
    with pytest.raises(CannotIngest, match=reason.replace(".", r"\.")):
        ingest_copy(copy=copy(**fields), now=now)
    for model in (Story, StoryCopy, Section, Author, OutboxRow):
        assert model.objects.count() == 0


def test_a_story_an_editor_worked_on_is_left_alone(now: datetime) -> None:
    _created, story = ingest_copy(copy=copy(), now=now)
    story.headline = "Ours"
    story.save_revision(user=User.objects.create_user("a@b.example"))
    with pytest.raises(CannotIngest):
        ingest_copy(copy=copy(headline="Theirs"), now=now)
    assert Story.objects.get().headline == "Ambar slows & weakens"


def test_a_killed_story_is_not_revived(now: datetime) -> None:
    _created, story = ingest_copy(copy=copy(), now=now)
    kill_story(story_id=story.pk, note="It was wrong.", actor=None, now=now)
    with pytest.raises(CannotIngest):
        ingest_copy(copy=copy(headline="Theirs"), now=now)
    assert Story.objects.get().live is False


def test_an_embargo_waits(now: datetime) -> None:
    due = datetime(2099, 1, 1, tzinfo=UTC)
    became, story = ingest_copy(copy=copy(embargo_until=due), now=now)
    story = Story.objects.get()
    assert (became, story.live, story.version, story.go_live_at) == (
        Ingested.CREATED, False, 0, due,
    )  # fmt: skip
    assert story.revisions.get().approved_go_live_at == due
    assert OutboxRow.objects.count() == 0


def test_a_sender_may_kill_its_item(now: datetime) -> None:
    ingest_copy(copy=copy(), now=now)
    note = "The agency withdrew this report."
    kill = {"feed": "peninsula", "external_id": "urn:1", "note": note}
    assert kill_copy(**kill, now=now) is Ingested.UPDATED
    assert kill_copy(**kill, now=now + timedelta(hours=1)) is Ingested.UNCHANGED
    assert kill_copy(**(kill | {"external_id": "urn:2"}), now=now) is Ingested.UNCHANGED
    assert Story.objects.get().kill_note == note


def test_the_digest_sees_every_field() -> None:
    one = copy()
    assert one.digest() == copy().digest()
    for field, other in (
        ("access", AccessClass.FREE), ("origin", Origin.EDITED_WIRE), ("kicker", "Storm"),
    ):  # fmt: skip
        assert dataclasses.replace(one, **{field: other}).digest() != one.digest()
