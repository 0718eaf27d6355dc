"""What is asked of the newsroom. Lists never load a story's text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    Max,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    TextField,
    Value,
    When,
    Window,
)
from django.db.models.functions import Cast, RowNumber
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from wagtail.models import Revision

from broadsheet.apps.newsroom.models import (
    Author,
    Correction,
    Front,
    HousePage,
    Section,
    Slot,
    SlotRole,
    Story,
    StoryByline,
    Storyline,
    StorylineEvent,
    Topic,
)
from broadsheet.apps.newsroom.models.body import count_block_words
from broadsheet.domain.story import AccessClass, Origin, count_preview_blocks, get_disclaimer

PAGE = 24
LONGEST_SEARCH = 8  # words


@dataclass(frozen=True, slots=True)
class StoryPage:
    """One page of a list; ``has_next`` is known without counting the whole list."""

    stories: list[Story]
    page: int
    has_next: bool

    @property
    def has_previous(self) -> bool:
        return self.page > 1


@dataclass(frozen=True, slots=True)
class FrontPage:
    """A front's stories by role; every role is there, an empty one as an empty list."""

    slug: str
    edited_at: datetime | None
    roles: dict[str, list[Story]] = field(default_factory=dict)

    @property
    def story_ids(self) -> set[int]:
        return {story.pk for stories in self.roles.values() for story in stories}


@dataclass(frozen=True, slots=True)
class Preview:
    """What a stopped reader gets: the standfirst, whole blocks from the top, and what is left."""

    standfirst: str
    blocks: tuple[Any, ...]
    words: int
    words_left: int


# --- one story ------------------------------------------------------------------------------


def find_live_story(story_id: int) -> Story | None:
    """A published story with all its page shows: five queries, plus two for pictures it has."""
    return (
        Story.objects.filter(pk=story_id, live=True)
        .select_related("section", "lead_picture", "storyline")
        .prefetch_related(
            "lead_picture__cuts",
            Prefetch("bylines", StoryByline.objects.select_related("author__portrait")),
            "bylines__author__portrait__cuts",
            "topics",
            "corrections",
        )
        .first()
    )


def find_killed_story(story_id: int) -> Story | None:
    """A story withdrawn after publication; ``kill_note`` is the sentence for its readers."""
    return (
        Story.objects.filter(pk=story_id, killed_at__isnull=False)
        .defer("body")
        .select_related("section")
        .first()
    )


def preview_of(story: Story) -> Preview:
    """Standfirst and whole paragraphs by ``domain.story.count_preview_blocks``.

    Only the paragraphs at the top: a quote or a picture further down may repeat what is locked.
    """
    blocks = list(story.body)
    words = [count_block_words(block) for block in blocks]
    shown = count_preview_blocks(words)
    for place, block in enumerate(blocks[:shown]):
        if block.block_type != "paragraph":
            shown = place
            break
    seen = sum(words[:shown])
    return Preview(story.standfirst, tuple(blocks[:shown]), seen, sum(words) - seen)


def words_left(story: Story) -> int:
    """How many words of the text stand behind the wall."""
    return preview_of(story).words_left


def disclaimer_of(story: Story) -> str:
    """The sentence that the story's origin demands, in the reader's language, or ``""``."""
    if not story.origin:
        return ""
    template = get_disclaimer(Origin(story.origin))
    if not template:
        return ""
    return _(template).format(agency=story.agency, paper=settings.PAPER.name)


# The ground floor's sentences under exactly its words, so that translators find them.
DISCLAIMERS = (
    gettext_noop(
        "This is an agency report. It was published from the feed of {agency} without our "
        "journalists changing it; {paper}’s reporters did not write or verify it."
    ),
    gettext_noop(
        "This is an agency report. It came from {agency} and was edited by {paper}’s desk; "
        "our reporters did not write or verify it."
    ),
    gettext_noop(
        "This was written by a contributor who is not on {paper}’s staff. The views are the "
        "writer’s own."
    ),
    gettext_noop("This was paid for by {agency}. {paper}’s newsroom had no part in writing it."),
    gettext_noop(
        "A machine helped to write this. An editor of {paper} checked it before it was published "
        "and answers for it."
    ),
)


# --- lists ----------------------------------------------------------------------------------


def list_newest(
    *,
    limit: int,
    section: Section | None = None,
    form: str | None = None,
    exclude: Iterable[int] = (),
) -> list[Story]:
    """The newest published stories: four queries at most."""
    stories = Story.objects.published().for_lists()
    if section is not None:
        stories = stories.filter(section=section)
    if form is not None:
        stories = stories.filter(form=form)
    return list(stories.exclude(pk__in=list(exclude))[:limit])


def list_newest_by_section(*, each: int, exclude: Iterable[int] = ()) -> dict[int, list[Story]]:
    """The newest ``each`` headlines of every section, by the section's id: one query."""
    place = Window(
        RowNumber(), partition_by=F("section"), order_by=[F("published_at").desc(), F("pk").desc()]
    )
    stories = (
        Story.objects.filter(live=True)
        .exclude(pk__in=list(exclude))
        .annotate(place=place)
        .filter(place__lte=each)
        .select_related("section")
        .defer("body")
        .order_by("section", "place")
    )
    found: dict[int, list[Story]] = {}
    for story in stories:
        found.setdefault(story.section_id, []).append(story)
    return found


def list_section(section: Section, *, page: int = 1, size: int = PAGE) -> StoryPage:
    return _page(Story.objects.filter(section=section), page, size)


def list_topic(topic: Topic, *, page: int = 1, size: int = PAGE) -> StoryPage:
    return _page(Story.objects.filter(topics=topic), page, size)


def list_author(author: Author, *, page: int = 1, size: int = PAGE) -> StoryPage:
    return _page(Story.objects.filter(bylines__author=author), page, size)


def list_storyline_stories(storyline: Storyline, *, page: int = 1, size: int = PAGE) -> StoryPage:
    return _page(Story.objects.filter(storyline=storyline), page, size)


def search_stories(text: str, *, page: int = 1, size: int = PAGE) -> StoryPage:
    """Published stories that hold every word somewhere; newest first. Simple until the archive."""
    words = text.split()[:LONGEST_SEARCH]
    if not words:
        return StoryPage([], 1, False)
    stories = Story.objects.alias(body_text=Cast("body", TextField()))
    for word in words:
        named = StoryByline.objects.filter(story=OuterRef("pk"), author__name__icontains=word)
        stories = stories.filter(
            Q(headline__icontains=word)
            | Q(standfirst__icontains=word)
            | Q(kicker__icontains=word)
            | Q(body_text__icontains=word)
            | Exists(named)
        )
    return _page(stories, page, size)


def list_related(story: Story, *, limit: int = 3) -> list[Story]:
    """Stories to read next: same storyline, then shared topics, then the same section.

    Three queries.
    """
    topics = [topic.pk for topic in story.topics.all()]
    shares = Exists(Story.topics.through.objects.filter(story=OuterRef("pk"), topic__in=topics))
    nearness = Case(
        When(storyline__isnull=False, storyline=story.storyline_id, then=Value(0)),
        When(shares, then=Value(1)),
        When(section=story.section_id, then=Value(2)),
        default=Value(3),
    )
    others = Story.objects.published().for_lists().exclude(pk=story.pk)
    near = others.annotate(nearness=nearness).filter(nearness__lt=3)
    return list(near.order_by("nearness", "-published_at", "-pk")[:limit])


def list_storyline_events(
    storyline: Storyline, *, limit: int | None = None
) -> list[StorylineEvent]:
    """A storyline's events, newest first, each with its published story if it has one: one query."""
    events = (
        StorylineEvent.objects.filter(storyline=storyline)
        .select_related("story__section")
        .defer("story__body")
        .order_by("-on", "-pk")
    )
    found = list(events[:limit] if limit else events)
    for event in found:
        if event.story is not None and not event.story.live:
            event.story = None
    return found


def list_corrections(*, limit: int = 50) -> list[Correction]:
    """The newest corrections of published stories, each with its story and section."""
    return list(
        Correction.objects.filter(story__live=True)
        .select_related("story__section")
        .defer("story__body")
        .order_by("-on", "-pk")[:limit]
    )


def _page(stories: QuerySet[Story], page: int, size: int) -> StoryPage:
    page = max(page, 1)
    start = (page - 1) * size
    wanted = stories.filter(live=True).order_by("-published_at", "-pk")
    found = list(_for_lists(wanted)[start : start + size + 1])
    return StoryPage(found[:size], page, len(found) > size)


def _for_lists(stories: QuerySet[Story]) -> QuerySet[Story]:
    return stories.for_lists()  # type: ignore[attr-defined,no-any-return]


# --- fronts ---------------------------------------------------------------------------------


def list_front(slug: str) -> FrontPage:
    """A front's published stories by role, in order: six queries, whatever it holds."""
    roles: dict[str, list[Story]] = {role.value: [] for role in SlotRole}
    front = Front.objects.filter(slug=slug).first()
    if front is None:
        return FrontPage(slug, None, roles)
    slots = (
        Slot.objects.filter(front=front, story__live=True)
        .prefetch_related(Prefetch("story", Story.objects.with_faces()))
        .order_by("position", "pk")
    )
    for slot in slots:
        roles[slot.role].append(slot.story)
    return FrontPage(slug, front.edited_at, roles)


def list_placed(slug: str) -> FrontPage:
    """As ``list_front``, with stories that are not published any more: what the desk edits."""
    roles: dict[str, list[Story]] = {role.value: [] for role in SlotRole}
    front = Front.objects.filter(slug=slug).first()
    slots = Slot.objects.filter(front=front).prefetch_related(
        Prefetch("story", Story.objects.for_lists())
    )
    for slot in slots.order_by("position", "pk"):
        roles[slot.role].append(slot.story)
    return FrontPage(slug, front.edited_at if front else None, roles)


# --- sections, topics, people, house pages --------------------------------------------------


def list_sections() -> list[Section]:
    """Every section, in the order of the bar."""
    return list(Section.objects.order_by("position", "name"))


def find_section(slug: str) -> Section | None:
    return Section.objects.filter(slug=slug).first()


def find_topic(slug: str) -> Topic | None:
    return Topic.objects.filter(slug=slug).first()


def find_author(slug: str) -> Author | None:
    return (
        Author.objects.filter(slug=slug)
        .select_related("portrait")
        .prefetch_related("portrait__cuts")
        .first()
    )


def find_storyline(slug: str) -> Storyline | None:
    return Storyline.objects.filter(slug=slug).first()


def find_house_page(slug: str) -> HousePage | None:
    return HousePage.objects.filter(slug=slug, live=True).first()


def list_house_pages() -> list[HousePage]:
    """Every published house page, in the order of the tree."""
    return list(HousePage.objects.filter(live=True).order_by("path"))


# --- machines -------------------------------------------------------------------------------


def list_news_since(since: datetime, *, limit: int = 1000) -> list[Story]:
    """Stories published from ``since`` on, newest first: the news sitemap's two days."""
    return list(
        Story.objects.published()
        .filter(published_at__gte=since)
        .defer("body")
        .select_related("section")[:limit]
    )


def count_live_stories() -> int:
    return Story.objects.filter(live=True).count()


def list_sitemap(*, page: int, size: int = 10_000) -> list[Story]:
    """One page of the sitemap, oldest first, so that old pages of it never change."""
    start = (page - 1) * size
    return list(
        Story.objects.filter(live=True)
        .order_by("pk")
        .only("pk", "slug", "section__slug", "published_at", "updated_at")
        .select_related("section")[start : start + size]
    )


def get_newest_change() -> datetime | None:
    """When anything was last published."""
    newest: datetime | None = Story.objects.aggregate(at=Max("last_published_at"))["at"]
    return newest


# --- the desk -------------------------------------------------------------------------------


def list_premium_of_day(*, start: datetime) -> list[Story]:
    """Stories published in the twenty-four hours from ``start``, newest first."""
    return list(
        Story.objects.published()
        .filter(published_at__gte=start, published_at__lt=start + timedelta(days=1))
        .for_lists()
    )


def list_freed_stories() -> list[Story]:
    """Stories that the emergency switch has opened to everybody, the latest first."""
    freed = Story.objects.filter(freed_at__isnull=False, live=True)
    return list(freed.defer("body").select_related("section").order_by("-freed_at", "-pk"))


def list_locked_stories(*, words: str = "", limit: int) -> list[Story]:
    """The newest published stories that not everybody may read; ``words`` in headline or kicker."""
    locked = Story.objects.published().exclude(access=AccessClass.FREE.value)
    for word in words.split()[:LONGEST_SEARCH]:
        locked = locked.filter(Q(headline__icontains=word) | Q(kicker__icontains=word))
    wanted = locked.filter(freed_at__isnull=True).defer("body").select_related("section")
    return list(wanted[:limit])


def count_by_access(*, start: datetime) -> dict[str, int]:
    """How many stories of the day that begins at ``start`` each access class has."""
    rows = (
        Story.objects.filter(
            live=True, published_at__gte=start, published_at__lt=start + timedelta(days=1)
        )
        .order_by()
        .values_list("access")
        .annotate(Count("pk"))
    )
    return dict(rows)


def list_drafts(*, limit: int) -> list[Story]:
    """Stories with work on them that readers do not see yet, the last touched first."""
    scheduled = Revision.objects.filter(
        pk=OuterRef("latest_revision_id"), approved_go_live_at__isnull=False
    )
    return list(
        Story.objects.filter(has_unpublished_changes=True, killed_at__isnull=True)
        .exclude(Exists(scheduled))
        .defer("body")
        .select_related("section", "latest_revision__user")
        .order_by("-latest_revision__created_at")[:limit]
    )


def list_scheduled(*, now: datetime, limit: int) -> list[Story]:
    """Stories whose time to appear is still to come, the next first."""
    return list(
        Story.objects.filter(live=False, go_live_at__gt=now, killed_at__isnull=True)
        .defer("body")
        .select_related("section")
        .order_by("go_live_at")[:limit]
    )


def list_candidates(text: str, *, front: str, limit: int = 12) -> list[Story]:
    """Published stories that may be placed on a front: newest first, not yet standing there."""
    stories = Story.objects.published().for_lists().exclude(slots__front__slug=front)
    for word in text.split()[:LONGEST_SEARCH]:
        stories = stories.filter(Q(headline__icontains=word) | Q(kicker__icontains=word))
    return list(stories[:limit])
