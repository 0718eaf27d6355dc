"""Lay our book beside the gateway's, line by line, both ways."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from broadsheet.apps.payments.actions.apply_gateway_state import apply_gateway_state
from broadsheet.apps.payments.actions.apply_refund_state import apply_refund_state
from broadsheet.apps.payments.actions.give_refund import query_for
from broadsheet.apps.payments.actions.note_dispute import note_dispute
from broadsheet.apps.payments.actions.note_foreign_refund import record_foreign_refund
from broadsheet.apps.payments.actions.reap_charges import reap_charges
from broadsheet.apps.payments.actions.reap_refunds import reap_refunds
from broadsheet.apps.payments.gateways import open_gateway
from broadsheet.apps.payments.gateways.contract import (
    ChargeQuery,
    Gateway,
    GatewayState,
    SettledCharge,
    SettledRefund,
)
from broadsheet.apps.payments.models import Charge, Dispute, Refund
from broadsheet.domain.charge import ChargeOutcome, ChargeState
from broadsheet.domain.refund import RefundState

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What came of it; each mismatch is a sentence that names the charge."""

    checked: int
    settled: int
    mismatched: tuple[str, ...]


def reconcile_gateway(*, gateway: Gateway, since: datetime, now: datetime) -> Reconciled:
    """Ask about every waiting charge, then compare both books from ``since`` on.

    A success that only the gateway knows of is applied; what still differs is told. Raises
    ``CannotReachGateway`` (a later try may help).
    """
    reaped = reap_charges(
        now=now,
        open_gateway=lambda code: gateway if code == gateway.code else open_gateway(code),
        limit=100_000,
        everything=True,
    )
    settled = reaped.settled
    wrong: list[str] = []
    theirs: dict[str, SettledCharge] = {}
    for line in gateway.list_settled(since):
        theirs[line.key] = line
        charge = Charge.objects.filter(gateway=gateway.code, key=line.key).first()
        if charge is None:
            wrong.append(f"{line.gateway_reference}: the gateway took money we never asked for")
            continue
        if charge.state != ChargeState.SUCCEEDED:
            said = GatewayState(ChargeOutcome.SUCCEEDED, line.gateway_reference, line.amount)
            apply_gateway_state(charge_id=charge.pk, said=said, heard_by="reconciler", now=now)
            charge.refresh_from_db()
            settled += 1
        if charge.gateway_reference != line.gateway_reference:
            wrong.append(f"{charge.key}: two references at the gateway")
        if charge.amount != line.amount:
            wrong.append(f"{charge.key}: the amounts differ")
    ours = Charge.objects.filter(
        gateway=gateway.code, state=ChargeState.SUCCEEDED, closed_at__gte=since
    ).order_by("pk")
    wrong += [
        f"{charge.key}: we have it as settled, the gateway has not"
        for charge in ours
        if charge.key not in theirs and not _is_in_book(gateway, charge)
    ]
    wrong += _compare_refunds(gateway, since, now)
    _hear_disputes(gateway, since, now)
    for sentence in wrong:
        log.error("reconciling %s: %s", gateway.code, sentence)
    return Reconciled(reaped.checked + len(theirs), settled, tuple(wrong))


def _compare_refunds(gateway: Gateway, since: datetime, now: datetime) -> list[str]:
    """Refunds both ways; one that only the gateway knows of is written down."""
    reap_refunds(now=now, open_gateway=lambda _: gateway, limit=100_000)
    wrong: list[str] = []
    theirs: set[str] = set()
    for line in gateway.list_refunds(since):
        theirs.add(line.gateway_reference)
        said = GatewayState(
            ChargeOutcome.SUCCEEDED,
            line.gateway_reference,
            line.amount,
            charge_reference=line.charge_reference,
        )
        refund = _find_refund(gateway.code, line)
        if refund is None:
            if not record_foreign_refund(
                gateway_code=gateway.code, said=said, heard_by="reconciler", now=now
            ):
                wrong.append(f"{line.gateway_reference}: given back, of a charge we do not know")
            continue
        if refund.state != RefundState.SUCCEEDED:
            apply_refund_state(refund_id=refund.pk, said=said, heard_by="reconciler", now=now)
            refund.refresh_from_db()
        if refund.state != RefundState.SUCCEEDED:
            wrong.append(f"{refund.key}: we have it as {refund.state}, the gateway gave it back")
        if refund.gateway_reference != line.gateway_reference:
            wrong.append(f"{refund.key}: two references at the gateway")
        if refund.amount != line.amount:
            wrong.append(f"{refund.key}: the amounts differ")
    ours = Refund.objects.filter(
        gateway=gateway.code, state=RefundState.SUCCEEDED, closed_at__gte=since
    ).select_related("charge")
    for refund in ours.exclude(gateway_reference__in=theirs).order_by("pk"):
        told = gateway.lookup_refund(query_for(refund))
        if told is None or told.outcome is not ChargeOutcome.SUCCEEDED:
            wrong.append(f"{refund.key}: we have it as given back, the gateway has not")
    return wrong


def _find_refund(code: str, line: SettledRefund) -> Refund | None:
    ours = Refund.objects.filter(gateway=code)
    by_key = ours.filter(key=line.key).first() if line.key else None
    return by_key or ours.filter(gateway_reference=line.gateway_reference).first()


def _hear_disputes(gateway: Gateway, since: datetime, now: datetime) -> None:
    """What a lost webhook would have told: disputes opened lately, and those still open here."""
    if not gateway.capabilities.disputes:
        return
    heard = {facts.gateway_reference: facts for facts in gateway.list_disputes(since)}
    still_open = Dispute.objects.filter(gateway=gateway.code, state=Dispute.State.OPENED)
    for reference in still_open.values_list("gateway_reference", flat=True):
        facts = heard.get(reference) or gateway.lookup_dispute(reference)
        if facts is not None:
            heard[reference] = facts
    for facts in heard.values():
        if not note_dispute(gateway=gateway.code, facts=facts, heard_by="reconciler", now=now):
            log.error("%s: a dispute about money we know nothing of", facts.gateway_reference)


def _is_in_book(gateway: Gateway, charge: Charge) -> bool:
    """Settled there before ``since``, though we heard of it after."""
    said = gateway.lookup(ChargeQuery(charge.key, charge.gateway_reference or "", charge.amount))
    return said is not None and said.outcome is ChargeOutcome.SUCCEEDED
