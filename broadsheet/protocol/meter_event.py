"""What the gate notes of each decided view, one JSON line each, after the response.

``reader`` is a pseudonym good for one window only: reads of one reader can be put together within
a month and with nothing outside it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from hashlib import blake2s

VERSION = 1


class UnreadableEvent(ValueError):  # noqa: N818
    """A line that is not a meter event."""


@dataclass(frozen=True, slots=True)
class MeterEvent:
    """One decided view. ``at`` in milliseconds since 1970; ``propensity`` is the probability with
    which this reader was given this policy (1 where there is no choice by lot). ``licence`` is that
    of the organisation by which the reader reads, 0 for none.
    """

    at: int
    story: int
    version: int
    access: str
    reader: str
    kind: str
    outcome: str
    reason: str
    policy: str
    used: int
    limit: int
    window: str
    propensity: float = 1.0
    licence: int = 0

    def encode(self) -> str:
        return json.dumps({"v": VERSION, **asdict(self)}, separators=(",", ":"))

    @classmethod
    def decode(cls, line: str) -> MeterEvent:
        """Read what ``encode`` wrote. Raises ``UnreadableEvent``."""
        try:
            written = json.loads(line)
            return cls(**{f.name: written[f.name] for f in fields(cls) if f.name in written})
        except (ValueError, TypeError) as error:
            raise UnreadableEvent(f"not a meter event: {line[:80]!r}") from error


def write_pseudonym(key: bytes, reader_key: str, window: str) -> str:
    """A reader's name within one window."""
    return blake2s(f"{window}|{reader_key}".encode(), key=key, digest_size=8).hexdigest()


def find_hour(at: datetime) -> str:
    """The spool's name for an hour, in UTC (``2026-11-22T04``)."""
    return f"{at:%Y-%m-%dT%H}"
