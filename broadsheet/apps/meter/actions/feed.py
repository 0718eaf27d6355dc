"""What the gate is told: sessions signed out, and a fresh snapshot after each change."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from broadsheet.apps.meter.events import (
    LinkRevoked,
    PolicyAdopted,
    PolicyEnded,
    PolicyReworded,
    SessionRevoked,
)
from broadsheet.apps.meter.models import RevokedSession
from broadsheet.apps.meter.queries import get_snapshot
from broadsheet.plumbing.events import announce, at_once
from broadsheet.plumbing.gate_feed import write_snapshot
from broadsheet.protocol.cookies import PASS_SECONDS

REVOKED_FOR = timedelta(seconds=PASS_SECONDS + 60)
"""How long a session must be remembered after it was signed out: the life of a pass and a minute."""


@transaction.atomic
def revoke_session(*, session: str, now: datetime) -> None:
    """Sign a session's passes out at every gate. ``session`` is ``reader_pass.hash_session``'s."""
    RevokedSession.objects.update_or_create(session=session, defaults={"until": now + REVOKED_FOR})
    announce(SessionRevoked(session), now=now)


@at_once
def refresh_gate(
    event: LinkRevoked | PolicyAdopted | PolicyEnded | PolicyReworded | SessionRevoked,
    *,
    now: datetime,
) -> None:
    """Handler: what the meter told of, every gate worker must know within a second."""
    publish_snapshot(now=now)


def publish_snapshot(*, now: datetime) -> bool:
    """Let the gates hold what is true now; whether it was news to any. Raises ``CannotTell``."""
    RevokedSession.objects.filter(until__lte=now).delete()
    return write_snapshot(get_snapshot(now).encode())
