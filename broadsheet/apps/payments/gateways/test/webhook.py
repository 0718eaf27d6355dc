"""The bank's webhooks: ``Bank-Signature: t=<unix>,v1=<hex>`` over ``<t>.<body>``, HMAC-SHA256."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from broadsheet.apps.payments.gateways.contract import BadSignature, WebhookKind, WebhookWord

TOLERANCE = timedelta(minutes=5)
_SIGNATURE = re.compile(r"t=([0-9]{1,12}),v1=([0-9a-f]{64})")
_KINDS = {kind.value: kind for kind in WebhookKind}


def check_signature(
    headers: Mapping[str, str], body: bytes, secrets: Iterable[str], *, now: datetime
) -> None:
    """Raises ``BadSignature`` unless one of ``secrets`` signed this within five minutes."""
    found = _SIGNATURE.fullmatch(headers.get("bank-signature", ""))
    if found is None:
        raise BadSignature("There is no Bank-Signature of the right form.")
    signed = found[1].encode() + b"." + body
    good = [
        hmac.compare_digest(hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest(), found[2])
        for secret in secrets
        if secret
    ]
    if not any(good):
        raise BadSignature("The signature was made with another secret.")
    if abs(now - datetime.fromtimestamp(int(found[1]), UTC)) > TOLERANCE:
        raise BadSignature("The signature is older than five minutes, or from the future.")


def read_words(body: bytes) -> tuple[WebhookWord, ...]:
    """What a well-signed body says; one word of kind ``other`` where it cannot be read."""
    try:
        said = json.loads(body)
        return (
            WebhookWord(
                event_id=str(said["id"]),
                kind=_KINDS.get(said["kind"], WebhookKind.OTHER),
                key=str(said["key"]),
                gateway_reference=_reference(said),
                at=datetime.fromtimestamp(said["at"], UTC),
            ),
        )
    except (ValueError, TypeError, KeyError, OverflowError, OSError):
        return (WebhookWord(event_id="", kind=WebhookKind.OTHER),)


def _reference(said: Mapping[str, object]) -> str:
    """A checkout's own name is no charge's; its key finds it."""
    reference = str(said["reference"])
    return "" if reference.startswith("co_") else reference
