"""What the newsroom's tests stand on."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from broadsheet.apps.newsroom.models import Section, Story

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def paragraphs(*texts: str) -> str:
    """A body of paragraphs as the text keeps it."""
    return json.dumps(
        [
            {"type": "paragraph", "value": f"<p>{text}</p>", "id": str(uuid.uuid4())}
            for text in texts
        ]
    )


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def section() -> Section:
    from broadsheet.apps.newsroom.models import Section

    return Section.objects.create(name="City", slug="city", position=1)


@pytest.fixture
def make_story(section: Section) -> Callable[..., Story]:
    from broadsheet.apps.newsroom.models import Story

    def make(**fields: Any) -> Story:
        given = {
            "section": section,
            "slug": "night-ferries",
            "headline": "Kadalpur reopens its night ferries",
            "standfirst": "Six boats will cross the Selai until two.",
            "origin": "staff",
            "live": False,
            "body": paragraphs(*(" ".join(["word"] * 20) for _ in range(10))),
            **fields,
        }
        if given["live"]:
            given.setdefault("published_at", NOW)
            given.setdefault("version", 1)
        story = Story(**given)
        story.save()
        return story

    return make
