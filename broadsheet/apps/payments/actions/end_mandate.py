"""End a reader's standing permission, or hear that it has ended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from broadsheet.apps.accounts.models import Reader
from broadsheet.apps.payments.events import MandateEnded
from broadsheet.apps.payments.gateways.contract import Gateway
from broadsheet.apps.payments.models import Mandate
from broadsheet.plumbing.audit import record_deed
from broadsheet.plumbing.events import announce


def revoke_mandate(
    *, mandate_id: int, open_gateway: Callable[[str], Gateway], actor: str, now: datetime
) -> bool:
    """End a mandate at its company; ``False`` when it could not be reached: try again.

    Nothing is charged on it any more as soon as this returns ``True``. Not inside a transaction.
    """
    mandate = Mandate.objects.get(pk=mandate_id)
    if mandate.withdrawn_at is None:
        if not open_gateway(mandate.gateway).revoke_mandate(mandate.token):
            return False
        note_mandate_ended(mandate_id=mandate.pk, heard_by=actor, now=now)
    return True


@transaction.atomic
def note_mandate_ended(*, mandate_id: int, heard_by: str, now: datetime) -> bool:
    """Record that a mandate is no more; ``False`` when that was known."""
    mandate = Mandate.objects.get(pk=mandate_id)
    Reader.objects.select_for_update(no_key=True).get(pk=mandate.reader_id)
    ended = Mandate.objects.filter(pk=mandate.pk, withdrawn_at__isnull=True).update(
        withdrawn_at=now
    )
    if not ended:
        return False
    record_deed(
        actor=heard_by,
        deed="note_mandate_ended",
        subject=f"payments.mandate:{mandate.pk}",
        now=now,
    )
    announce(MandateEnded(mandate_id=mandate.pk, reader_id=mandate.reader_id), now=now)
    return True
