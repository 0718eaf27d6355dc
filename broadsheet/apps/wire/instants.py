"""Instants and dates as people and machines write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})?)?(Z|[+-]\d{2}:?\d{2})?$")
SLASHED = re.compile(r"^(\d{4})([/-])(\d{1,2})\2(\d{1,2})$")
SPELT = ("%B %d, %Y", "%b %d, %Y", "%d %B %Y", "%d %b %Y", "%A, %B %d, %Y", "%B %d, %Y %H:%M")
EPOCH = re.compile(r"^\d{10}(?:\d{3})?$")
EARLIEST, LATEST = 1400, 9000


def read_instant(written: str, zone: ZoneInfo) -> datetime | None:
    """An aware UTC instant, or ``None`` for what cannot be read.

    A date alone is that day's first moment in ``zone``; a time without a zone is told in it.
    """
    written = " ".join(written.split())
    try:
        found = _parse(written)
        if found is None or not EARLIEST < found.year < LATEST:
            return None
        if found.tzinfo is None:
            found = found.replace(tzinfo=zone)
        return found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _parse(written: str) -> datetime | None:
    if EPOCH.match(written):
        seconds = int(written) / (1000 if len(written) > 10 else 1)  # noqa: PLR2004
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    if compact := COMPACT.match(written):
        year, month, day, hour, minute, second, zone = compact.groups()
        clock = f"T{hour}:{minute}:{second or '00'}" if hour else ""
        return datetime.fromisoformat(f"{year}-{month}-{day}{clock}{zone or '' if clock else ''}")
    if slashed := SLASHED.match(written):
        return datetime(int(slashed[1]), int(slashed[3]), int(slashed[4]))  # noqa: DTZ001
    try:
        return datetime.fromisoformat(written.removesuffix(" UTC"))
    except ValueError:
        pass
    for shape in SPELT:
        try:
            return datetime.strptime(written, shape)  # noqa: DTZ007
        except ValueError:
            continue
    return parsedate_to_datetime(written)
