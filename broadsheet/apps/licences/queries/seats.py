"""Invitations and codes: derived when a letter is written, kept as hashes alone."""

from __future__ import annotations

import base64
from datetime import datetime
from hashlib import blake2s

from django.conf import settings

from broadsheet.apps.licences.models import AddressClaim, Invite
from broadsheet.protocol import keys

LONGEST_TOKEN = 40
MOST_TRIES = 5
"""Wrong codes that one letter bears."""


def derive_token(invite: Invite) -> str:
    """What stands in the address of an invitation."""
    said = f"{invite.licence_id}|{invite.email}|{invite.salt}"
    digest = blake2s(said.encode(), key=_key(), person=b"invite", digest_size=20).digest()
    return base64.b32encode(digest).decode().lower()


def derive_code(claim: AddressClaim) -> str:
    """The six digits of the letter to a claimed address."""
    said = f"{claim.reader_id}|{claim.email}|{claim.salt}"
    digest = blake2s(said.encode(), key=_key(), person=b"claim", digest_size=16).digest()
    return f"{int.from_bytes(digest) % 1_000_000:06}"


def hash_secret(text: str) -> str:
    """By what a token or a code is known again."""
    return blake2s(text.encode(), key=_key(), person=b"kept", digest_size=32).hexdigest()


def find_invite(token: str) -> Invite | None:
    """The invitation of this token, used or not; ``None`` if we never wrote it."""
    if not 0 < len(token) <= LONGEST_TOKEN:
        return None
    rows = Invite.objects.select_related("licence")
    return rows.filter(token_hash=hash_secret(token)).first()


def find_claim(reader_id: int, now: datetime) -> AddressClaim | None:
    """The claim for which a reader holds a code that is still good."""
    rows = AddressClaim.objects.filter(reader_id=reader_id, expires_at__gt=now)
    return rows.filter(tries__lt=MOST_TRIES).first()


def _key() -> bytes:
    return keys.derive_key(settings.PLANT.secret_key, keys.INVITE)
