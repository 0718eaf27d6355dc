"""Stripe: hosted Checkout for the first payment, payment intents off session for the rest."""

from __future__ import annotations

from broadsheet.plumbing.plant import Plant


def is_set_up(plant: Plant) -> bool:
    """Where a key is named."""
    return bool(plant.stripe_key)
