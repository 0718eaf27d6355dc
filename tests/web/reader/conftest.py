"""A small paper to read: two sections, a writer, a topic, plans, a meter's rule and stories."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

if TYPE_CHECKING:
    from broadsheet.apps.newsroom.models import Picture, Section, Story

PUBLISHED = datetime(2026, 11, 20, 3, 40, tzinfo=UTC)
OPENING = (
    "The meter outside the pumping house has read the same figure for nineteen years, and the man "
    "who reads it each month, in pencil, in a book that nobody has asked to see since the old "
    "board was dissolved, says that he has grown fond of it."
)
LOCKED = [
    f"Secret sentence number {place} tells what the audit found behind door {place}, in full."
    for place in range(1, 13)
]


def body_of(*texts: str, more: tuple[dict[str, Any], ...] = ()) -> str:
    blocks = [
        {"type": "paragraph", "value": f"<p>{text}</p>", "id": str(uuid.uuid4())} for text in texts
    ]
    return json.dumps([*blocks, *more])


@pytest.fixture(autouse=True)
def _fresh_furniture() -> None:
    from broadsheet.web.reader.context import forget_furniture

    forget_furniture()


@pytest.fixture
def city() -> Section:
    from broadsheet.apps.newsroom.models import Section

    return Section.objects.create(
        name="City", slug="city", position=1, standfirst="Street by street."
    )


@pytest.fixture
def opinion() -> Section:
    from broadsheet.apps.newsroom.models import Section

    return Section.objects.create(name="Opinion", slug="opinion", position=2)


@pytest.fixture
def write(city: Section) -> Callable[..., Story]:
    """Publish one story; each has its own number in headline and standfirst."""
    from broadsheet.apps.newsroom.models import Author, Story, StoryByline, Topic

    def make(number: int = 1, *, author: bool = True, topic: bool = True, **fields: Any) -> Story:
        given = {
            "section": city,
            "slug": f"water-{number}",
            "kicker": "Water audit",
            "headline": f"Headline {number} about water",
            "standfirst": f"Standfirst {number} says how much. It has a second sentence.",
            "dateline": "Tamarind Row",
            "origin": "staff",
            "access": "metered",
            "live": True,
            "version": 3,
            "published_at": PUBLISHED,
            "word_count": 400,
            "body": body_of(OPENING, *LOCKED),
            **fields,
        }
        story = Story(**given)
        story.save()
        if author:
            who, _ = Author.objects.get_or_create(slug="zoya-mistral", name="Zoya Mistral")
            StoryByline.objects.create(story=story, author=who, sort_order=0)
        if topic:
            about, _ = Topic.objects.get_or_create(slug="the-audit", name="The audit")
            story.topics.add(about)
            story.save()
        return story

    return make


@pytest.fixture
def picture() -> Picture:
    """A drawn picture with every cut, its files never opened."""
    from broadsheet.apps.newsroom.models import Picture, PictureCut
    from broadsheet.web.reader.pictures import SIZES

    drawn = Picture(
        title="tanks",
        file="tanks.png",
        width=1312,
        height=700,
        kind="illustration",
        alt="Water tanks on a roof",
        caption="Roof tanks.",
        credit="Illustration: Bibek Tanwar",
    )
    Picture.objects.bulk_create([drawn])  # without the search index's signals
    for cut, (width, height) in SIZES.items():
        for density in (1, 2) if cut in {"lead", "phone", "column"} else (1,):
            PictureCut.objects.create(
                picture=drawn,
                cut=cut,
                width=width,
                height=height,
                density=density,
                file=f"cuts/tanks-{width * density}x{height * density}.png",
            )
    return drawn


@pytest.fixture
def plans() -> None:
    from tests.factories.sale import lay_out_plans

    lay_out_plans()


@pytest.fixture
def meter_rule() -> str:
    """A policy whose words carry the numbers; its code."""
    from broadsheet.apps.meter.models import MeterPolicy

    policy = MeterPolicy.objects.create(
        code="M5",
        anonymous_allowance=5,
        registered_allowance=8,
        message="You have read all {{free_limit}}. {{used}} used, {{remaining}} left until {{resets_on}}.",
        starts_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    return policy.code


@pytest.fixture
def as_gate(client: Client) -> Callable[..., Any]:
    """Ask for a story as the gate does."""
    from broadsheet.protocol.rendition import ENVIRON_KEY, RenditionRequest

    def get(path: str, outcome: str = "full", **wanted: Any) -> Any:
        request = RenditionRequest(outcome=outcome, **wanted)
        return client.get(path, **{ENVIRON_KEY: request.encode()})

    return get


@pytest.fixture
def limit_wall(meter_rule: str) -> dict[str, Any]:
    """What the gate says of a spent allowance."""
    return {
        "outcome": "preview",
        "wall": "limit",
        "policy": meter_rule,
        "limit": 5,
        "window": "2026-11",
        "resets_on": date(2026, 12, 1),
        "code": "LN-M5-7Q4K",
    }
