"""The worker's door to the plans."""

from __future__ import annotations

from datetime import datetime

from broadsheet.apps.plans.actions import tell_of_begun_prices


def tell_of_prices(*, now: datetime) -> int:
    """Tell of prices that began or ended since the last minute or two."""
    return tell_of_begun_prices(now=now)
