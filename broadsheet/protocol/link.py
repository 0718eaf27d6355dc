"""What opens a lent story: the token in a link's address, and the cookie of who has opened it.

Token, at ``/gift/<token>/``: the kind's letter, then link, story and expiry in hexadecimal, then
128 bits of keyed BLAKE2s in base 32, joined by dashes. It names no reader.

    g-1f-2a-6933c340-vzd5zvitxgbbg64gsqohrj2ks4

Cookie ``bs_lent``: ``1.STORY-LINK-EXPIRES+….MAC``, at most five stories, the newest first. The
signature covers the device that opened them, so a copy on another device opens nothing.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2s
from typing import NamedTuple

from broadsheet.domain.lending import LinkKind

LENT_HELD = 5
LONGEST_LENT = 400
_LETTERS = {kind.value[0]: kind for kind in LinkKind}
_TOKEN = re.compile(r"([a-z])-([0-9a-f]{1,15})-([0-9a-f]{1,15})-([0-9a-f]{1,10})-([a-z2-7]{26})")


@dataclass(frozen=True, slots=True)
class LinkToken:
    """One link to one story; ``expires_at`` in seconds since 1970."""

    kind: LinkKind
    link_id: int
    story_id: int
    expires_at: int


class Lent(NamedTuple):
    """A story that a device was lent, by which link, until when (seconds since 1970)."""

    story_id: int
    link_id: int
    expires_at: int


def write_token(key: bytes, token: LinkToken) -> str:
    """The token as it stands in an address."""
    signed = f"{token.kind[0]}-{token.link_id:x}-{token.story_id:x}-{token.expires_at:x}"
    return f"{signed}-{_sign_token(key, signed)}"


def read_token(key: bytes, text: str) -> LinkToken | None:
    """Read what ``write_token`` wrote, expired or not; ``None`` if it is forged or damaged."""
    found = _TOKEN.fullmatch(text)
    if found is None or found[1] not in _LETTERS:
        return None
    signed, _, mac = text.rpartition("-")
    if not hmac.compare_digest(_sign_token(key, signed), mac):
        return None
    link_id, story_id, expires_at = (int(part, 16) for part in found.group(2, 3, 4))
    return LinkToken(_LETTERS[found[1]], link_id, story_id, expires_at)


def add_lent(held: Iterable[Lent], fresh: Lent, now: float) -> tuple[Lent, ...]:
    """``fresh`` before what is held and not over; a story stands once, five stories at most."""
    others = [one for one in held if one.story_id != fresh.story_id and now < one.expires_at]
    return (fresh, *others)[:LENT_HELD]


def write_lent(key: bytes, held: Iterable[Lent], device_id: str) -> str:
    """The cookie's value, good on one device."""
    stories = "+".join(f"{one.story_id}-{one.link_id}-{one.expires_at}" for one in held)
    signed = f"1.{stories}"
    return f"{signed}.{_sign_lent(key, signed, device_id)}"


def read_lent(key: bytes, text: str, device_id: str) -> tuple[Lent, ...]:
    """Read a cookie's value, what is over included; nothing if it is forged or of another device."""
    if len(text) > LONGEST_LENT or not text.isascii():
        return ()
    signed, _, mac = text.rpartition(".")
    if not hmac.compare_digest(_sign_lent(key, signed, device_id), mac):
        return ()
    stories = signed.partition(".")[2]
    return tuple(Lent(*(int(part) for part in one.split("-"))) for one in stories.split("+") if one)


def write_opener(key: bytes, link_id: int, device_id: str) -> str:
    """A device's name among those that opened one link; two links know it by different names."""
    opened = f"{link_id}|{device_id}".encode()
    return blake2s(opened, key=key, person=b"opener", digest_size=16).hexdigest()


def _sign_token(key: bytes, signed: str) -> str:
    mac = blake2s(signed.encode(), key=key, digest_size=16).digest()
    return base64.b32encode(mac).decode().rstrip("=").lower()


def _sign_lent(key: bytes, signed: str, device_id: str) -> str:
    return blake2s(f"{signed}|{device_id}".encode(), key=key, digest_size=16).hexdigest()
