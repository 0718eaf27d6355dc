"""The embedded test gateway: the stand-in bank, spoken to over HTTP like any other company."""

from __future__ import annotations

from broadsheet.plumbing.plant import Plant


def is_set_up(plant: Plant) -> bool:
    """Where a bank is named or the demo's runs."""
    return bool(plant.bank_url)
