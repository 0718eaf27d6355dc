"""Razorpay: hosted links for the first payment, recurring payments on tokens for the rest."""

from __future__ import annotations

from broadsheet.plumbing.plant import Plant


def is_set_up(plant: Plant) -> bool:
    """Where a key is named."""
    return bool(plant.razorpay_key_id and plant.razorpay_key_secret)
