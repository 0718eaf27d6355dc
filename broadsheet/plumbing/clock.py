"""The one clock. Only surfaces and jobs may read it; everything below is handed ``now``."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)
