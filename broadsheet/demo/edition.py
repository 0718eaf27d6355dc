"""Putting the demo's stories, people and pictures into the newsroom."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from broadsheet.apps.newsroom import actions as newsroom
from broadsheet.apps.newsroom.actions.ensuring import DatedEvent
from broadsheet.apps.newsroom.models import Author, Picture, Story
from broadsheet.demo.content import (
    FOLDER,
    SECTIONS,
    Block,
    Writing,
    day_ago,
    moment,
    read_stories,
    read_table,
)
from broadsheet.domain.story import AccessClass, Origin

FEED = "demo"
MADE = FOLDER / "pictures" / "made"
FRONT: dict[str, tuple[str, ...]] = {
    "lead": ("kadalpur-reopens-its-night-ferries",),
    "related": (
        "fort-and-valley-lines-become-one",
        "bus-14",
        "publish-the-water-accounts",
        "who-owns-the-island",
    ),
    "opinion": (
        "last-boat-home",
        "budget-nobody-will-read",
        "rivers-are-not-dirty",
        "the-early-bell",
        "letters-civic-tank",
    ),
    "row": (
        "a-fifth-of-the-water",
        "varuna-steel-six-more-weeks",
        "a-telescope-with-no-dome",
        "kadalpur-lose-by-one-run",
    ),
    "briefing": (
        "schools-will-open-at-seven",
        "tea-best-crop-of-a-bad-year",
        "cyclone-ambar-slows",
        "how-the-port-lost-640-crore",
        "tavria-takes-delivery",
        "dictionary-of-fish",
    ),
    "picks": (
        "how-tavria-came-to-want-missiles",
        "the-man-who-repairs-the-same-pothole",
        "the-whale-that-knew-the-timetable",
        "understudy-nine-parts",
        "what-the-salt-town-does",
    ),
    "long-read": ("salt-makers-of-varai",),
}


# Waits at the desk for tomorrow morning, so that there is something to see there.
SCHEDULED = {"the-brass-machine-that-knows-the-tide": time(6, 30)}


@dataclass(slots=True)
class Edition:
    """The demo's edition as it is put together: what stands already, by its name in the files."""

    built_on: date
    zone: ZoneInfo
    now: datetime
    tell: Callable[[str], None]
    pictures: dict[str, Picture] = field(default_factory=dict)
    authors: dict[str, Author] = field(default_factory=dict)
    topics: dict[str, str] = field(default_factory=dict)
    stories: dict[str, Story] = field(default_factory=dict)
    storylines: dict[str, int] = field(default_factory=dict)
    written_on: dict[str, date] = field(default_factory=dict)

    def put_together(self) -> None:
        """Everything, in the order in which one thing hangs on another."""
        writings = read_stories()
        for position, (slug, name, standfirst) in enumerate(SECTIONS, 1):
            newsroom.ensure_section(slug=slug, name=name, position=position, standfirst=standfirst)
        self.tell("bringing in the pictures …")
        self._bring_pictures(writings)
        self._name_people()
        self._open_storylines()
        self.tell(f"publishing {len(writings)} stories …")
        for writing in writings:
            self._publish(writing)
        self._date_storylines()
        self._place_front()
        self._dress_house_pages()

    def _bring_pictures(self, writings: list[Writing]) -> None:
        said = {w.facts["picture"]: w.facts for w in writings if w.facts["picture"]}
        for scene in sorted(said):
            if scene in made_pictures():
                facts = said[scene]
                self.pictures[scene] = bring_picture(
                    scene, alt=facts["alt"], caption=facts["caption"], credit=facts["credit"]
                )

    def _name_people(self) -> None:
        for row in read_table("authors"):
            portrait = row["portrait"]
            if portrait and portrait not in self.pictures and portrait in made_pictures():
                self.pictures[portrait] = bring_picture(
                    portrait, alt=row["name"], credit="Illustration: Bibek Tanwar"
                )
            self.authors[row["id"]] = newsroom.ensure_author(
                slug=row["id"],
                name=row["name"],
                role=row["role"],
                place=row["place"],
                bio=row["bio"],
                portrait=self.pictures.get(portrait),
            )
        self.topics = {
            row["id"]: newsroom.ensure_topic(
                slug=row["id"], name=row["name"], summary=row["summary"]
            ).name
            for row in read_table("topics")
        }

    def _open_storylines(self) -> None:
        for row in read_table("storylines"):
            storyline = newsroom.ensure_storyline(
                slug=row["slug"], title=row["title"], summary=row["summary"]
            )
            for event in row["event"]:
                if event["story"]:
                    self.storylines[event["story"]] = storyline.pk

    def _publish(self, writing: Writing) -> None:
        facts = writing.facts
        published, updated = self._times(facts)
        held = self._held_until(writing.slug)
        picture = self.pictures.get(facts["picture"])
        _, story = newsroom.ingest_copy(
            copy=newsroom.IncomingCopy(
                feed=FEED,
                external_id=writing.slug,
                headline=facts["headline"],
                kicker=facts["kicker"],
                standfirst=facts["standfirst"],
                slug=writing.slug,
                section=writing.section,
                body=list(_blocks(writing.body)),
                dateline=facts["dateline"],
                authors=[self.authors[name].name for name in facts["authors"]],
                topics=[self.topics[name] for name in facts["topics"]],
                origin=Origin(facts["origin"]),
                agency=facts["agency"],
                access=AccessClass(facts["access"]),
                form=facts["form"],
                published_at=None if held else published,
                updated_at=None if held else updated,
                embargo_until=held,
                lead_picture_id=picture.pk if picture else None,
                caption=facts["caption"] if picture else "",
                storyline_id=self.storylines.get(writing.slug),
            ),
            now=self.now,
        )
        self.stories[writing.slug] = story
        if facts["correction"]:
            said = facts["correction"]
            newsroom.correct_story(
                story_id=story.pk,
                text=said[0].upper() + said[1:],
                on=(updated or published).astimezone(self.zone).date(),
                actor=None,
                now=self.now,
            )

    def _times(self, facts: dict[str, Any]) -> tuple[datetime, datetime | None]:
        """Published and updated; yesterday's stories become today's where that is already past."""
        published = moment(facts["published"], built_on=self.built_on, zone=self.zone)
        self.written_on[facts["slug"]] = published.date()
        updated = (
            moment(facts["updated"], built_on=self.built_on, zone=self.zone)
            if facts["updated"]
            else None
        )
        day = timedelta(days=1)
        if published.date() == self.built_on - day and published + day <= self.now:
            published += day
            updated = updated + day if updated else None
        return published, updated if updated and published < updated <= self.now else None

    def _held_until(self, slug: str) -> datetime | None:
        if slug not in SCHEDULED:
            return None
        return datetime.combine(self.built_on + timedelta(days=1), SCHEDULED[slug], self.zone)

    def _date_storylines(self) -> None:
        for row in read_table("storylines"):
            newsroom.ensure_storyline(
                slug=row["slug"],
                title=row["title"],
                events=[self._event(event) for event in row["event"]],
            )

    def _event(self, event: dict[str, Any]) -> DatedEvent:
        story = self.stories.get(event["story"])
        on = day_ago(event["on"], built_on=self.built_on)
        if story is not None and story.published_at is not None:
            printed = story.published_at.astimezone(self.zone).date()
            on = printed if on == self.written_on[event["story"]] else min(on, printed)
        return DatedEvent(
            on=on,
            title=event["title"],
            precision="day" if event["on"].endswith("d") else "month",
            story_id=story.pk if story else None,
        )

    def _place_front(self) -> None:
        newsroom.curate_front(
            front="home",
            placed={
                role: [self.stories[slug].pk for slug in slugs] for role, slugs in FRONT.items()
            },
            actor=None,
            now=self.now,
        )

    def _dress_house_pages(self) -> None:
        for row in read_table("house", "page"):
            scene = row.get("picture", "")
            if scene in made_pictures():
                picture = self.pictures.get(scene) or bring_picture(
                    scene, alt=row["alt"], credit="Illustration: Bibek Tanwar"
                )
                newsroom.put_house_picture(slug=row["slug"], picture=picture)


def _blocks(body: tuple[Block, ...]) -> Iterator[tuple[str, Any]]:
    for block in body:
        if block.kind == "pull_quote":
            speaker = ", ".join(filter(None, (block.value["speaker"], block.value["role"])))
            yield "pull_quote", {"quote": block.value["words"], "speaker": speaker}
        elif block.kind == "chart":
            chart = block.value
            points = zip(chart["labels"], chart["values"], strict=True)
            yield (
                "chart",
                {
                    "title": chart["title"],
                    "subtitle": chart.get("subtitle", ""),
                    "unit": chart.get("unit", ""),
                    "rows": "\n".join(f"{label} = {figure}" for label, figure in points),
                    "mark": chart.get("mark", ""),
                    "note": chart.get("note", ""),
                    "source": chart.get("source", ""),
                },
            )
        else:
            yield block.kind, block.value


@cache
def made_pictures() -> dict[str, list[dict[str, Any]]]:
    """What the picture tool has made: scene → its cuts."""
    made: dict[str, list[dict[str, Any]]] = json.loads((MADE / "index.json").read_text())
    return made


def bring_picture(scene: str, *, alt: str, caption: str = "", credit: str) -> Picture:
    """A scene with all its cuts; its largest file at single density stands as the original."""
    cuts = made_pictures()[scene]
    largest = max((cut for cut in cuts if cut["density"] == 1), key=lambda cut: cut["width"])
    return newsroom.import_picture(
        title=f"{FEED} {scene}",
        original=MADE / largest["file"],
        cuts=[
            newsroom.CutFile(
                cut=cut["cut"],
                width=cut["width"] // cut["density"],
                height=cut["height"] // cut["density"],
                density=cut["density"],
                path=MADE / cut["file"],
            )
            for cut in cuts
        ],
        alt=alt,
        caption=caption,
        credit=credit,
    )
