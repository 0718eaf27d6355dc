"""The device cookie: an opaque random id, signed, that says nothing about the reader.

    form | 32 hex id | 5 digits day of issue | 8 hex met | 32 hex keyed BLAKE2s of what stands before

``met`` marks the sign-in with which this id was united last, so that it happens once. The form is
``1`` for a device that was admitted to the meter and ``2`` for one that is issued and no more: its
first counted read must draw from its network's budget.
"""

from __future__ import annotations

from hashlib import blake2s
from typing import NamedTuple

from broadsheet.protocol.cookies import DEVICE_DAYS

NOBODY = "0" * 8
_SIGNED = 46
_LENGTH = 78
ADMITTED = "1"
NEW = "2"


class Device(NamedTuple):
    """One browser. ``issued_on`` counts days since 1 January 1970."""

    id: str
    issued_on: int
    met: str = NOBODY
    admitted: bool = True

    @property
    def reader_key(self) -> str:
        """Under what its reads are counted."""
        return "d" + self.id


def rotate_device(key: bytes, device: Device, session: str, today: int) -> Device:
    """The id a device carries once it has met a sign-in.

    It follows from device, session and key, so two requests at once rotate to the same id.
    """
    fresh = blake2s(f"{device.id}{session}".encode(), key=key, person=b"rotate", digest_size=16)
    return Device(fresh.hexdigest(), today, mark_met(key, session), device.admitted)


def mark_met(key: bytes, session: str) -> str:
    """What a device carries of the sign-in that it met."""
    return blake2s(session.encode(), key=key, person=b"met", digest_size=4).hexdigest()


def write_device(key: bytes, device: Device) -> str:
    """The cookie's value."""
    form = ADMITTED if device.admitted else NEW
    signed = f"{form}{device.id}{device.issued_on:05}{device.met}"
    return signed + _sign(key, signed)


def read_device(key: bytes, text: str, today: int) -> Device | None:
    """Read a cookie's value; ``None`` if it is forged, damaged or older than browsers may keep."""
    if len(text) != _LENGTH or not text.isascii():
        return None
    signed = text[:_SIGNED]
    if text[0] not in {ADMITTED, NEW} or _sign(key, signed) != text[_SIGNED:]:
        return None
    issued_on = int(text[33:38])
    if today - issued_on > DEVICE_DAYS:
        return None
    return Device(text[1:33], issued_on, text[38:46], text[0] == ADMITTED)


def _sign(key: bytes, signed: str) -> str:
    return blake2s(signed.encode(), key=key, digest_size=16).hexdigest()
