"""Record a refund that was given at the company's own desk, not by us."""

from __future__ import annotations

import hashlib
import logging
from datetime import datetime

from django.db import transaction
from django.db.models import F

from broadsheet.apps.accounts.models import Reader
from broadsheet.apps.payments.actions.apply_refund_state import apply_refund_state
from broadsheet.apps.payments.events import MoneyQuarantined
from broadsheet.apps.payments.gateways.contract import Gateway, GatewayState, RefundQuery
from broadsheet.apps.payments.models import Payment, Refund
from broadsheet.domain.charge import ChargeOutcome
from broadsheet.plumbing.events import announce

log = logging.getLogger(__name__)
OURS = "bs-rf-"
THEIRS = "theirs-"


def note_foreign_refund(
    *, gateway: Gateway, key: str, gateway_reference: str, heard_by: str, now: datetime
) -> bool:
    """Look up a refund that we have no row of, and make one; ``False`` while it fits nothing.

    One that carries a key of ours waits for its own row instead.
    """
    if key.startswith(OURS) or not gateway_reference:
        return False
    said = gateway.lookup_refund(RefundQuery(key="", gateway_reference=gateway_reference))
    if said is None or said.outcome is not ChargeOutcome.SUCCEEDED:
        return False
    return record_foreign_refund(gateway_code=gateway.code, said=said, heard_by=heard_by, now=now)


def record_foreign_refund(
    *, gateway_code: str, said: GatewayState, heard_by: str, now: datetime
) -> bool:
    """Write what ``said`` tells of: a settled refund of ``said.charge_reference``."""
    found = Payment.objects.filter(
        charge__gateway=gateway_code, charge__gateway_reference=said.charge_reference
    ).values_list("pk", "reader_id")
    for payment_id, reader_id in found:
        return _record(payment_id, reader_id, said, heard_by, now)
    return False


@transaction.atomic
def _record(
    payment_id: int, reader_id: int, said: GatewayState, heard_by: str, now: datetime
) -> bool:
    Reader.objects.select_for_update(no_key=True).get(pk=reader_id)
    payment = (
        Payment.objects.select_for_update(of=("self",), no_key=True)
        .select_related("charge")
        .get(pk=payment_id)
    )
    amount = said.amount
    assert amount is not None
    gateway = payment.charge.gateway
    if Refund.objects.filter(gateway=gateway, gateway_reference=said.gateway_reference).exists():
        return True
    if amount.currency != payment.currency or (
        payment.refunded_minor + amount.minor > payment.amount_minor
    ):
        reason = "the company gave back more than was left"
        log.error("%s: %s (%s)", payment, reason, said.gateway_reference)
        announce(MoneyQuarantined(charge_id=payment.charge_id, reason=reason), now=now)
        return True
    refund = Refund.objects.create(
        payment=payment,
        charge=payment.charge,
        gateway=gateway,
        key=THEIRS
        + hashlib.sha256(f"{gateway} {said.gateway_reference}".encode()).hexdigest()[:50],
        amount_minor=amount.minor,
        currency=amount.currency,
        reason="given back at the company's own desk",
        actor=f"gateway:{gateway}",
        planned_at=now,
        sent_at=now,
        # Nobody may send what is given already.
        state="sent",
    )
    Payment.objects.filter(pk=payment.pk).update(refunded_minor=F("refunded_minor") + amount.minor)
    apply_refund_state(refund_id=refund.pk, said=said, heard_by=heard_by, now=now)
    return True
