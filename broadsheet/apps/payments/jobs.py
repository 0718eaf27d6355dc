"""The worker's door to payments."""

from __future__ import annotations

from datetime import datetime

from broadsheet.apps.payments.actions.reap_charges import Reaped, reap_charges
from broadsheet.apps.payments.gateways import open_gateway


def reap(*, now: datetime) -> Reaped:
    """Ask about charges nobody has heard of; close checkouts whose time is over."""
    return reap_charges(now=now, open_gateway=open_gateway)
