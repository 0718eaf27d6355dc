"""What the plans tell of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OffersChanged:
    """What is on offer, or what it costs, is no longer what pages may still show."""

    plan: str
