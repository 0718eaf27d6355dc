"""The standing duties of licences."""

from __future__ import annotations

import platform
from datetime import datetime

from django.conf import settings

from broadsheet.apps.licences import actions
from broadsheet.apps.licences.actions import count_usage as counting


def close_licences(*, now: datetime) -> int:
    """Close what ended by its day; the number of seats left."""
    return actions.close_licences(now=now)


def refresh_licences(*, now: datetime) -> None:
    """Heal what a lost event left untold, and tell of days that have come."""
    actions.publish_licences(now=now)


def count_usage(*, now: datetime) -> int:
    """Count the hours of use that are over; the number of hours."""
    spool = settings.PLANT.home / "spool"
    return counting.count_usage(spool=spool, host=platform.node()[:64] or "here", now=now)
