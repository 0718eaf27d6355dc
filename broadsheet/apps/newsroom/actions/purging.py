"""Handlers: what must be forgotten when the newsroom has changed something.

Which pages print a row stands beside its model, in ``@purges``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from broadsheet.apps.newsroom.events import (
    FrontCurated,
    StoriesIngested,
    StoryChanged,
    StoryPublished,
)
from broadsheet.apps.newsroom.models import Front, Story
from broadsheet.plumbing.events import at_once
from broadsheet.plumbing.purging.forgetting import forget
from broadsheet.protocol.rendition import ALL, story_key


@at_once
def purge_story(event: StoryPublished | StoryChanged, *, now: datetime) -> None:
    rows = Story.objects.defer("body").filter(pk=event.story_id)
    forget([story_key(event.story_id)], rows=rows, now=now)


@at_once
def purge_front(event: FrontCurated, *, now: datetime) -> None:
    forget([f"front:{event.front}"], rows=Front.objects.filter(slug=event.front), now=now)


@at_once
def purge_everything(event: Any, *, now: datetime) -> None:
    """Many pages print it: a section’s name, a plan’s price, a killed story’s headline."""
    forget([ALL], now=now)


@at_once
def purge_stories(event: StoriesIngested, *, now: datetime) -> None:
    rows = Story.objects.defer("body").filter(pk__in=(*event.created, *event.updated))
    forget([story_key(pk) for pk in event.updated], rows=rows, now=now)
