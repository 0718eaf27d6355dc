"""Background entry points of the newsroom."""

from __future__ import annotations

from datetime import datetime

from broadsheet.apps.newsroom.actions.correcting import lock_due_stories
from broadsheet.apps.newsroom.actions.publishing import publish_due_stories


def publish_scheduled(*, now: datetime) -> int:
    """Publish what is due and withdraw what has expired."""
    return publish_due_stories(now=now)


def lock_again(*, now: datetime) -> int:
    """Lock what was open to everybody up to a time that has come."""
    return lock_due_stories(now=now)
