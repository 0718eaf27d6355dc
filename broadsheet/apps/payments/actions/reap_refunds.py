"""Heal refunds whose answer nobody heard: look them up, and send again only what never arrived."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from broadsheet.apps.payments.actions.apply_refund_state import apply_refund_state
from broadsheet.apps.payments.actions.give_refund import Opener, query_for
from broadsheet.apps.payments.gateways import NoSuchGateway
from broadsheet.apps.payments.gateways.contract import LONGEST_CALL, Gateway, GatewayState
from broadsheet.apps.payments.models import Refund
from broadsheet.domain.charge import ChargeOutcome
from broadsheet.domain.refund import WAITING_STATES, RefundState

log = logging.getLogger(__name__)
LEASE = LONGEST_CALL * 2 + timedelta(seconds=10)


def reap_refunds(*, now: datetime, open_gateway: Opener, limit: int = 100) -> int:
    """Ask about every refund that is due; how many found their end.

    Safe in many processes at once: the question is claimed by moving its time.
    """
    settled = 0
    due = Refund.objects.filter(state__in=WAITING_STATES, next_check_at__lte=now)
    for pk, was in list(
        due.order_by("next_check_at", "pk").values_list("pk", "next_check_at")[:limit]
    ):
        claimed = Refund.objects.filter(pk=pk, next_check_at=was, state__in=WAITING_STATES)
        if claimed.update(next_check_at=now + LEASE):
            state = check_refund(
                refund_id=pk, open_gateway=open_gateway, now=now, heard_by="reaper"
            )
            settled += state not in WAITING_STATES
    return settled


def check_refund(
    *, refund_id: int, open_gateway: Opener, now: datetime, heard_by: str
) -> RefundState:
    """Ask the gateway about one refund and apply what it says; the state it is in afterwards."""
    refund = Refund.objects.select_related("charge").get(pk=refund_id)
    try:
        gateway = open_gateway(refund.gateway)
    except NoSuchGateway:
        log.exception("%s waits for a gateway that is not there", refund.key)
        return RefundState(refund.state)
    said = gateway.lookup_refund(query_for(refund))
    if said is None:
        said = _when_not_found(refund, gateway, now)
    return apply_refund_state(refund_id=refund.pk, said=said, heard_by=heard_by, now=now)


def _when_not_found(refund: Refund, gateway: Gateway, now: datetime) -> GatewayState:
    """Surely not arrived, once no request of ours can still be under way."""
    says = "the gateway has no such refund"
    under_way_until = (refund.deadline_at or refund.planned_at) + gateway.capabilities.max_inflight
    surely = now >= under_way_until
    return GatewayState(ChargeOutcome.NOT_SENT if surely else ChargeOutcome.UNKNOWN, says=says)
