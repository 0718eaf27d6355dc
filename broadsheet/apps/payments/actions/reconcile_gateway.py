"""Lay our book beside the gateway's, line by line, both ways."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from broadsheet.apps.payments.actions.apply_gateway_state import apply_gateway_state
from broadsheet.apps.payments.actions.reap_charges import reap_charges
from broadsheet.apps.payments.gateways import open_gateway
from broadsheet.apps.payments.gateways.contract import (
    ChargeQuery,
    Gateway,
    GatewayState,
    SettledCharge,
)
from broadsheet.apps.payments.models import Charge
from broadsheet.domain.charge import ChargeOutcome, ChargeState

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
    for sentence in wrong:
        log.error("reconciling %s: %s", gateway.code, sentence)
    return Reconciled(reaped.checked + len(theirs), settled, tuple(wrong))


def _is_in_book(gateway: Gateway, charge: Charge) -> bool:
    """Settled there before ``since``, though we heard of it after."""
    said = gateway.lookup(ChargeQuery(charge.key, charge.gateway_reference or "", charge.amount))
    return said is not None and said.outcome is ChargeOutcome.SUCCEEDED
