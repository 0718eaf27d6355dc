"""Who hears what: one table for the whole house.

First column: in the same transaction. Second: after commit, through the outbox.
"""

from __future__ import annotations

from broadsheet.plumbing.events import Wire

TABLE: tuple[Wire, ...] = ()
