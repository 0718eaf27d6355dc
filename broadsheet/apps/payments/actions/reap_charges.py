"""Heal what was left open: ask the gateway about charges nobody has heard of, close old orders."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from broadsheet.apps.payments.actions.apply_gateway_state import apply_gateway_state
from broadsheet.apps.payments.actions.open_order import close_order
from broadsheet.apps.payments.actions.send_charges import request_for
from broadsheet.apps.payments.gateways import NoSuchGateway
from broadsheet.apps.payments.gateways.contract import (
    LONGEST_CALL,
    ChargeQuery,
    Gateway,
    GatewayState,
    Idempotency,
)
from broadsheet.apps.payments.models import Charge, Order
from broadsheet.domain.charge import WAITING_STATES, ChargeOutcome, ChargeState
from broadsheet.plumbing.crash import crash_point

log = logging.getLogger(__name__)
LEASE = LONGEST_CALL * 2 + timedelta(seconds=10)
Opener = Callable[[str], Gateway]


@dataclass(frozen=True, slots=True)
class Reaped:
    """What one sweep did."""

    checked: int
    settled: int
    """Charges that found their end: succeeded, declined or not sent."""
    closed: int
    """Orders given up."""


def reap_charges(
    *, now: datetime, open_gateway: Opener, limit: int = 100, everything: bool = False
) -> Reaped:
    """Ask about every waiting charge that is due (or, with ``everything``, every one not now on
    the wire), then close the checkouts whose time is over.

    Safe in many processes at once: the question is claimed by moving its time.
    """
    due = Charge.objects.filter(state__in=WAITING_STATES)
    if everything:
        due = due.exclude(state=ChargeState.SENT, deadline_at__gt=now)
    else:
        due = due.filter(next_check_at__lte=now)
    checked = settled = 0
    for pk, was in list(
        due.order_by("next_check_at", "pk").values_list("pk", "next_check_at")[:limit]
    ):
        # Two sweeps read the same time; only one of them moves it.
        if not Charge.objects.filter(pk=pk, next_check_at=was, state__in=WAITING_STATES).update(
            next_check_at=now + LEASE
        ):
            continue
        checked += 1
        try:
            state = check_charge(
                charge_id=pk, open_gateway=open_gateway, now=now, heard_by="reaper"
            )
        except NoSuchGateway:
            log.exception("charge %s waits for a gateway that is not there", pk)
            continue
        settled += state not in WAITING_STATES
    return Reaped(checked, settled, _close_old_orders(now))


def check_charge(
    *, charge_id: int, open_gateway: Opener, now: datetime, heard_by: str
) -> ChargeState:
    """Ask the gateway about one charge and apply what it says; the state it is in afterwards."""
    charge = Charge.objects.select_related("order", "mandate").get(pk=charge_id)
    if charge.state not in WAITING_STATES:
        return ChargeState(charge.state)
    gateway = open_gateway(charge.gateway)
    query = ChargeQuery(
        key=charge.key,
        gateway_reference=charge.gateway_reference or "",
        amount=charge.amount,
        mandate_token=charge.mandate.token if charge.mandate else "",
        not_before=charge.planned_at,
    )
    if _is_unwanted(charge) and gateway.capabilities.void:
        voided = gateway.void_checkout(query)
        said = None if voided.outcome is ChargeOutcome.NOT_SENT else voided
    else:
        said = gateway.lookup(query)
    crash_point(4)
    if said is None:
        said = _when_not_found(charge, gateway, now)
    return apply_gateway_state(charge_id=charge.pk, said=said, heard_by=heard_by, now=now)


def _is_unwanted(charge: Charge) -> bool:
    """A page that is still open though its order is settled or given up."""
    return charge.mandate_id is None and charge.order.state != Order.State.OPEN


def _when_not_found(charge: Charge, gateway: Gateway, now: datetime) -> GatewayState:
    """The gateway has no such charge: send the same again, or call it not sent, or wait."""
    can = gateway.capabilities
    sent_at = charge.sent_at or charge.planned_at
    unknown = GatewayState(ChargeOutcome.UNKNOWN, says="the gateway has no such charge")
    if now < sent_at + can.max_inflight or (charge.deadline_at and now < charge.deadline_at):
        return unknown
    repeatable = can.idempotency in {Idempotency.KEY, Idempotency.ORDER}
    if charge.mandate_id and repeatable and now < sent_at + can.key_ttl:
        Charge.objects.filter(pk=charge.pk).update(deadline_at=now + LEASE)
        said = gateway.charge(request_for(charge))
        # The key stays in use until its answer is known.
        return unknown if said.outcome is ChargeOutcome.NOT_SENT else said
    if can.lookup_authoritative:
        return GatewayState(ChargeOutcome.NOT_SENT, says="the gateway has no such charge")
    return unknown


def _close_old_orders(now: datetime) -> int:
    old = Order.objects.filter(
        state=Order.State.OPEN, purpose=Order.Purpose.CHECKOUT, expires_at__lte=now
    ).exclude(charges__state__in=WAITING_STATES)
    ids = set(old.values_list("pk", flat=True)[:100])
    return sum(close_order(order_id=pk, reason="its time is over", now=now) for pk in sorted(ids))
