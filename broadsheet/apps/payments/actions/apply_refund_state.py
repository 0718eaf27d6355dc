"""T3 of a refund: record what a gateway says of it.

The one door for the reply on the wire, the reaper, the reconciler and webhooks. It bears any
number of calls with the same word, in any order and by several at once.
"""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction
from django.db.models import F

from broadsheet.apps.accounts.models import Reader
from broadsheet.apps.payments.actions.apply_gateway_state import pause_after
from broadsheet.apps.payments.actions.post_ledger import post_ledger
from broadsheet.apps.payments.events import MoneyQuarantined, RefundRefused, RefundSettled
from broadsheet.apps.payments.gateways.contract import GatewayState
from broadsheet.apps.payments.models import REFUNDS, SUSPENSE, Payment, Refund, cash_at
from broadsheet.domain.charge import ChargeOutcome
from broadsheet.domain.money import Money
from broadsheet.domain.refund import SENDABLE_STATES, WAITING_STATES, RefundState, next_state
from broadsheet.plumbing.audit import record_deed
from broadsheet.plumbing.crash import crash_point
from broadsheet.plumbing.events import announce

log = logging.getLogger(__name__)
OPEN_STATES = SENDABLE_STATES | WAITING_STATES


def apply_refund_state(
    *, refund_id: int, said: GatewayState, heard_by: str, now: datetime
) -> RefundState:
    """Record ``said`` and tell the house; the state the refund is in afterwards."""
    with transaction.atomic():
        refund = hold_refund(refund_id)
        said = _believable(refund, said)
        was = RefundState(refund.state)
        new = next_state(was, said.outcome)
        if new is None:
            _note_nothing_new(refund, said, now)
        else:
            _move(refund, new, said, now)
            record_deed(
                actor=heard_by,
                deed="apply_refund_state",
                subject=f"payments.refund:{refund.pk}",
                now=now,
                state=new.value,
                gateway_reference=said.gateway_reference,
                code=said.decline_code,
            )
            if new is RefundState.SUCCEEDED:
                _settle(refund, said, now)
            elif new is RefundState.DECLINED:
                _refuse(refund, said, now, returned=was is RefundState.SUCCEEDED)
        crash_point(10)
    crash_point(11)
    return RefundState(refund.state)


def hold_refund(refund_id: int) -> Refund:
    """Lock the reader, then the payment, then the refund: the house's order of locks."""
    payment_id, reader_id = Refund.objects.values_list(
        "payment_id", "charge__order__reader_id"
    ).get(pk=refund_id)
    Reader.objects.select_for_update(no_key=True).get(pk=reader_id)
    if payment_id is not None:
        Payment.objects.select_for_update(no_key=True).get(pk=payment_id)
    return (
        Refund.objects.select_for_update(of=("self",), no_key=True)
        .select_related("payment", "charge__order")
        .get(pk=refund_id)
    )


def _believable(refund: Refund, said: GatewayState) -> GatewayState:
    """A success that names no refund or another currency cannot be recorded."""
    if said.outcome is not ChargeOutcome.SUCCEEDED:
        return said
    if not (said.gateway_reference and said.amount):
        return GatewayState(ChargeOutcome.UNKNOWN, says="given back, without reference or amount")
    if said.amount.currency != refund.currency:
        log.error("%s: given back in %s", refund.key, said.amount.currency)
        return GatewayState(ChargeOutcome.UNKNOWN, says=f"given back in {said.amount.currency}")
    return said


def _note_nothing_new(refund: Refund, said: GatewayState, now: datetime) -> None:
    if refund.state in OPEN_STATES:
        refund.checks += 1
        refund.next_check_at = now + pause_after(refund.checks)
        refund.gateway_reference = refund.gateway_reference or said.gateway_reference or None
        refund.says = said.says[:240] or refund.says
        refund.save(update_fields=["checks", "next_check_at", "gateway_reference", "says"])
    elif refund.state == RefundState.DECLINED and said.outcome is ChargeOutcome.SUCCEEDED:
        log.error("%s: the company says that what it refused was given back", refund.key)


def _move(refund: Refund, new: RefundState, said: GatewayState, now: datetime) -> None:
    refund.state = new.value
    refund.gateway_reference = said.gateway_reference or refund.gateway_reference
    refund.says = said.says[:240]
    if new in OPEN_STATES:
        refund.checks += 1
        refund.next_check_at = now + pause_after(refund.checks)
    else:
        refund.closed_at, refund.next_check_at = now, None
        refund.decline_code = said.decline_code if new is RefundState.DECLINED else ""
    refund.save()


def _settle(refund: Refund, said: GatewayState, now: datetime) -> None:
    given = said.amount
    assert given is not None
    source = f"payments.refund:{refund.pk}"
    post_ledger(kind="refund_settled", source=source, lines=_lines(refund), now=now)
    difference = Money(given.minor - refund.amount_minor, refund.currency)
    if difference:
        apart = {SUSPENSE: difference, cash_at(refund.gateway): -difference}
        post_ledger(kind="refund_differs", source=source, lines=apart, now=now)
        reason = "another amount was given back than was asked"
        announce(MoneyQuarantined(charge_id=refund.charge_id, reason=reason), now=now)
    if refund.payment is not None:
        announce(
            RefundSettled(
                refund_id=refund.pk,
                payment_id=refund.payment.pk,
                reader_id=refund.payment.reader_id,
                amount_minor=refund.amount_minor,
                currency=refund.currency,
                reason=refund.reason,
            ),
            now=now,
        )


def _refuse(refund: Refund, said: GatewayState, now: datetime, *, returned: bool) -> None:
    """Free the amount again; what a bank sent back to us is ours again."""
    if returned:
        post_ledger(
            kind="refund_returned",
            source=f"payments.refund:{refund.pk}",
            lines={account: -money for account, money in _lines(refund).items()},
            now=now,
        )
    if refund.payment is not None:
        Payment.objects.filter(pk=refund.payment.pk).update(
            refunded_minor=F("refunded_minor") - refund.amount_minor
        )
        announce(
            RefundRefused(
                refund_id=refund.pk,
                payment_id=refund.payment.pk,
                reader_id=refund.payment.reader_id,
                code=said.decline_code,
            ),
            now=now,
        )


def _lines(refund: Refund) -> dict[str, Money]:
    """Debit what the money stood for, credit cash."""
    is_suspended = refund.payment is None or refund.payment.parked_at is not None
    return {
        SUSPENSE if is_suspended else REFUNDS: refund.amount,
        cash_at(refund.gateway): -refund.amount,
    }
