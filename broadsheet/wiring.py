"""Who hears what, and what is done again and again: two tables for the whole house.

``TABLE``, first column: in the same transaction. Second: after commit, through the outbox.
``DUTIES``: what the worker does every so often; each bears being done twice at once.
"""

from __future__ import annotations

from datetime import timedelta

from broadsheet.plumbing.events import Wire
from broadsheet.plumbing.jobs import Duty, revive_tasks

TABLE: tuple[Wire, ...] = ()

DUTIES: tuple[Duty, ...] = (
    Duty("revive tasks whose worker died", timedelta(seconds=10), revive_tasks),
)
