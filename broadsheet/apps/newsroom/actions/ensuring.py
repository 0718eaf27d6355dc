"""Making what a story hangs on: sections, topics, authors, storylines, house pages.

Each is keyed by its address; doing it twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.text import slugify
from wagtail.models import Page, Site

from broadsheet.apps.newsroom.events import NamesChanged
from broadsheet.apps.newsroom.models import (
    Author,
    HousePage,
    Picture,
    Section,
    Storyline,
    StorylineEvent,
    Topic,
)
from broadsheet.plumbing.events import announce


@dataclass(frozen=True, slots=True)
class DatedEvent:
    """One event of a storyline; ``precision`` is day, month or year."""

    on: date
    title: str
    precision: str = "day"
    story_id: int | None = None


def ensure_section(
    *, slug: str, name: str = "", position: int | None = None, standfirst: str = ""
) -> Section:
    """The section at ``slug``, made if missing. Raises ``ValidationError`` for a reserved address."""
    found = Section.objects.filter(slug=slug).first()
    if found is not None:
        return found
    if position is None:
        position = (Section.objects.aggregate(last=Max("position"))["last"] or 0) + 1
    name = name or slug.replace("-", " ").capitalize()
    section = Section(slug=slug, name=name[:60], position=position, standfirst=standfirst)
    section.full_clean()
    section.save()
    return section


def ensure_topic(*, name: str, slug: str = "", summary: str = "") -> Topic:
    """The topic at ``slug``; without one, the topic of that name. Made if missing."""
    known = None if slug else Topic.objects.filter(name=name[:80]).order_by("pk").first()
    if known is not None:
        return known
    slug = slug or address_of(name, 80)
    topic, _made = Topic.objects.get_or_create(
        slug=slug, defaults={"name": name[:80], "summary": summary}
    )
    return topic


def ensure_author(
    *,
    name: str,
    slug: str = "",
    role: str = "",
    place: str = "",
    bio: str = "",
    portrait: Picture | None = None,
) -> Author:
    """The author at ``slug``; without one, the author of that name. Made if missing."""
    known = None if slug else Author.objects.filter(name=name[:120]).order_by("pk").first()
    if known is not None:
        return known
    slug = slug or address_of(name, 120)
    author, _made = Author.objects.get_or_create(
        slug=slug,
        defaults={
            "name": name[:120],
            "role": role,
            "place": place,
            "bio": bio,
            "portrait": portrait,
        },
    )
    return author


def ensure_storyline(
    *, slug: str, title: str, summary: str = "", events: Iterable[DatedEvent] = ()
) -> Storyline:
    """The storyline at ``slug`` with at least these events; an event is known by date and title."""
    with transaction.atomic():
        storyline, _made = Storyline.objects.get_or_create(
            slug=slug, defaults={"title": title, "summary": summary}
        )
        for event in events:
            StorylineEvent.objects.get_or_create(
                storyline=storyline,
                on=event.on,
                title=event.title,
                defaults={"precision": event.precision, "story_id": event.story_id},
            )
    return storyline


def ensure_house_page(*, slug: str, title: str, body: str, standfirst: str = "") -> HousePage:
    """The house page at ``/<slug>/``, made under the site's root page if missing."""
    found = HousePage.objects.filter(slug=slug).first()
    if found is not None:
        return found
    page = HousePage(slug=slug, title=title, body=body, standfirst=standfirst)
    with transaction.atomic():
        site = Site.objects.filter(is_default_site=True).select_related("root_page").first()
        root = site.root_page if site else Page.get_first_root_node()
        root.add_child(instance=page)
    return page


def put_house_picture(*, slug: str, picture: Picture) -> None:
    """Set the picture of a house page that has none; of a page that is not there, do nothing."""
    HousePage.objects.filter(slug=slug, picture=None).update(picture=picture)


def note_changed_names(*, kind: str, key: int, now: datetime) -> None:
    """Tell that something many pages print has changed."""
    with transaction.atomic():
        announce(NamesChanged(kind, key), now=now)


def address_of(name: str, longest: int) -> str:
    """The address of something known by its name. Raises ``ValidationError`` without a name."""
    slug = slugify(name)[:longest].strip("-")
    if not slug:
        slug = "-".join(f"{ord(letter):x}" for letter in name.strip()[:12])
    if not slug:
        raise ValidationError("A name is needed.")
    return slug
