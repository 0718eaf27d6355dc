"""The meter's standing duties."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from broadsheet.apps.meter.actions import publish_snapshot
from broadsheet.apps.meter.actions.lending import drop_old_links
from broadsheet.counters.opening import open_reads
from broadsheet.protocol.meter_event import find_hour

EVENTS_KEPT = timedelta(days=62)
"""Two windows and a little: what a policy is tuned by, and no longer."""


def refresh_snapshot(*, now: datetime) -> None:
    """Heal what a lost event or an edited ``broadsheet.toml`` left untold."""
    publish_snapshot(now=now)


def drop_old_events(*, now: datetime) -> int:
    """Delete meter events past their time; the number of files deleted."""
    oldest = find_hour(now - EVENTS_KEPT)
    old = [p for p in (settings.PLANT.home / "spool").glob("*.jsonl") if p.name < oldest]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def drop_old_reads(*, now: datetime) -> None:
    """Delete reads that can count no more."""
    store = open_reads(settings.PLANT.home / "reads", settings.PLANT.redis_url)
    store.sweep(now.astimezone(settings.PAPER.zone).date().toordinal())


def drop_links(*, now: datetime) -> int:
    """Forget which devices opened links that are over; the number of devices forgotten."""
    return drop_old_links(now=now)
