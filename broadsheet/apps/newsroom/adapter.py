"""What Wagtail asks of us: its doors to publishing and withdrawing lead to our actions.

The editor, the workflow and the schedule call ``Story.publish()`` without a clock, so it is read
here, at the frameworks' edge.
"""

from __future__ import annotations

from typing import Any

from broadsheet.apps.newsroom.actions.killing import withdraw_story
from broadsheet.apps.newsroom.actions.publishing import publish_revision
from broadsheet.apps.newsroom.models import Story
from broadsheet.plumbing.clock import now


def hang_doors() -> None:
    """Give the model its doors, once, when the room opens."""
    Story.publish_door = staticmethod(_publish)
    Story.withdraw_door = staticmethod(_withdraw)


def _publish(revision: Any, **how: Any) -> None:
    publish_revision(revision=revision, now=now(), **how)


def _withdraw(story: Story, **how: Any) -> None:
    how.pop("commit", None)
    withdraw_story(story=story, now=now(), **how)
