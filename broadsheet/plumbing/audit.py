"""The audit trail: one row for each deed, in the deed's own transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from broadsheet.plumbing.models import AuditRow


def record_deed(*, actor: str, deed: str, subject: str, now: datetime, **detail: Any) -> None:
    """Write who did what. ``subject`` is ``room.noun:id``, e.g. ``subscriptions.subscription:12``."""
    AuditRow.objects.create(at=now, actor=actor, deed=deed, subject=subject, detail=detail)
