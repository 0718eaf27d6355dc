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
from broadsheet.apps.payments.models import (
    Charge,
    Dispute,
    LedgerEntry,
    Payment,
    Refund,
    cash_at,
)
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
    Payment.objects.filter(pk=payment.pk).update(refunded_minor=F("refunded_minor") + amount.minor)
    refund = Refund(payment=payment, charge=payment.charge, actor=actor)
    return _promise(refund, amount, reason, now)


@transaction.atomic
def plan_quarantined_refund(*, charge_id: int, reason: str, actor: str, now: datetime) -> Refund:
    """T1 for money that came and fits nothing: promise all of it back. Raises ``CannotRefund``.

    It never became a payment, so nobody is told of this refund but the ledger.
    """
    reader_id = Charge.objects.values_list("order__reader_id", flat=True).get(pk=charge_id)
    Reader.objects.select_for_update(no_key=True).get(pk=reader_id)
    charge = Charge.objects.get(pk=charge_id)
    came = LedgerEntry.objects.filter(
        transaction__kind="money_quarantined",
        transaction__source=f"payments.charge:{charge.pk}",
        account=cash_at(charge.gateway),
    ).first()
    if came is None:
        raise CannotRefund("No money of this charge is quarantined.")
    if charge.refunds.exclude(state=RefundState.DECLINED).exists():
        raise CannotRefund("This money is given back, or promised, already.")
    amount = Money(came.amount_minor, came.currency)
    _check_words(reason)
    _check_gateway(charge, whole=True)
    return _promise(Refund(charge=charge, actor=actor), amount, reason, now)


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


def _promise(refund: Refund, amount: Money, reason: str, now: datetime) -> Refund:
    """Write a refund that has its charge, its actor and, if there is one, its payment."""
    refund.gateway = refund.charge.gateway
    refund.key = f"bs-rf-{uuid4().hex}"
    refund.amount_minor, refund.currency = amount.minor, amount.currency
    refund.reason = reason.strip()
    refund.planned_at = refund.next_check_at = now
    refund.save(force_insert=True)
    of_payment = f"payments.payment:{refund.payment_id}"
    record_deed(
        actor=refund.actor,
        deed="plan_refund",
        subject=of_payment if refund.payment_id else f"payments.charge:{refund.charge_id}",
        now=now,
        refund=refund.pk,
        amount_minor=amount.minor,
        currency=amount.currency,
        reason=refund.reason,
    )
    return refund


def _hold_payment(payment_id: int) -> Payment:
    reader_id = Payment.objects.values_list("reader_id", flat=True).get(pk=payment_id)
    Reader.objects.select_for_update(no_key=True).get(pk=reader_id)
    return (
        Payment.objects.select_for_update(of=("self",), no_key=True)
        .select_related("charge")
        .get(pk=payment_id)
    )


def _check(payment: Payment, amount: Money, reason: str) -> None:
    _check_words(reason)
    if amount.currency != payment.currency:
        raise CannotRefund(f"This payment is in {payment.currency}, not {amount.currency}.")
    if amount.minor <= 0:
        raise CannotRefund("Give back more than nought.")
    left = payment.amount_minor - payment.refunded_minor - _disputed(payment)
    if amount.minor > left:
        raise CannotRefund(
            f"Only {max(left, 0)} of {payment.amount_minor} minor units are left to give back."
        )
    _check_gateway(payment.charge, whole=amount.minor == payment.amount_minor)


def _check_words(reason: str) -> None:
    if not 0 < len(reason.strip()) <= MOST_REASON:
        raise CannotRefund(f"Say why in 1 to {MOST_REASON} characters.")


def _check_gateway(charge: Charge, *, whole: bool) -> None:
    can = open_gateway(charge.gateway).capabilities
    if not can.refund:
        raise CannotRefund("The company that took this payment gives nothing back.")
    if not (can.partial_refund or whole):
        raise CannotRefund("The company that took this payment gives back the whole or nothing.")


def _disputed(payment: Payment) -> int:
    taken = payment.disputes.exclude(state=Dispute.State.WON).aggregate(Sum("amount_minor"))
    return taken["amount_minor__sum"] or 0
