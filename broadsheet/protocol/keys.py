"""One secret of the plant, a key of its own for each purpose."""

from __future__ import annotations

from hashlib import blake2s

DEVICE = "device"
PASS = "pass"  # noqa: S105
ETAG = "etag"
EVENT = "event"
BUDGET = "budget"
LINK = "link"
LENT = "lent"
HANDOVER = "handover"
LICENCE = "licence"
INVITE = "invite"


def derive_key(secret: str, purpose: str) -> bytes:
    """A 32-byte key for ``purpose`` (at most 8 ASCII letters); the secret cannot be had from it."""
    return blake2s(secret.encode(), person=purpose.encode("ascii")).digest()
