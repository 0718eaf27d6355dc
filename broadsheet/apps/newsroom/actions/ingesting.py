"""Copy from outside becoming stories: one item of a feed, one story."""

from __future__ import annotations

import hashlib
import html
import json
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

import nh3
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import Truncator, slugify
from django.utils.translation import gettext as _

from broadsheet.apps.newsroom.actions.ensuring import ensure_author, ensure_section, ensure_topic
from broadsheet.apps.newsroom.actions.killing import kill_story, spike_story, withdraw_story
from broadsheet.apps.newsroom.actions.publishing import (
    bring_before_readers,
    publish_revision,
    refuse_unready,
)
from broadsheet.apps.newsroom.models import Section, Story, StoryByline, StoryCopy, StoryForm
from broadsheet.apps.newsroom.models.body import words_in
from broadsheet.domain.story import AccessClass, Origin

BLOCKS = uuid.UUID("6f1f2a52-4d8e-4c0e-9a55-0d3e6a1f7b10")
SPACES = re.compile(r"[ \t\r\n\f\v]{2,}|[\t\r\n\f\v]")  # a no-break space is meant and stays
MARKUP = re.compile(r"[<>&\x00]")
SAME_INK = (("strong", "b"), ("em", "i"))


class CannotIngest(Exception):  # noqa: N818
    """An item that cannot become a story; the message says why. A retry does not help."""


class Ingested(StrEnum):
    """What became of an item."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class IncomingCopy:
    """One parsed item. ``body`` holds (kind, value) pairs: ("paragraph", html),
    ("crosshead", text), ("list", [html, …]), ("pull_quote", {"quote", "speaker"}), ("picture", {"picture": id,
    "caption"}), ("chart", {"title", "rows", …}). Times are aware. ``held``: the sender allows no
    publication, so it stands as a draft.
    """

    feed: str
    external_id: str
    headline: str
    body: Sequence[tuple[str, Any]]
    section: str
    section_name: str = ""
    kicker: str = ""
    standfirst: str = ""
    slug: str = ""
    dateline: str = ""
    authors: Sequence[str] = ()
    topics: Sequence[str] = ()
    origin: Origin = Origin.WIRE
    agency: str = ""
    access: AccessClass = AccessClass.METERED
    form: str = StoryForm.NEWS.value
    language: str = "en-IN"
    published_at: datetime | None = None
    updated_at: datetime | None = None
    embargo_until: datetime | None = None
    held: bool = False
    lead_picture_id: int | None = None
    caption: str = ""
    storyline_id: int | None = None

    def digest(self) -> str:
        """Tells whether the item has changed since it was last taken in."""
        plain = json.dumps([getattr(self, one.name) for one in fields(self)], default=str)
        return hashlib.sha256(plain.encode()).hexdigest()


def ingest_copy(*, copy: IncomingCopy, now: datetime) -> tuple[Ingested, Story]:
    """Make or update the one story of this item, published at once or at its embargo.

    The same item again changes nothing. A story that an editor has worked on since, or killed, is
    left alone. Raises ``CannotIngest``; nothing happens then.
    """
    if not copy.external_id.strip():
        raise CannotIngest(_("The item has no identifier."))
    digest = copy.digest()
    try:
        with transaction.atomic():
            known = (
                StoryCopy.objects.select_for_update()
                .filter(feed=copy.feed, external_id=copy.external_id)
                .select_related("story")
                .first()
            )
            if known is not None and known.digest == digest:
                return Ingested.UNCHANGED, known.story
            if known is not None:
                _refuse_touched(known.story)
            story = _take_in(copy, known.story if known else None, now)
            StoryCopy.objects.update_or_create(
                feed=copy.feed,
                external_id=copy.external_id,
                defaults={"digest": digest, "story": story, "received_at": now},
            )
    except ValidationError as error:
        raise CannotIngest(" ".join(error.messages)) from error
    return (Ingested.UPDATED if known else Ingested.CREATED), story


def kill_copy(*, feed: str, external_id: str, note: str, now: datetime) -> Ingested:
    """Kill the story of an item that its sender withdrew; one never published is spiked.

    An item never taken in is no matter.
    """
    known = (
        StoryCopy.objects.filter(feed=feed, external_id=external_id).select_related("story").first()
    )
    if known is None:
        return Ingested.UNCHANGED
    if known.story.version == 0:
        spiked = spike_story(story_id=known.story_id, note=note, now=now)
        return Ingested.UPDATED if spiked else Ingested.UNCHANGED
    try:
        killed = kill_story(story_id=known.story_id, note=note, actor=None, now=now)
    except ValidationError as error:
        raise CannotIngest(" ".join(error.messages)) from error
    return Ingested.UPDATED if killed.killed_at == now else Ingested.UNCHANGED


def _refuse_touched(story: Story) -> None:
    if story.killed_at is not None:
        raise CannotIngest(_("The story was killed here and stays so."))
    if story.revisions.filter(user__isnull=False).exists():
        raise CannotIngest(_("An editor has worked on the story since; it was left as it is."))


def _take_in(copy: IncomingCopy, story: Story | None, now: datetime) -> Story:
    before = Story.objects.get(pk=story.pk) if story is not None else None
    story = story or Story()
    fill_story(story, copy, ensure_section(slug=copy.section, name=copy.section_name))
    return _save(copy, story, before, now)


def fill_story(story: Story, copy: IncomingCopy, section: Section) -> list[dict[str, Any]]:
    """Write an item into a story's fields, unsaved; its blocks. Raises ``CannotIngest`` and
    ``ValidationError``.
    """
    headline = plain_line(copy.headline)
    body = clean_body(copy.body, key=f"{copy.feed}/{copy.external_id}")
    if not headline:
        raise CannotIngest(_("The item has no headline."))
    if not any(block["type"] == "paragraph" for block in body):
        raise CannotIngest(_("The item has no text."))
    story.section = section
    story.headline = _shorten(headline, 200)
    story.slug = story.slug or slugify(copy.slug or headline)[:80].strip("-") or "story"
    story.kicker = _shorten(plain_line(copy.kicker), 60)
    story.standfirst = _shorten(plain_line(copy.standfirst), 500)
    story.dateline = plain_line(copy.dateline)[:80]
    story.caption = plain_line(copy.caption)[:400]
    story.body = json.dumps(body)
    story.form = copy.form if copy.form in StoryForm.values else StoryForm.NEWS.value
    story.access = copy.access.value
    story.origin = copy.origin.value
    story.agency = plain_line(copy.agency)[:120]
    story.language = copy.language[:12]
    story.lead_picture_id = copy.lead_picture_id
    story.storyline_id = copy.storyline_id
    story.published_at = copy.published_at or story.published_at
    story.updated_at = copy.updated_at or story.updated_at
    refuse_unready(story)
    return body


def is_waiting(copy: IncomingCopy, now: datetime) -> bool:
    """Whether the item may not be published yet: withheld by its sender, or under embargo."""
    return copy.held or (copy.embargo_until is not None and copy.embargo_until > now)


def _save(copy: IncomingCopy, story: Story, before: Story | None, now: datetime) -> Story:
    waiting = is_waiting(copy, now)
    if waiting and before is not None and before.live:
        withdraw_story(story=before, now=now)
    story.live = not waiting
    story.go_live_at = copy.embargo_until if waiting and not copy.held else None
    story.has_unpublished_changes = waiting
    _forget_older_versions(story)
    if not waiting:
        story.first_published_at = story.first_published_at or story.published_at or now
        story.last_published_at = now
    story.bylines = [
        StoryByline(author=ensure_author(name=name), sort_order=place)
        for place, name in enumerate(dict.fromkeys(map(plain_line, copy.authors)))
        if name
    ]
    story.save()
    story.topics.set([ensure_topic(name=name) for name in map(plain_line, copy.topics) if name])
    story.save()
    if story.go_live_at is not None:
        revision = story.save_revision(clean=False)
        publish_revision(revision=revision, now=now, skip_permission_checks=True)
    elif not waiting:
        bring_before_readers(story, before=before, user=None, now=now)
    return story


def _forget_older_versions(story: Story) -> None:
    """Drop the revision an embargo needed, so that neither schedule nor editor meets old words."""
    if story.pk is not None and story.latest_revision_id is not None:
        story.revisions.all().delete()
        story.latest_revision = story.live_revision = None


def clean_body(body: Sequence[tuple[str, Any]], *, key: str) -> list[dict[str, Any]]:
    """Blocks as the text keeps them: markup cleaned, empty ones dropped, ids that stay the same
    for the same words of the same item.
    """
    blocks: list[dict[str, Any]] = []
    seen: dict[str, int] = {}
    for kind, given in body:
        value = _clean_block(kind, given)
        if not value:
            continue
        words = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
        said = f"{key}\n{kind}\n{words}"
        seen[said] = seen.get(said, 0) + 1
        stable = uuid.uuid5(BLOCKS, f"{said}\n{seen[said]}")
        printed = "paragraph" if kind == "list" else kind
        blocks.append({"type": printed, "value": value, "id": str(stable)})
    return blocks


def _clean_block(kind: str, given: Any) -> Any:
    if kind == "paragraph":
        inner = clean_inline(str(given))
        return f"<p>{inner}</p>" if _has_words(inner) else ""
    if kind == "list":
        items = [f"<li>{inner}</li>" for one in given if words_in(inner := clean_inline(str(one)))]
        return f"<ul>{''.join(items)}</ul>" if items else ""
    if kind == "crosshead":
        return _shorten(plain_line(str(given)), 120)
    if kind == "pull_quote":
        quote = plain_line(str(given.get("quote", "")))
        return (
            {"quote": quote, "speaker": plain_line(str(given.get("speaker", "")))}
            if quote
            else None
        )
    if kind in {"picture", "chart"}:
        return dict(given)
    raise CannotIngest(_("A text cannot hold a block called %(kind)s.") % {"kind": kind})


def clean_inline(markup: str) -> str:
    """Running text with bold, italic and links to the web, and nothing else."""
    if not MARKUP.search(markup):
        return _tidy(markup)
    cleaned = nh3.clean(
        markup,
        tags={"b", "i", "strong", "em", "a", "br"},
        clean_content_tags={"script", "style", "template", "noscript", "iframe", "object"},
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto"},
        link_rel=None,
    )
    for given, ours in SAME_INK:
        cleaned = cleaned.replace(f"<{given}>", f"<{ours}>").replace(f"</{given}>", f"</{ours}>")
    cleaned = re.sub(r"<a>(.*?)</a>", r"\1", cleaned, flags=re.DOTALL)
    return SPACES.sub(" ", cleaned.replace("&nbsp;", "\u00a0")).strip()


def plain_line(text: str) -> str:
    """One line of plain text, whatever markup came with it."""
    if MARKUP.search(text):
        text = html.unescape(nh3.clean(text, tags=set()))
    return _tidy(text)


def _has_words(inner: str) -> bool:
    return words_in(inner) > 0 if MARKUP.search(inner) else bool(inner.strip())


def _tidy(text: str) -> str:
    if "  " in text or not text.isprintable():
        text = SPACES.sub(" ", text)
    return text.strip()


def _shorten(line: str, longest: int) -> str:
    return line if len(line) <= longest else Truncator(line).chars(longest)
