"""What is asked of benefits."""

from __future__ import annotations

from datetime import datetime

from broadsheet.apps.benefits.models import Benefit, Entitlement
from broadsheet.domain.entitlement import benefits_at


def list_benefits(reader_id: int, now: datetime) -> frozenset[str]:
    """The codes of the benefits that a reader holds at ``now``."""
    rows = Entitlement.objects.filter(reader_id=reader_id).select_related("benefit")
    return benefits_at((row.as_grant() for row in rows), now)


def list_known_benefits() -> list[Benefit]:
    """Every benefit there is, in the order of the offer page."""
    return list(Benefit.objects.all())


def list_grants(source: str) -> list[Entitlement]:
    """All that one source granted, by benefit."""
    return list(Entitlement.objects.filter(source=source).select_related("benefit").order_by("pk"))
