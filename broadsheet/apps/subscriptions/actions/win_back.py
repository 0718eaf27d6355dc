"""Ask who left some time ago, once, whether they would come back."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from broadsheet.apps.subscriptions.events import WinBackDue
from broadsheet.apps.subscriptions.models import Subscription
from broadsheet.domain.subscription import LIVE_STATES, State, Step
from broadsheet.plumbing.events import announce_all

BATCH = 200
LATEST = timedelta(days=30)
"""Whose time came longer ago is not written to any more: nobody wants such a letter years late."""
_BY_THEMSELVES = ["", Step.TERM_OVER.value, Step.GRACE_OVER.value]


def ask_back(*, now: datetime) -> int:
    """Write to whose last subscription stopped so long ago; how many. Any number at once."""
    days = settings.PAPER.win_back_after_days
    if not days:
        return 0
    with transaction.atomic():
        due = _due(now, timedelta(days=days))
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True, of=("self",))
        batch = list(due.order_by("stopped_at", "pk")[:BATCH])
        Subscription.objects.filter(pk__in=[one.pk for one in batch]).update(won_back_at=now)
        announce_all([WinBackDue(one.pk, one.reader_id) for one in batch], now=now)
    return len(batch)


def _due(now: datetime, after: timedelta) -> QuerySet[Subscription]:
    later = Subscription.objects.filter(
        Q(state__in=LIVE_STATES) | Q(stopped_at__gt=OuterRef("stopped_at")),
        reader_id=OuterRef("reader_id"),
    )
    return Subscription.objects.filter(
        ~Exists(later),
        state__in=[State.ENDED, State.LAPSED],
        stopped_for__in=_BY_THEMSELVES,
        stopped_at__lte=now - after,
        stopped_at__gt=now - after - LATEST,
        won_back_at__isnull=True,
    )
