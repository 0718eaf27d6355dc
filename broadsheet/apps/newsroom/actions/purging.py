"""Handlers: what the gate must forget when the newsroom has changed something."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from broadsheet.apps.newsroom.events import (
    FrontCurated,
    StoriesIngested,
    StoryChanged,
    StoryPublished,
)
from broadsheet.plumbing.events import at_once
from broadsheet.plumbing.gate_feed import purge


@at_once
def purge_story(event: StoryPublished | StoryChanged, *, now: datetime) -> None:
    purge([f"story:{event.story_id}"])


@at_once
def purge_front(event: FrontCurated, *, now: datetime) -> None:
    purge([f"front:{event.front}"])


@at_once
def purge_everything(event: Any, *, now: datetime) -> None:
    """Many pages print it: a section’s name, a plan’s price, a killed story’s headline."""
    purge(["all"])


@at_once
def purge_stories(event: StoriesIngested, *, now: datetime) -> None:
    purge([f"story:{key}" for key in event.updated])
