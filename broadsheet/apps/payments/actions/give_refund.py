"""Give money back: T1 in the deed that decides it, then T2, the wire and T3 by the worker."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

from django.db import transaction
from django.db.models import F, Sum

from broadsheet.apps.accounts.models import Reader
from broadsheet.apps.payments.actions.apply_refund_state import apply_refund_state
from broadsheet.apps.payments.gateways import NoSuchGateway, open_gateway
from broadsheet.apps.payments.gateways.contract import (
    LONGEST_CALL,
    Gateway,
    RefundQuery,
    RefundRequest,
)
from broadsheet.apps.payments.models import Dispute, Payment, Refund
from broadsheet.domain.money import Money
from broadsheet.domain.refund import SENDABLE_STATES, RefundState
from broadsheet.plumbing.audit import record_deed
from broadsheet.plumbing.crash import crash_point

log = logging.getLogger(__name__)
MARGIN = timedelta(seconds=10)
HANDFUL = 10
MOST_REASON = 240
Opener = Callable[[str], Gateway]


class CannotRefund(ValueError):  # noqa: N818
    """So much cannot be given back; the message says why, and what can."""


@transaction.atomic
def plan_refund(
    *, payment_id: int, amount: Money, reason: str, actor: str, now: datetime
) -> Refund:
    """T1: promise to give back some or all of a payment. Raises ``CannotRefund``.

    Joins the caller's transaction; nothing goes over the wire here. What is promised is held
    against the payment, so that all refunds together never exceed it.
    """
    payment = _hold_payment(payment_id)
    _check(payment, amount, reason)
    refund = Refund.objects.create(
        payment=payment,
        charge=payment.charge,
        gateway=payment.charge.gateway,
        key=f"bs-rf-{uuid4().hex}",
        amount_minor=amount.minor,
        currency=amount.currency,
        reason=reason.strip(),
        actor=actor,
        planned_at=now,
        next_check_at=now,
    )
    Payment.objects.filter(pk=payment.pk).update(refunded_minor=F("refunded_minor") + amount.minor)
    record_deed(
        actor=actor,
        deed="plan_refund",
        subject=f"payments.payment:{payment.pk}",
        now=now,
        refund=refund.pk,
        amount_minor=amount.minor,
        currency=amount.currency,
        reason=refund.reason,
    )
    return refund


def send_refunds(
    *, open_gateway: Opener, now: datetime, limit: int = HANDFUL
) -> Counter[RefundState]:
    """Send up to ``limit`` refunds that are due; how many ended in which state.

    Any number of processes may do this at once: what one has marked as sent no other sends.
    """
    crash_point(7)
    states: Counter[RefundState] = Counter()
    due = Refund.objects.filter(state__in=SENDABLE_STATES, next_check_at__lte=now)
    for pk in list(due.order_by("next_check_at", "pk").values_list("pk", flat=True)[:limit]):
        if _mark_sent(pk, now, limit):
            states[_send(pk, open_gateway, now)] += 1
    return states


def send_refund(*, refund_id: int, open_gateway: Opener, now: datetime) -> RefundState:
    """Send one refund now, if nobody has; the state it is in afterwards. Not in a transaction."""
    if _mark_sent(refund_id, now, 1):
        return _send(refund_id, open_gateway, now)
    return RefundState(Refund.objects.values_list("state", flat=True).get(pk=refund_id))


def query_for(refund: Refund) -> RefundQuery:
    """How ``lookup_refund`` may find it; wants ``charge`` joined."""
    return RefundQuery(
        key=refund.key,
        gateway_reference=refund.gateway_reference or "",
        charge_reference=refund.charge.gateway_reference or "",
        amount=refund.amount,
    )


def _mark_sent(refund_id: int, now: datetime, limit: int) -> bool:
    """T2: take a refund for this process, which has ``limit`` of them to send."""
    deadline = now + LONGEST_CALL * limit + MARGIN
    due = Refund.objects.filter(pk=refund_id, state__in=SENDABLE_STATES, next_check_at__lte=now)
    taken = due.update(
        state=RefundState.SENT,
        owner=uuid4().hex,
        sent_at=now,
        deadline_at=deadline,
        next_check_at=deadline,
    )
    return taken > 0


def _send(refund_id: int, open_gateway: Opener, now: datetime) -> RefundState:
    crash_point(8)
    refund = Refund.objects.select_related("charge").get(pk=refund_id)
    try:
        gateway = open_gateway(refund.gateway)
    except NoSuchGateway:
        log.exception("%s waits for a gateway that is not there", refund.key)
        return RefundState(refund.state)
    said = gateway.refund(
        RefundRequest(
            key=refund.key,
            gateway_reference=refund.charge.gateway_reference or "",
            amount=refund.amount,
            reason=refund.reason,
        )
    )
    crash_point(9)
    return apply_refund_state(refund_id=refund.pk, said=said, heard_by="reply", now=now)


def _hold_payment(payment_id: int) -> Payment:
    reader_id = Payment.objects.values_list("reader_id", flat=True).get(pk=payment_id)
    Reader.objects.select_for_update(no_key=True).get(pk=reader_id)
    return (
        Payment.objects.select_for_update(of=("self",), no_key=True)
        .select_related("charge")
        .get(pk=payment_id)
    )


def _check(payment: Payment, amount: Money, reason: str) -> None:
    if not reason.strip() or len(reason.strip()) > MOST_REASON:
        raise CannotRefund(f"Say why in 1 to {MOST_REASON} characters.")
    if amount.currency != payment.currency:
        raise CannotRefund(f"This payment is in {payment.currency}, not {amount.currency}.")
    if amount.minor <= 0:
        raise CannotRefund("Give back more than nought.")
    left = payment.amount_minor - payment.refunded_minor - _disputed(payment)
    if amount.minor > left:
        raise CannotRefund(
            f"Only {max(left, 0)} of {payment.amount_minor} minor units are left to give back."
        )
    can = open_gateway(payment.charge.gateway).capabilities
    if not can.refund:
        raise CannotRefund("The company that took this payment gives nothing back.")
    if not can.partial_refund and amount.minor != payment.amount_minor:
        raise CannotRefund("The company that took this payment gives back the whole or nothing.")


def _disputed(payment: Payment) -> int:
    taken = payment.disputes.exclude(state=Dispute.State.WON).aggregate(Sum("amount_minor"))
    return taken["amount_minor__sum"] or 0
