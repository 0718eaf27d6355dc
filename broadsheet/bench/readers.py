"""Readers for a bench: Cookie headers that the gate would have signed itself."""

from __future__ import annotations

import secrets
import time

from broadsheet.domain.meter import AD_FREE, PREMIUM, UNLIMITED, Reader, ReaderKind
from broadsheet.protocol import keys
from broadsheet.protocol.cookies import DAY_SECONDS
from broadsheet.protocol.device import Device, write_device
from broadsheet.protocol.reader_pass import ReaderPass, write_pass

SECRET = "a bench has no secrets"


def make_readers(count: int) -> list[str]:
    """Cookie headers of devices never seen before."""
    key = keys.derive_key(SECRET, keys.DEVICE)
    today = int(time.time() // DAY_SECONDS)
    return [
        f"bs_device={write_device(key, Device(secrets.token_hex(16), today))}" for _ in range(count)
    ]


def make_subscriber() -> str:
    """The Cookie header of a signed-in subscriber."""
    reader = Reader(ReaderKind.SUBSCRIBER, frozenset({PREMIUM, UNLIMITED, AD_FREE}))
    signed_in = ReaderPass(1, reader, "5e55", int(time.time()) + 3_600)
    text = write_pass(keys.derive_key(SECRET, keys.PASS), signed_in, "session")
    return f"{_DEVICE_OF_SUBSCRIBER}; bs_session=session; bs_pass={text}"


_DEVICE_OF_SUBSCRIBER = make_readers(1)[0]
