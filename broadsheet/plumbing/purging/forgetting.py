"""The door: what changed is forgotten by every gate at once, and soon by the CDN."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models

from broadsheet.plumbing import gate_feed
from broadsheet.plumbing.purging.contract import find_cdn
from broadsheet.plumbing.purging.declaring import Target, list_relations, list_targets
from broadsheet.plumbing.purging.waiting import queue_targets


def forget(keys: Iterable[str], *, now: datetime, rows: models.QuerySet[Any] | None = None) -> None:
    """Forget the pages of ``keys`` everywhere, and at the CDN also those that print ``rows``.

    For handlers after commit. Twice does no harm. Raises ``gate_feed.CannotTell``.
    """
    wanted = list(keys)
    try:
        if wanted:
            gate_feed.purge(wanted)
    finally:  # the CDN waits for no other host
        if find_cdn(settings.PLANT) is not None:
            queue_targets(_list_targets(wanted, rows), now=now)


def _list_targets(keys: Iterable[str], rows: models.QuerySet[Any] | None) -> list[Target]:
    targets = [Target(key) for key in keys]
    if rows is not None:
        for row in rows.prefetch_related(*list_relations(rows.model)):
            targets += list_targets(row)
    return targets
