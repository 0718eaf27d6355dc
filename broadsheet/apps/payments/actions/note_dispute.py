"""Record that a reader's bank asks for a payment back, and how that ends.

Told any number of times and in any order it comes to the same: each step is written once in the
ledger, a dispute first heard of at its end goes through its opening too, and an end is final.
"""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction

from broadsheet.apps.accounts.models import Reader
from broadsheet.apps.payments.actions.post_ledger import post_ledger
from broadsheet.apps.payments.events import DisputeLost, DisputeOpened, DisputeWon
from broadsheet.apps.payments.gateways.contract import DisputeFacts, DisputeState
from broadsheet.apps.payments.models import CHARGEBACKS, DISPUTED, Dispute, Payment, cash_at
from broadsheet.plumbing.audit import record_deed
from broadsheet.plumbing.events import announce

log = logging.getLogger(__name__)


@transaction.atomic
def note_dispute(
    *, gateway: str, facts: DisputeFacts, heard_by: str, now: datetime
) -> Dispute | None:
    """Record what the company says of a dispute; ``None`` while we know of no such payment."""
    payment = _hold_payment(gateway, facts.charge_reference)
    if payment is None:
        return None
    dispute, is_new = Dispute.objects.select_for_update().get_or_create(
        gateway=gateway,
        gateway_reference=facts.gateway_reference,
        defaults={
            "payment": payment,
            "amount_minor": facts.amount.minor,
            "currency": facts.amount.currency,
            "reason": facts.reason[:120],
            "opened_at": facts.opened_at,
            "heard_at": now,
        },
    )
    who = {
        "dispute_id": dispute.pk,
        "payment_id": dispute.payment_id,
        "reader_id": payment.reader_id,
    }
    if is_new:
        _post(dispute, "dispute_opened", DISPUTED, cash_at(gateway), now)
        _record(dispute, heard_by, now)
        announce(DisputeOpened(**who), now=now)
    if dispute.state == facts.state or facts.state is DisputeState.OPENED:
        return dispute
    if dispute.state != Dispute.State.OPENED:
        log.error("%s is %s, yet it was %s before", dispute, facts.state, dispute.state)
        return dispute
    dispute.state, dispute.closed_at = facts.state.value, now
    dispute.save(update_fields=["state", "closed_at"])
    _record(dispute, heard_by, now)
    if facts.state is DisputeState.WON:
        _post(dispute, "dispute_won", cash_at(gateway), DISPUTED, now)
        announce(DisputeWon(**who), now=now)
    else:
        _post(dispute, "dispute_lost", CHARGEBACKS, DISPUTED, now)
        announce(DisputeLost(**who), now=now)
    return dispute


def _hold_payment(gateway: str, charge_reference: str) -> Payment | None:
    """Lock the reader, then the payment: the house's order of locks."""
    found = Payment.objects.filter(
        charge__gateway=gateway, charge__gateway_reference=charge_reference
    ).values_list("pk", "reader_id")
    for payment_id, reader_id in found:
        Reader.objects.select_for_update(no_key=True).get(pk=reader_id)
        return Payment.objects.select_for_update(no_key=True).get(pk=payment_id)
    return None


def _post(dispute: Dispute, kind: str, debit: str, credit: str, now: datetime) -> None:
    post_ledger(
        kind=kind,
        source=f"payments.dispute:{dispute.pk}",
        lines={debit: dispute.amount, credit: -dispute.amount},
        now=now,
    )


def _record(dispute: Dispute, heard_by: str, now: datetime) -> None:
    record_deed(
        actor=heard_by,
        deed="note_dispute",
        subject=f"payments.dispute:{dispute.pk}",
        now=now,
        state=dispute.state,
        gateway_reference=dispute.gateway_reference,
    )
