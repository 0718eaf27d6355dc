"""Charge mandates without the reader: T2 for a handful, then the wire and T3 one by one."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from uuid import uuid4

from django.db import connection, transaction

from broadsheet.apps.payments.actions.apply_gateway_state import apply_gateway_state
from broadsheet.apps.payments.gateways.contract import LONGEST_CALL, ChargeRequest, Gateway
from broadsheet.apps.payments.models import Charge
from broadsheet.domain.charge import ChargeState
from broadsheet.plumbing.crash import crash_point

MARGIN = timedelta(seconds=10)
HANDFUL = 10


def send_charges(*, gateway: Gateway, now: datetime, limit: int = HANDFUL) -> Counter[ChargeState]:
    """Send up to ``limit`` planned charges on mandates; how many ended in which state.

    An empty answer means that nothing is left to send. Any number of processes may do this at
    once: what one has marked as sent no other sends.
    """
    states: Counter[ChargeState] = Counter()
    for charge in _take_handful(gateway.code, now, limit):
        states[_send(charge, gateway, now)] += 1
    return states


def _take_handful(gateway_code: str, now: datetime, limit: int) -> list[Charge]:
    owner = uuid4().hex
    deadline = now + LONGEST_CALL * limit + MARGIN
    with transaction.atomic():
        waiting = Charge.objects.filter(
            gateway=gateway_code, state=ChargeState.PLANNED, mandate__isnull=False
        ).order_by("pk")
        if connection.features.has_select_for_update_skip_locked:
            waiting = waiting.select_for_update(skip_locked=True, no_key=True)
        ids = list(waiting.values_list("pk", flat=True)[:limit])
        Charge.objects.filter(pk__in=ids, state=ChargeState.PLANNED).update(
            state=ChargeState.SENT,
            owner=owner,
            sent_at=now,
            deadline_at=deadline,
            next_check_at=deadline,
        )
    crash_point(3)
    mine = Charge.objects.filter(pk__in=ids, owner=owner, state=ChargeState.SENT)
    return list(mine.select_related("order", "mandate").order_by("pk"))


def _send(charge: Charge, gateway: Gateway, now: datetime) -> ChargeState:
    said = gateway.charge(request_for(charge))
    crash_point(4)
    return apply_gateway_state(charge_id=charge.pk, said=said, heard_by="reply", now=now)


def request_for(charge: Charge) -> ChargeRequest:
    """What goes on the wire; wants ``order`` and ``mandate`` joined."""
    assert charge.mandate is not None
    return ChargeRequest(
        key=charge.key,
        amount=charge.amount,
        description=charge.order.description,
        mandate_token=charge.mandate.token,
    )
