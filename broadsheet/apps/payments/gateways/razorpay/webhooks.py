"""Razorpay's webhooks: is the signature good, and what is there to look at?

The signature covers the body alone and no time, so an old call stays good for ever: the event's
name, the same at each repeat, is what the inbox knows it by. Verified here rather than by Razorpay's
library, which takes an empty secret for good and breaks on a header that is not there.
Source: Razorpay, "Validate and test webhooks".
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from broadsheet.apps.payments.gateways.contract import BadSignature, WebhookKind, WebhookWord
from broadsheet.apps.payments.gateways.razorpay.states import is_inquiry, key_of

LONGEST_SIGNATURE = 128
LONGEST_EVENT = 120
_CHARGE = ("payment.", "order.", "payment_link.", "invoice.")
_SUBJECTS = ("payment", "payment_link", "invoice", "order")


def verify_webhook(
    headers: Mapping[str, str], body: bytes, *, secrets: Sequence[str]
) -> tuple[WebhookWord, ...]:
    """The one word of a call signed with one of ``secrets``. Raises ``BadSignature``."""
    signature = headers.get("x-razorpay-signature", "").encode()
    if not signature or len(signature) > LONGEST_SIGNATURE:
        raise BadSignature("The signature is missing or cannot be read.")
    if not any(_is_signed(body, signature, secret) for secret in secrets if secret):
        raise BadSignature("Not signed with a secret of ours.")
    return (_read_word(headers.get("x-razorpay-event-id", "")[:LONGEST_EVENT], body),)


def _is_signed(body: bytes, signature: bytes, secret: str) -> bool:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest().encode()
    return hmac.compare_digest(digest, signature)


def _read_word(event_id: str, body: bytes) -> WebhookWord:
    try:
        event = json.loads(body)
        things = {kind: said["entity"] for kind, said in event["payload"].items()}
        kind, key, reference = _subject(str(event["event"]), things)
        at = datetime.fromtimestamp(int(event["created_at"]), UTC)
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        OverflowError,
        RecursionError,
        OSError,
    ):
        return WebhookWord(event_id=event_id, kind=WebhookKind.OTHER)
    return WebhookWord(event_id=event_id, kind=kind, key=key, gateway_reference=reference, at=at)


def _subject(told: str, things: dict[str, dict[str, Any]]) -> tuple[WebhookKind, str, str]:
    """What an event is about: kind, our key, Razorpay's name. What is none of ours is ``other``."""
    if told.startswith("payment.dispute."):
        dispute = things["dispute"]
        kind = WebhookKind.OTHER if is_inquiry(dispute) else WebhookKind.DISPUTE
        return kind, "", str(dispute["id"])
    if told.startswith("refund."):
        return WebhookKind.REFUND, key_of(things["refund"]), str(things["refund"]["id"])
    if told.startswith("token."):
        return WebhookKind.MANDATE, "", str(things["token"]["id"])
    if told.startswith(_CHARGE):
        key = next((key for kind in _SUBJECTS if (key := key_of(things.get(kind, {})))), "")
        if key:
            return WebhookKind.CHARGE, key, str(things.get("payment", {}).get("id") or "")
    return WebhookKind.OTHER, "", ""
