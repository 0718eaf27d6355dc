"""Who sells, as the paper's settings say now."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from broadsheet.apps.invoicing.models import Registration
from broadsheet.domain.gstin import state_of
from broadsheet.domain.tax import INDIA
from broadsheet.plumbing.audit import record_deed


def hold_registration(now: datetime) -> Registration:
    """The row that tells of the seller as ``broadsheet.toml`` does; a new one after a change."""
    paper = settings.PAPER
    indian = paper.legal_country == INDIA and paper.tax_number
    said = {
        "legal_name": paper.legal_name or paper.name,
        "legal_address": paper.legal_address or paper.place,
        "country": paper.legal_country,
        "state": state_of(paper.tax_number) if indian else "",
        "tax_number": paper.tax_number,
    }
    newest = Registration.objects.order_by("-pk").first()
    if newest is not None and all(getattr(newest, name) == what for name, what in said.items()):
        return newest
    made = Registration.objects.create(**said, since_at=now)
    record_deed(
        actor="broadsheet.toml",
        deed="hold_registration",
        subject=f"invoicing.registration:{made.pk}",
        now=now,
        **said,
    )
    return made
