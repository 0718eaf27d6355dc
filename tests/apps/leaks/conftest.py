"""What the tests of the checks stand on."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from tests.scan.leaky_paper import paragraphs

if TYPE_CHECKING:
    from broadsheet.apps.newsroom.models import Story

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def make_story(now: datetime) -> Callable[..., Story]:
    # Imported here: pytest reads this file before Django is set up.
    from broadsheet.apps.newsroom.models import Section, Story

    def make(**fields: Any) -> Story:
        blocks = [{"type": "paragraph", "value": f"<p>{t}</p>"} for t in paragraphs("ferry")]
        section = Section.objects.get_or_create(slug="city", defaults={"name": "City"})[0]
        given = {"slug": "ferry", "headline": "The ferry", "origin": "staff", "access": "premium"}
        given |= {"live": True, "published_at": now, "version": 1, "section": section}
        story = Story(**given | fields, body=json.dumps(blocks))
        story.save()
        return story

    return make


@pytest.fixture
def change_plant(settings: Any) -> Callable[..., None]:
    from dataclasses import replace

    def change(**fields: Any) -> None:
        settings.PLANT = replace(settings.PLANT, **fields)

    return change
