"""Staff enter money that came to the paper's own bank account, or that they have sent back.

What is entered goes through the same doors as a company's word, so that terms, invoices, ledger
and receipt come of it in the same way.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from broadsheet.apps.accounts.models import Reader
from broadsheet.apps.payments.actions.apply_gateway_state import apply_gateway_state
from broadsheet.apps.payments.actions.apply_refund_state import apply_refund_state
from broadsheet.apps.payments.gateways.contract import GatewayState
from broadsheet.apps.payments.models import Charge, Order, Payment, Refund
from broadsheet.domain.charge import ChargeOutcome, ChargeState
from broadsheet.domain.money import Money
from broadsheet.domain.refund import RefundState
from broadsheet.plumbing.audit import record_deed

TRANSFER = "transfer"
LONGEST_REFERENCE = 100


class CannotRecord(ValueError):  # noqa: N818
    """What was entered cannot be so; the message says why, and what to do."""


@transaction.atomic
def record_transfer(
    *, order_id: int, amount: Money, reference: str, actor: str, now: datetime
) -> Payment:
    """Settle an order with money seen on the bank's statement. Raises ``CannotRecord``.

    ``reference`` is the statement's own, good for one order; the amount must be the order's.
    """
    reader_id = Order.objects.values_list("reader_id", flat=True).get(pk=order_id)
    Reader.objects.select_for_update(no_key=True).get(pk=reader_id)
    order = Order.objects.select_for_update(no_key=True).get(pk=order_id)
    reference = _check(order, amount, reference)
    order.charges.filter(state=ChargeState.PLANNED).update(
        state=ChargeState.NOT_SENT, closed_at=now, says="paid by bank transfer"
    )
    tries = list(order.charges.order_by("n"))
    for charge in tries:
        if charge.is_open:
            raise CannotRecord(
                f"A payment of this order is under way at {charge.gateway}: wait until it has "
                "ended or its page is closed, else the reader may pay twice."
            )
    n = len(tries) + 1
    charge = Charge.objects.create(
        order=order,
        n=n,
        key=f"bs-{order.uid.hex}-{n}",
        gateway=TRANSFER,
        amount_minor=order.amount_minor,
        currency=order.currency,
        state=ChargeState.SENT,
        planned_at=now,
        sent_at=now,
    )
    record_deed(
        actor=actor,
        deed="record_transfer",
        subject=f"payments.order:{order.pk}",
        now=now,
        amount_minor=amount.minor,
        currency=amount.currency,
        reference=reference,
    )
    said = GatewayState(ChargeOutcome.SUCCEEDED, reference, amount)
    apply_gateway_state(charge_id=charge.pk, said=said, heard_by=actor, now=now)
    payment = Payment.objects.get(charge=charge)
    Payment.objects.filter(pk=payment.pk, paid_with="").update(paid_with="Bank transfer")
    return payment


@transaction.atomic
def record_paid_back(*, refund_id: int, reference: str, actor: str, now: datetime) -> RefundState:
    """Settle a refund that staff have sent from the bank account. Raises ``CannotRecord``."""
    refund = Refund.objects.get(pk=refund_id)
    reference = _clean(reference)
    if refund.gateway != TRANSFER:
        raise CannotRecord(f"{refund.gateway} gives this back itself.")
    if refund.state in {RefundState.SUCCEEDED, RefundState.DECLINED}:
        raise CannotRecord(f"This refund is {refund.state} already.")
    if Refund.objects.filter(gateway=TRANSFER, gateway_reference=reference).exists():
        raise CannotRecord(f"{reference} is the reference of another refund.")
    said = GatewayState(ChargeOutcome.SUCCEEDED, reference, refund.amount)
    return apply_refund_state(refund_id=refund.pk, said=said, heard_by=actor, now=now)


def _check(order: Order, amount: Money, reference: str) -> str:
    reference = _clean(reference)
    if order.state == Order.State.PAID:
        raise CannotRecord("This order is paid. Send the money back, or record it for another.")
    if amount != order.amount:
        raise CannotRecord(
            f"This order is of {order.amount_minor} {order.currency} in minor units, not "
            f"{amount.minor} {amount.currency}. Ask the reader for the rest, or send it back."
        )
    taken = Charge.objects.filter(gateway=TRANSFER, gateway_reference=reference).first()
    if taken is not None:
        raise CannotRecord(f"{reference} was recorded before, for order {taken.order_id}.")
    return reference


def _clean(reference: str) -> str:
    reference = " ".join(reference.split())
    if not 0 < len(reference) <= LONGEST_REFERENCE or not reference.isprintable():
        raise CannotRecord(
            f"Write the statement's reference, in 1 to {LONGEST_REFERENCE} characters."
        )
    return reference
