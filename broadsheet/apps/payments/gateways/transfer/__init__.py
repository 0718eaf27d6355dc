"""Money that readers send to the paper's own bank account; staff enter what has come."""

from __future__ import annotations

from broadsheet.plumbing.plant import Plant


def is_set_up(plant: Plant) -> bool:
    """Never offered: there is no company to send a reader or a request to."""
    del plant
    return False
