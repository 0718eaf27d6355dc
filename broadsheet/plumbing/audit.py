"""The audit trail: one row for each deed, in the deed's own transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from broadsheet.plumbing.many_rows import insert_rows
from broadsheet.plumbing.models import AuditRow


@dataclass(frozen=True, slots=True)
class Deed:
    """Who did what. ``subject`` is ``room.noun:id``, e.g. ``subscriptions.subscription:12``."""

    actor: str
    deed: str
    subject: str
    detail: Mapping[str, Any] = field(default_factory=dict)


def record_deed(*, actor: str, deed: str, subject: str, now: datetime, **detail: Any) -> None:
    """Write who did what; the words are those of ``Deed``."""
    record_deeds([Deed(actor, deed, subject, detail)], now=now)


def record_deeds(deeds: Sequence[Deed], *, now: datetime) -> None:
    """Write who did what, many deeds in one statement."""
    insert_rows(
        AuditRow,
        ["at", "actor", "deed", "subject", "detail"],
        [(now, one.actor, one.deed, one.subject, one.detail) for one in deeds],
    )
