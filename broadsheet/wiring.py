"""Who hears what, and what is done again and again: two tables for the whole house.

``TABLE``, first column: in the same transaction. Second: after commit, through the outbox.
``DUTIES``: what the worker does every so often; each bears being done twice at once.
"""

from __future__ import annotations

from datetime import timedelta

from broadsheet.apps.newsroom.actions.purging import purge_everything, purge_front, purge_story
from broadsheet.apps.newsroom.events import (
    FrontCurated,
    NamesChanged,
    StoryChanged,
    StoryKilled,
    StoryPublished,
)
from broadsheet.apps.newsroom.jobs import publish_scheduled
from broadsheet.plumbing.events import Wire
from broadsheet.plumbing.jobs import Duty, revive_tasks

TABLE: tuple[Wire, ...] = (
    Wire(StoryPublished, after_commit=(purge_story,)),
    Wire(StoryChanged, after_commit=(purge_story,)),
    Wire(StoryKilled, after_commit=(purge_story,)),
    Wire(FrontCurated, after_commit=(purge_front,)),
    Wire(NamesChanged, after_commit=(purge_everything,)),
)

DUTIES: tuple[Duty, ...] = (
    Duty("revive tasks whose worker died", timedelta(seconds=10), revive_tasks),
    Duty("publish scheduled stories", timedelta(seconds=10), publish_scheduled),
)
