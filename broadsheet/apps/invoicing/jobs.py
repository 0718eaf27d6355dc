"""The worker's door to invoicing."""

from __future__ import annotations

from datetime import datetime

from broadsheet.apps.invoicing.actions import issue_held_invoices


def issue_held(*, now: datetime) -> int:
    """Make out invoices that could not be made out before."""
    return issue_held_invoices(now=now)
