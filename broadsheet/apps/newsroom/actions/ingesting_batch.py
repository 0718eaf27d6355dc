"""Many items becoming stories at once, in a number of queries that does not grow with them.

Imported stories carry no revisions, one audit row stands for a batch, and one event tells of it.
What needs more care (an embargo, a hold, a story that has history) goes through ``ingest_copy``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction

from broadsheet.apps.newsroom.actions.ensuring import address_of, ensure_section
from broadsheet.apps.newsroom.actions.ingesting import (
    CannotIngest,
    IncomingCopy,
    Ingested,
    fill_story,
    ingest_copy,
    is_waiting,
    plain_line,
)
from broadsheet.apps.newsroom.actions.publishing import text_of
from broadsheet.apps.newsroom.events import StoriesIngested
from broadsheet.apps.newsroom.models import Author, Section, Story, StoryByline, StoryCopy, Topic
from broadsheet.apps.newsroom.models.body import words_in
from broadsheet.plumbing.audit import record_deed
from broadsheet.plumbing.events import announce

STORY_FIELDS = [
    one.attname for one in Story._meta.concrete_fields if not one.primary_key
]  # what an update of a known story writes


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What became of one item; without ``outcome`` it was refused, for ``reason``."""

    outcome: Ingested | None
    story_id: int | None = None
    reason: str = ""


@dataclass(slots=True)
class _Batch:
    now: datetime
    digests: list[str]
    known: dict[tuple[str, str], StoryCopy]
    sections: dict[str, Section] = field(default_factory=dict)
    fresh: list[tuple[int, IncomingCopy, Story]] = field(default_factory=list)
    changed: list[tuple[int, IncomingCopy, Story]] = field(default_factory=list)
    answers: dict[int, TakenIn] = field(default_factory=dict)


def ingest_batch(*, copies: Sequence[IncomingCopy], now: datetime) -> list[TakenIn]:
    """Make or update the story of each item, each named once; the answers in the same order.

    One transaction: either all that could be taken in is, or, on a database error, nothing.
    """
    with transaction.atomic():
        batch = _Batch(
            now, [copy.digest() for copy in copies], _find_known(copies), _find_sections(copies)
        )
        for place, copy in enumerate(copies):
            batch.answers[place] = _weigh(batch, place, copy)
        _insert(batch)
        _overwrite(batch)
        _hang_names(batch)
        _remember(batch)
        _tell(batch)
    return [batch.answers[place] for place in range(len(copies))]


def _find_known(copies: Sequence[IncomingCopy]) -> dict[tuple[str, str], StoryCopy]:
    names: dict[str, list[str]] = {}
    for copy in copies:
        names.setdefault(copy.feed, []).append(copy.external_id)
    return {
        (known.feed, known.external_id): known
        for feed, identifiers in names.items()
        for known in StoryCopy.objects.select_for_update()
        .filter(feed=feed, external_id__in=identifiers)
        .select_related("story")
    }


def _find_sections(copies: Sequence[IncomingCopy]) -> dict[str, Section]:
    return {
        section.slug: section
        for section in Section.objects.filter(slug__in={copy.section for copy in copies})
    }


def _weigh(batch: _Batch, place: int, copy: IncomingCopy) -> TakenIn:
    known = batch.known.get((copy.feed, copy.external_id))
    if known is not None and known.digest == batch.digests[place]:
        return TakenIn(Ingested.UNCHANGED, known.story_id)
    needs_care = known is not None and (
        known.story.latest_revision_id is not None or not known.story.live
    )
    try:
        if needs_care or is_waiting(copy, batch.now):
            outcome, story = ingest_copy(copy=copy, now=batch.now)
            return TakenIn(outcome, story.pk)
        if copy.section not in batch.sections:
            batch.sections[copy.section] = ensure_section(slug=copy.section, name=copy.section_name)
        return _fill(batch, place, copy, known.story if known else None)
    except CannotIngest as error:
        return TakenIn(None, reason=str(error))
    except ValidationError as error:
        return TakenIn(None, reason=" ".join(error.messages))


def _fill(batch: _Batch, place: int, copy: IncomingCopy, known: Story | None) -> TakenIn:
    now = batch.now
    story = known or Story(version=0)
    before = text_of(story) if known is not None else None
    blocks = fill_story(story, copy, batch.sections[copy.section])
    story.version += 1
    story.live, story.has_unpublished_changes = True, False
    story.published_at = story.published_at or now
    story.first_published_at = story.first_published_at or story.published_at
    story.last_published_at = now
    story.word_count = sum(
        words_in(block["value"]) for block in blocks if block["type"] in {"paragraph", "crosshead"}
    )
    if known is None:
        batch.fresh.append((place, copy, story))
        return TakenIn(Ingested.CREATED)
    if copy.updated_at is None and text_of(story) != before:
        story.updated_at = now
    batch.changed.append((place, copy, story))
    return TakenIn(Ingested.UPDATED, story.pk)


def _insert(batch: _Batch) -> None:
    Story.objects.bulk_create([story for _place, _copy, story in batch.fresh])
    for place, _copy, story in batch.fresh:
        batch.answers[place] = TakenIn(Ingested.CREATED, story.pk)


def _overwrite(batch: _Batch) -> None:
    stories = [story for _place, _copy, story in batch.changed]
    if stories:
        Story.objects.bulk_create(
            stories, update_conflicts=True, unique_fields=["id"], update_fields=STORY_FIELDS
        )
        keys = [story.pk for story in stories]
        StoryByline.objects.filter(story__in=keys).delete()
        Story.topics.through.objects.filter(story__in=keys).delete()


def _hang_names(batch: _Batch) -> None:
    """Bylines and topics of every story written, with the rows they hang on."""
    written = [*batch.fresh, *batch.changed]
    authors = _ensure_named(Author, [name for _p, copy, _s in written for name in copy.authors])
    topics = _ensure_named(Topic, [name for _p, copy, _s in written for name in copy.topics])
    bylines: list[StoryByline] = []
    subjects: list[Any] = []
    through: Any = Story.topics.through
    for _place, copy, story in written:
        bylines += [
            StoryByline(story_id=story.pk, author_id=author, sort_order=order)
            for order, author in enumerate(_distinct(authors, copy.authors))
        ]
        subjects += [
            through(story_id=story.pk, topic_id=topic) for topic in _distinct(topics, copy.topics)
        ]
    StoryByline.objects.bulk_create(bylines)
    through.objects.bulk_create(subjects, ignore_conflicts=True)


def _distinct(keys: dict[str, int], names: Iterable[str]) -> list[int]:
    lines = (plain_line(name) for name in names)
    return list(dict.fromkeys(keys[line] for line in lines if line in keys))


def _ensure_named(model: type[Author | Topic], names: Iterable[str]) -> dict[str, int]:
    """Keys by name, for rows of that name or at its address; the missing rows are made."""
    longest = int(model._meta.get_field("slug").max_length or 80)
    slugs = {line: address_of(line, longest) for name in names if (line := plain_line(name))}
    if not slugs:
        return {}
    rows: models.Manager[Any] = model.objects
    named = dict(rows.filter(name__in=slugs).order_by("-pk").values_list("name", "pk"))
    wanted = {slug: line for line, slug in reversed(slugs.items()) if line not in named}
    found = dict(rows.filter(slug__in=wanted).values_list("slug", "pk"))
    missing = [slug for slug in wanted if slug not in found]
    if missing:
        room = int(model._meta.get_field("name").max_length or 80)
        rows.bulk_create(
            [model(slug=slug, name=wanted[slug][:room]) for slug in missing], ignore_conflicts=True
        )
        found |= dict(rows.filter(slug__in=missing).values_list("slug", "pk"))
    return named | {line: found[slug] for line, slug in slugs.items() if line not in named}


def _remember(batch: _Batch) -> None:
    StoryCopy.objects.bulk_create(
        [
            StoryCopy(
                feed=copy.feed,
                external_id=copy.external_id,
                digest=batch.digests[place],
                story_id=story.pk,
                received_at=batch.now,
            )
            for place, copy, story in (*batch.fresh, *batch.changed)
        ],
        update_conflicts=True,
        unique_fields=["feed", "external_id"],
        update_fields=["digest", "story", "received_at"],
    )


def _tell(batch: _Batch) -> None:
    created = tuple(story.pk for _place, _copy, story in batch.fresh)
    updated = tuple(story.pk for _place, _copy, story in batch.changed)
    if not created and not updated:
        return
    record_deed(
        actor="house",
        deed="ingest_batch",
        subject=f"newsroom.story:{(*created, *updated)[0]}",
        now=batch.now,
        created=created,
        updated=updated,
    )
    announce(StoriesIngested(created, updated), now=batch.now)
