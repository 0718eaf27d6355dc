"""Stripe's webhooks: is the signature good, and what is there to look at?

Verified here rather than by Stripe's library, which takes a time to come for good.
Source: Stripe, "Verify webhook signatures manually".
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from broadsheet.apps.payments.gateways.contract import BadSignature, WebhookKind, WebhookWord
from broadsheet.apps.payments.gateways.stripe.states import is_inquiry, key_of

TOLERANCE = timedelta(seconds=300)
MOST_SIGNATURES = 16
_CHARGE = frozenset({"checkout.session", "payment_intent"})


def verify_webhook(
    headers: Mapping[str, str], body: bytes, *, secrets: Sequence[str], now: datetime
) -> tuple[WebhookWord, ...]:
    """The one word of a call signed with one of ``secrets``. Raises ``BadSignature``."""
    at, signatures = _read_header(headers.get("stripe-signature", ""))
    if abs(now.timestamp() - at) > TOLERANCE.total_seconds():
        raise BadSignature("Signed too long ago, or in a time to come.")
    if not any(_is_signed(body, at, signatures, secret) for secret in secrets if secret):
        raise BadSignature("Not signed with a secret of ours.")
    return (_read_word(body),)


def _read_header(header: str) -> tuple[int, list[bytes]]:
    at, signatures = "", []
    for part in header.split(","):
        name, _, value = part.strip().partition("=")
        if name == "t":
            at = value
        elif name == "v1":
            signatures.append(value.encode())
    if not (at.isascii() and at.isdecimal() and len(at) < MOST_SIGNATURES) or not signatures:
        raise BadSignature("The signature cannot be read.")
    return int(at), signatures[:MOST_SIGNATURES]


def _is_signed(body: bytes, at: int, signatures: Sequence[bytes], secret: str) -> bool:
    digest = hmac.new(secret.encode(), b"%d." % at + body, hashlib.sha256).hexdigest().encode()
    return any(hmac.compare_digest(digest, signature) for signature in signatures)


def _read_word(body: bytes) -> WebhookWord:
    try:
        event = json.loads(body)
        thing = event["data"]["object"]
        named = str(event["id"])
        kind, key, reference = _subject(str(event["type"]), thing)
        at = datetime.fromtimestamp(int(event["created"]), UTC)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        return WebhookWord(event_id="", kind=WebhookKind.OTHER)
    return WebhookWord(event_id=named, kind=kind, key=key, gateway_reference=reference, at=at)


def _subject(told: str, thing: dict[str, Any]) -> tuple[WebhookKind, str, str]:
    """What an event is about: kind, our key, Stripe's name. What is none of ours is ``other``."""
    what, name, key = thing["object"], str(thing.get("id") or ""), key_of(thing)
    if what in _CHARGE and key:
        return WebhookKind.CHARGE, key, name
    if what == "refund":
        return WebhookKind.REFUND, key, name
    if what == "dispute" and not is_inquiry(thing):
        return WebhookKind.DISPUTE, "", name
    if what == "mandate" and thing.get("status") == "inactive":
        return WebhookKind.MANDATE, "", str(thing.get("payment_method") or "")
    if told == "payment_method.detached":
        return WebhookKind.MANDATE, "", name
    return WebhookKind.OTHER, "", name
