"""What is asked of the wire room."""

from __future__ import annotations

from broadsheet.apps.wire.models import SetAside


def list_set_aside(*, limit: int = 100) -> list[SetAside]:
    """What the last reading of each file left aside, the newest first."""
    return list(SetAside.objects.order_by("-read_at", "pk")[:limit])


def count_set_aside() -> int:
    """How many items stand aside."""
    return SetAside.objects.count()
