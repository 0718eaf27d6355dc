"""Lock what a deed is done to: the reader, then the agreement."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from broadsheet.apps.accounts.models import Reader
from broadsheet.apps.subscriptions.models import Subscription
from broadsheet.domain.subscription import LIVE_STATES
from broadsheet.plumbing.audit import record_deed


def hold_live(reader_id: int) -> Subscription | None:
    """The reader's live subscription, locked, with its plan; ``None`` when there is none."""
    Reader.objects.select_for_update(no_key=True).get(pk=reader_id)
    held = Subscription.objects.select_for_update(of=("self",)).select_related("plan", "mandate")
    return held.filter(reader_id=reader_id, state__in=LIVE_STATES).first()


def hold(subscription_id: int) -> Subscription:
    """One subscription, locked after its reader, with its plan."""
    reader_id = Subscription.objects.values_list("reader_id", flat=True).get(pk=subscription_id)
    Reader.objects.select_for_update(no_key=True).get(pk=reader_id)
    held = Subscription.objects.select_for_update(of=("self",)).select_related("plan", "mandate")
    return held.get(pk=subscription_id)


def record(
    subscription: Subscription, deed: str, *, actor: str, now: datetime, **detail: Any
) -> None:
    """Write what was done to a subscription in the audit trail."""
    record_deed(
        actor=actor,
        deed=deed,
        subject=f"subscriptions.subscription:{subscription.pk}",
        now=now,
        **detail,
    )
