"""Keep what a gateway tells us before anything is made of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from broadsheet.apps.payments.gateways.contract import WebhookKind, WebhookWord
from broadsheet.apps.payments.models import GatewayEvent

LONGEST_ID = 120
LONGEST_KEY = 64
MOST_HEADER = 500


def keep_words(
    *,
    gateway: str,
    words: Sequence[WebhookWord],
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
) -> int:
    """Store each word of one well-signed call; how many rows that took.

    A word told before is left as it is, whoever tells it at the same instant. Words of kind
    ``other`` are kept too, and left alone.
    """
    kept = {name: value[:MOST_HEADER] for name, value in headers.items() if _is_telling(name)}
    rows: dict[str, GatewayEvent] = {}
    for n, word in enumerate(words):
        event_id = _name_event(word, body)
        if event_id in rows:
            event_id = f"{event_id[: LONGEST_ID - 4]}#{n}"
        is_other = word.kind is WebhookKind.OTHER
        rows[event_id] = GatewayEvent(
            gateway=gateway,
            event_id=event_id,
            kind=word.kind.value,
            key=word.key[:LONGEST_KEY],
            gateway_reference=word.gateway_reference[:LONGEST_ID],
            body=body,
            headers=kept,
            happened_at=word.at,
            received_at=now,
            state=GatewayEvent.State.IGNORED if is_other else GatewayEvent.State.WAITING,
            next_try_at=None if is_other else now,
            done_at=now if is_other else None,
        )
    GatewayEvent.objects.bulk_create(rows.values(), ignore_conflicts=True)
    return len(rows)


def _name_event(word: WebhookWord, body: bytes) -> str:
    """The company's own name for it, else a fingerprint of what it said."""
    if 0 < len(word.event_id) <= LONGEST_ID:
        return word.event_id
    return hashlib.sha256(word.event_id.encode() or body).hexdigest()


def _is_telling(name: str) -> bool:
    """Headers worth keeping: never cookies or passwords."""
    return "signature" in name or "event" in name or name in {"content-type", "user-agent"}
