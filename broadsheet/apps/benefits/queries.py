"""What is asked of benefits."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from broadsheet.apps.benefits.models import Benefit, Entitlement
from broadsheet.domain.entitlement import Grant, benefits_at


def list_benefits(reader_id: int, now: datetime) -> frozenset[str]:
    """The codes of the benefits that a reader holds at ``now``."""
    rows = Entitlement.objects.filter(reader_id=reader_id).select_related("benefit")
    return benefits_at((row.as_grant() for row in rows), now)


def list_known_benefits() -> list[Benefit]:
    """Every benefit there is, in the order of the offer page."""
    return list(Benefit.objects.all())


def list_held_by_source(sources: Iterable[str], now: datetime) -> dict[str, frozenset[str]]:
    """What each of these sources gives at ``now``; those that give nothing are left out."""
    rows = Entitlement.objects.filter(source__in=list(sources)).select_related("benefit")
    grants: dict[str, list[Grant]] = {}
    for row in rows:
        grants.setdefault(row.source, []).append(row.as_grant())
    held = {source: benefits_at(given, now) for source, given in grants.items()}
    return {source: codes for source, codes in held.items() if codes}
