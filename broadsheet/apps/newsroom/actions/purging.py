"""Handlers: what the gate must forget when the newsroom has changed something."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from broadsheet.apps.newsroom.events import (
    FrontCurated,
    StoriesIngested,
    StoryChanged,
    StoryKilled,
    StoryPublished,
)
from broadsheet.plumbing.events import at_once
from broadsheet.plumbing.gate_feed import purge


@at_once
def purge_story(event: StoryPublished | StoryChanged | StoryKilled, *, now: datetime) -> None:
    purge([f"story:{event.story_id}"])


@at_once
def purge_front(event: FrontCurated, *, now: datetime) -> None:
    purge([f"front:{event.front}"])


@at_once
def purge_everything(event: Any, *, now: datetime) -> None:
    """Every page prints it: a section's name, an author's, a plan's price."""
    purge(["all"])


@at_once
def purge_stories(event: StoriesIngested, *, now: datetime) -> None:
    purge([f"story:{key}" for key in event.updated])
