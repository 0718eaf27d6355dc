"""Background entry points of the newsroom."""

from __future__ import annotations

from datetime import datetime

from broadsheet.apps.newsroom.actions.publishing import publish_due_stories


def publish_scheduled(*, now: datetime) -> int:
    """Publish what is due and withdraw what has expired."""
    return publish_due_stories(now=now)
