"""What the gates are told of licences, after each change."""

from __future__ import annotations

from datetime import datetime

from broadsheet.apps.licences.events import LicencesChanged
from broadsheet.apps.licences.queries import list_licences_in_force
from broadsheet.plumbing.events import at_once
from broadsheet.plumbing.gate_feed import write_licences


@at_once
def tell_gates(event: LicencesChanged, *, now: datetime) -> None:
    """Handler: what a licence opens, every gate worker must know within a second."""
    del event
    publish_licences(now=now)


def publish_licences(*, now: datetime) -> bool:
    """Let the gates hold what is true now; whether it was news to any. Raises ``CannotTell``."""
    return write_licences(list_licences_in_force(now).encode())
