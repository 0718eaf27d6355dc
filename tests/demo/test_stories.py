"""The demo's stories, held to what the issue and the desk ask of them."""

from __future__ import annotations

import html
import json
import re
from collections import Counter, defaultdict
from datetime import date
from zoneinfo import ZoneInfo

import pytest

from broadsheet.demo.content import (
    FOLDER,
    SECTIONS,
    Writing,
    day_ago,
    moment,
    read_stories,
    read_table,
)
from broadsheet.domain.story import (
    PREVIEW_SHARE,
    PREVIEW_WORDS,
    AccessClass,
    Origin,
    count_words,
    is_agency_needed,
)

pytestmark = pytest.mark.pure
STORIES = read_stories()
FORMS = {"news", "feature", "investigation", "opinion", "editorial", "letters", "briefing"}
BUILT_ON = date(2026, 11, 23)
ZONE = ZoneInfo("Asia/Kolkata")
FACTS = {
    "slug",
    "headline",
    "kicker",
    "standfirst",
    "authors",
    "dateline",
    "origin",
    "agency",
    "access",
    "form",
    "topics",
    "published",
    "picture",
    "caption",
    "credit",
    "alt",
    "correction",
    "updated",
}
UNIT = r"(?:crore|lakh|thousand|million|billion|trillion|a\b|per\b|an\b)"
_SENTENCE_END = re.compile(r"(?<=[.?!…])[”’\"')]*\s+")


def plain(value: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", value))


def read_paragraphs(story: Writing) -> list[str]:
    return [plain(block.value) for block in story.body if block.kind == "paragraph"]


def read_running_text(story: Writing) -> list[str]:
    """What is read from top to bottom: no pull quotes, no charts."""
    return [plain(block.value) for block in story.body if block.kind in {"paragraph", "crosshead"}]


def words_of(text: str) -> tuple[str, ...]:
    """Lower-case words, all quotes and punctuation dropped, so that only the wording counts."""
    text = re.sub(r"(?<=\w)[’'‘](?=\w)", "'", text.lower())
    return tuple(re.findall(r"[\w']+(?:[.,]\d+)*", text))


def sentences_of(text: str) -> list[tuple[str, ...]]:
    return [words for part in _SENTENCE_END.split(text) if len(words := words_of(part)) >= 4]


def names(stories: list[Writing], wrong: object) -> list[str]:
    return [story.slug for story in stories if wrong(story)]  # type: ignore[operator]


def test_there_are_sixty_stories_in_the_eight_sections() -> None:
    assert len(STORIES) >= 60
    assert {story.section for story in STORIES} == {slug for slug, _, _ in SECTIONS}
    assert len(SECTIONS) == 8
    assert min(Counter(story.section for story in STORIES).values()) >= 5


def test_each_file_states_every_fact_and_no_other() -> None:
    assert {
        story.slug: set(story.facts) ^ FACTS for story in STORIES if set(story.facts) != FACTS
    } == {}


def test_slugs_are_unique_and_fit_an_address() -> None:
    slugs = [story.slug for story in STORIES]
    assert [slug for slug, times in Counter(slugs).items() if times > 1] == []
    assert [slug for slug in slugs if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug)] == []


def test_every_access_class_and_every_origin_is_there() -> None:
    assert {story.facts["access"] for story in STORIES} == {access.value for access in AccessClass}
    assert {story.facts["origin"] for story in STORIES} == {origin.value for origin in Origin}
    assert {story.facts["form"] for story in STORIES} <= FORMS


def test_enough_metered_stories_to_meet_the_wall_twice() -> None:
    """A registered reader opens eight; whoever tries the demo needs more than that."""
    assert sum(story.facts["access"] == AccessClass.METERED for story in STORIES) >= 30
    assert sum(story.facts["access"] == AccessClass.PREMIUM for story in STORIES) >= 8


def test_an_origin_that_names_a_sender_has_one_and_no_other_does() -> None:
    needing = names(
        STORIES, lambda s: is_agency_needed(Origin(s.facts["origin"])) and not s.facts["agency"]
    )
    idle = names(
        STORIES, lambda s: s.facts["agency"] and not is_agency_needed(Origin(s.facts["origin"]))
    )
    assert (needing, idle) == ([], [])


def test_each_story_has_250_to_900_words() -> None:
    counted = {
        story.slug: sum(count_words(text) for text in read_running_text(story)) for story in STORIES
    }
    assert {slug: words for slug, words in counted.items() if not 250 <= words <= 900} == {}


def test_a_stopped_reader_sees_the_first_paragraph_of_each_story() -> None:
    wrong = {}
    for story in STORIES:
        assert story.body[0].kind == "paragraph", story.slug
        first = count_words(read_paragraphs(story)[0])
        total = sum(count_words(text) for text in read_running_text(story))
        if first > PREVIEW_WORDS or first > total // PREVIEW_SHARE:
            wrong[story.slug] = (first, total)
    assert wrong == {}


def test_no_sentence_stands_twice() -> None:
    found: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for story in STORIES:
        facts = story.facts
        for text in [
            facts["headline"],
            facts["standfirst"],
            facts["correction"],
            *read_running_text(story),
        ]:
            for sentence in sentences_of(text):
                found[sentence].append(story.slug)
    assert {" ".join(sentence): slugs for sentence, slugs in found.items() if len(slugs) > 1} == {}


def test_headlines_and_standfirsts_are_the_storys_own() -> None:
    for fact in ("headline", "standfirst"):
        told = Counter(story.facts[fact] for story in STORIES)
        assert [text for text, times in told.items() if times > 1 or not text] == []


def test_people_topics_and_storylines_resolve() -> None:
    authors = {row["id"] for row in read_table("authors")}
    topics = {row["id"] for row in read_table("topics")}
    slugs = {story.slug for story in STORIES}
    unknown = [
        (story.slug, name)
        for story in STORIES
        for name in (*story.facts["authors"], *story.facts["topics"])
        if name not in authors | topics
    ]
    events = [
        (row["slug"], event["story"]) for row in read_table("storylines") for event in row["event"]
    ]
    assert unknown == []
    assert [pair for pair in events if pair[1] and pair[1] not in slugs] == []
    assert names(STORIES, lambda s: not 1 <= len(s.facts["topics"]) <= 3) == []


def test_every_topic_and_every_author_but_the_illustrator_has_a_story() -> None:
    topics = {row["id"] for row in read_table("topics")}
    authors = {row["id"] for row in read_table("authors")} - {"bibek-tanwar"}
    assert topics - {topic for story in STORIES for topic in story.facts["topics"]} == set()
    assert authors - {author for story in STORIES for author in story.facts["authors"]} == set()


def test_the_storyline_of_the_arms_purchase_ends_in_a_wire_story() -> None:
    (tavria,) = [row for row in read_table("storylines") if row["slug"] == "tavria-missiles"]
    last = tavria["event"][-1]["story"]
    (story,) = [story for story in STORIES if story.slug == last]
    assert (story.facts["origin"], story.facts["agency"]) == ("wire", "Meridian Wire")
    days = [day_ago(event["on"], built_on=BUILT_ON) for event in tavria["event"]]
    assert len(days) >= 8
    assert days == sorted(days)


def test_a_pull_quote_stands_in_its_story() -> None:
    wrong = {}
    for story in STORIES:
        paragraphs = read_paragraphs(story)
        wording = " ".join(words_of(" ".join(paragraphs)))
        # “We went looking for a leak,” said one engineer, “and found a filing system.”
        spoken = " ".join(
            words_of(
                " ".join(part for text in paragraphs for part in re.findall(r"“([^”]+)”?", text))
            )
        )
        for block in story.body:
            if block.kind == "pull_quote":
                quote = " ".join(words_of(block.value["words"]))
                if quote not in wording and quote not in spoken:
                    wrong[story.slug] = block.value["words"]
    assert wrong == {}


def test_a_pull_quote_names_a_speaker_who_is_in_the_story() -> None:
    wrong = {}
    for story in STORIES:
        written = " ".join(read_paragraphs(story))
        for block in story.body:
            speaker = block.value["speaker"] if block.kind == "pull_quote" else ""
            if (
                speaker
                and not speaker.startswith(
                    ("a ", "an ", "one ", "the ", "A ", "An ", "One ", "The ")
                )
                and speaker.split()[-1] not in written
            ):
                wrong[story.slug] = speaker
    assert wrong == {}


def test_a_chart_has_a_figure_for_each_label_and_marks_one_of_them() -> None:
    charts = [
        (story.slug, block.value)
        for story in STORIES
        for block in story.body
        if block.kind == "chart"
    ]
    assert charts
    assert [slug for slug, chart in charts if len(chart["labels"]) != len(chart["values"])] == []
    assert [
        slug for slug, chart in charts if chart.get("mark") and chart["mark"] not in chart["labels"]
    ] == []


def test_pictures_are_made_described_and_credited() -> None:
    made = json.loads((FOLDER / "pictures" / "made" / "index.json").read_text(encoding="utf-8"))
    shown = [story for story in STORIES if story.facts["picture"]]
    assert sorted({story.facts["picture"] for story in shown} - set(made)) == []
    assert (
        names(shown, lambda s: not (s.facts["alt"] and s.facts["caption"] and s.facts["credit"]))
        == []
    )
    portraits = {row["portrait"] for row in read_table("authors")} - {""}
    assert sorted(portraits - set(made)) == []


def test_an_amount_is_not_parted_from_its_unit() -> None:
    loose = re.compile(rf"[₹$][\d,.]+ {UNIT}|\d (?:crore|lakh|per cent|million|billion|km\b)")
    wrong = {
        story.slug: found.group()
        for story in STORIES
        if (found := loose.search(story.facts["headline"]))
    }
    assert wrong == {}


def test_moments_lie_before_the_build_and_an_update_follows_publication() -> None:
    wrong = []
    for story in STORIES:
        published = moment(story.facts["published"], built_on=BUILT_ON, zone=ZONE)
        updated = story.facts["updated"] and moment(
            story.facts["updated"], built_on=BUILT_ON, zone=ZONE
        )
        if published.date() >= BUILT_ON or (updated and not published < updated):
            wrong.append(story.slug)
    assert wrong == []
    assert names(STORIES, lambda s: s.facts["correction"] and not s.facts["updated"]) == []


def test_text_is_typeset() -> None:
    """No straight quotes, no double spaces, no dashes where a comma or a colon does."""
    wrong = {}
    for story in STORIES:
        texts = [story.facts["headline"], story.facts["standfirst"], *read_running_text(story)]
        if found := re.search(r"[\"']|  | -+ |—", " ¶ ".join(texts)):
            wrong[story.slug] = " ¶ ".join(texts)[max(0, found.start() - 20) : found.end() + 20]
    assert wrong == {}
