"""Lists and pages ask a fixed number of questions, with one row as with three."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile

from broadsheet.apps.newsroom import queries
from broadsheet.apps.newsroom.models import (
    Author,
    Correction,
    Front,
    Picture,
    PictureCut,
    Section,
    Slot,
    Story,
    StoryByline,
    Storyline,
    StorylineEvent,
    Topic,
)
from broadsheet.domain.story import DISCLAIMERS, Origin

pytestmark = [pytest.mark.db, pytest.mark.django_db(databases="__all__")]
Make = Callable[..., Story]
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def _picture(title: str) -> Picture:
    picture = Picture.objects.create(title=title, file="original_images/x.png", width=1, height=1)
    PictureCut.objects.create(
        picture=picture, cut="lead", width=640, height=440, file=ContentFile(b"x", f"{title}.png")
    )
    return picture


@pytest.fixture
def make_full(make_story: Make) -> Make:
    """A published story with all that can hang on one."""

    def make(number: int, **fields: Any) -> Story:
        portrait = _picture(f"face{number}")
        author = Author.objects.create(name=f"A{number}", slug=f"a{number}", portrait=portrait)
        body = [
            {"type": "paragraph", "value": "<p>one two three</p>", "id": f"p{number}"},
            {
                "type": "picture",
                "value": {"picture": _picture(f"in{number}").pk, "caption": ""},
                "id": f"q{number}",
            },
        ]
        story = make_story(
            live=True,
            published_at=NOW - timedelta(hours=number),
            lead_picture=_picture(f"lead{number}"),
            body=json.dumps(body),
            **fields,
        )
        StoryByline.objects.create(story=story, author=author)
        Correction.objects.create(story=story, on=date(2026, 11, 22), text="It is eight.")
        story.topics.set([Topic.objects.get_or_create(name="Ferries", slug="ferries")[0]])
        story.save()
        return story

    return make


def _show(story: Story) -> None:
    """Read what a list shows of a story."""
    assert story.get_absolute_url()
    assert [line.author.name for line in story.bylines.all()]
    assert story.lead_picture is not None
    assert story.lead_picture.find_cut("lead") is not None


def test_one_story_with_all_its_page_shows(make_full: Make, django_assert_num_queries: Any) -> None:
    line = Storyline.objects.create(title="Ferries", slug="ferries")
    key = make_full(1, storyline=line).pk
    with django_assert_num_queries(8):
        story = queries.find_live_story(key)
        assert story is not None
        _show(story)
        assert story.storyline == line
        assert [topic.name for topic in story.topics.all()] == ["Ferries"]
        assert [note.text for note in story.corrections.all()] == ["It is eight."]
        assert story.bylines.all()[0].author.portrait.find_cut("lead") is not None
        assert story.body[1].value["picture"].find_cut("lead") is not None


def test_a_draft_and_a_killed_story_are_not_found(make_story: Make) -> None:
    draft = make_story()
    killed = make_story(version=1, killed_at=NOW, kill_note="It was wrong.")
    assert queries.find_live_story(draft.pk) is None
    assert queries.find_live_story(killed.pk) is None
    assert queries.find_killed_story(draft.pk) is None
    found = queries.find_killed_story(killed.pk)
    assert found is not None
    assert found.kill_note == "It was wrong."


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("kind", ["newest", "section", "topic", "storyline", "search"])
def test_lists_ask_the_same_however_long(
    make_full: Make, section: Section, django_assert_num_queries: Any, rows: int, kind: str
) -> None:
    line = Storyline.objects.create(title="Ferries", slug="ferries")
    made = [make_full(number, storyline=line) for number in range(1, rows + 1)]
    topic = Topic.objects.get()
    with django_assert_num_queries(3):
        stories = {
            "newest": lambda: queries.list_newest(limit=9),
            "section": lambda: queries.list_section(section).stories,
            "topic": lambda: queries.list_topic(topic).stories,
            "storyline": lambda: queries.list_storyline_stories(line).stories,
            "search": lambda: queries.search_stories("night ferries").stories,
        }[kind]()
        for story in stories:
            _show(story)
    assert [story.pk for story in stories] == [story.pk for story in made]


def test_pages_know_whether_another_follows(make_story: Make, section: Section) -> None:
    made = [make_story(live=True, published_at=NOW - timedelta(hours=n)) for n in range(3)]
    first = queries.list_section(section, page=1, size=2)
    second = queries.list_section(section, page=2, size=2)
    assert ([s.pk for s in first.stories], first.has_next, first.has_previous) == (
        [made[0].pk, made[1].pk],
        True,
        False,
    )
    assert ([s.pk for s in second.stories], second.has_next, second.has_previous) == (
        [made[2].pk],
        False,
        True,
    )


@pytest.mark.parametrize("rows", [1, 3])
def test_a_front_asks_the_same_however_full(
    make_full: Make, django_assert_num_queries: Any, rows: int
) -> None:
    front = Front.objects.create(slug="home")
    made = [make_full(number) for number in range(rows)]
    for place, story in enumerate(made, 1):
        Slot.objects.create(front=front, role="row", position=place, story=story)
    with django_assert_num_queries(6):
        page = queries.list_front("home")
        for story in page.roles["row"]:
            _show(story)
    assert [story.pk for story in page.roles["row"]] == [story.pk for story in made]
    assert page.roles["lead"] == []


def test_a_front_leaves_out_what_is_not_published(make_story: Make) -> None:
    front = Front.objects.create(slug="home")
    gone = make_story()
    Slot.objects.create(front=front, role="lead", position=1, story=gone)
    assert queries.list_front("home").roles["lead"] == []
    assert queries.list_placed("home").roles["lead"] == [gone]


def _body(*words: int, quote_at: int | None = None) -> str:
    blocks: list[dict[str, Any]] = [
        {"type": "paragraph", "value": f"<p>{' '.join(['word'] * count)}</p>", "id": str(n)}
        for n, count in enumerate(words)
    ]
    if quote_at is not None:
        quote = {"quote": "word word", "speaker": ""}
        blocks.insert(quote_at, {"type": "pull_quote", "value": quote, "id": "quote"})
    return json.dumps(blocks)


@pytest.mark.parametrize(
    ("body", "blocks", "left"),
    [
        (_body(30, 30, 100, 100), 2, 200),
        (_body(30, 31, 100, 100), 1, 231),
        (_body(40, 40, 40), 0, 120),
        (_body(20, 20, 40), 1, 60),
        (_body(20, 20, 100, 100, quote_at=1), 1, 220),
        (_body(), 0, 0),
    ],
)
def test_a_preview_is_whole_paragraphs_and_never_a_quarter(
    make_story: Make, body: str, blocks: int, left: int
) -> None:
    story = make_story(body=body)
    preview = queries.preview_of(story)
    assert (len(preview.blocks), preview.words_left) == (blocks, left)
    assert preview.standfirst == story.standfirst
    assert queries.words_left(story) == left


def test_the_disclaimer_follows_from_the_origin(make_story: Make) -> None:
    assert queries.disclaimer_of(make_story()) == ""
    wire = make_story(origin="wire", agency="Peninsula Press")
    assert queries.disclaimer_of(wire) == (
        "This is an agency report. It was published from the feed of Peninsula Press without our "
        "journalists changing it; The Lantern’s reporters did not write or verify it."
    )


def test_every_disclaimer_is_marked_for_translation() -> None:
    assert set(queries.DISCLAIMERS) == set(DISCLAIMERS.values())
    assert Origin.STAFF not in DISCLAIMERS


def test_search_wants_every_word(make_story: Make) -> None:
    ferry = make_story(live=True)
    make_story(live=True, headline="A well", standfirst="Of water.", body=_body(3))
    make_story(headline="Kadalpur draft ferries")
    assert queries.search_stories("FERRIES kadalpur").stories == [ferry]
    assert queries.search_stories("ferries water").stories == []
    assert queries.search_stories("  ").stories == []


def test_search_finds_names_and_text(make_story: Make) -> None:
    story = make_story(live=True)
    StoryByline.objects.create(story=story, author=Author.objects.create(name="Zoya", slug="z"))
    assert queries.search_stories("zoya word").stories == [story]


def test_related_stories_come_from_the_storyline_first(make_story: Make, section: Section) -> None:
    line = Storyline.objects.create(title="Arms", slug="arms")
    topic = Topic.objects.create(name="Ferries", slug="ferries")
    story = make_story(live=True, storyline=line)
    story.topics.set([topic])
    story.save()
    newer = make_story(live=True, headline="Same section")
    shared = make_story(live=True, headline="Same topic", published_at=NOW - timedelta(days=1))
    shared.topics.set([topic])
    shared.save()
    followed = make_story(
        live=True, headline="Same line", storyline=line, published_at=NOW - timedelta(days=2)
    )
    assert queries.list_related(story, limit=3) == [followed, shared, newer]
    assert queries.list_related(story, limit=1) == [followed]


def test_a_storyline_links_only_published_stories(make_story: Make) -> None:
    line = Storyline.objects.create(title="Arms", slug="arms")
    live, draft = make_story(live=True), make_story()
    for day, story in ((1, live), (3, draft), (2, None)):
        StorylineEvent.objects.create(
            storyline=line, on=date(2026, 11, day), title=f"On {day}", story=story
        )
    events = queries.list_storyline_events(line)
    assert [(event.title, event.story) for event in events] == [
        ("On 3", None),
        ("On 2", None),
        ("On 1", live),
    ]
    assert len(queries.list_storyline_events(line, limit=2)) == 2


def test_the_desk_sees_drafts_and_what_is_scheduled(make_story: Make) -> None:
    draft = make_story(has_unpublished_changes=True)
    make_story(live=True)
    waiting = make_story(go_live_at=NOW + timedelta(hours=1))
    make_story(go_live_at=NOW - timedelta(hours=1))
    assert queries.list_drafts(limit=5) == [draft]
    assert queries.list_scheduled(now=NOW, limit=5) == [waiting]


def test_the_day_is_counted_by_access(make_story: Make) -> None:
    start = NOW - timedelta(hours=9)
    make_story(live=True, access="premium")
    make_story(live=True)
    make_story(live=True)
    make_story(live=True, access="premium", published_at=start - timedelta(seconds=1))
    assert queries.count_by_access(start=start) == {"premium": 1, "metered": 2}
    assert len(queries.list_premium_of_day(start=start)) == 3
