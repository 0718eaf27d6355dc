"""T3: record what a gateway says of a charge.

The one door for the reply on the wire, the reader's return, the reaper and the reconciler (and,
when they come, webhooks). It may be called any number of times with the same word, in any order
and by several at once: the reader's row is locked first, success is final and never lost, and a
word that changes nothing does nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from broadsheet.apps.accounts.models import Reader
from broadsheet.apps.payments.actions.post_ledger import post_ledger
from broadsheet.apps.payments.events import (
    ChargeDeclined,
    ChargeNotSent,
    MoneyQuarantined,
    PaymentSettled,
)
from broadsheet.apps.payments.gateways.contract import GatewayState, MandateFacts
from broadsheet.apps.payments.models import (
    DEFERRED,
    SUSPENSE,
    Charge,
    Mandate,
    NumberSeries,
    Order,
    Payment,
    cash_at,
)
from broadsheet.domain.charge import ChargeOutcome, ChargeState, DeclineKind, next_state
from broadsheet.domain.money import Money
from broadsheet.plumbing.audit import record_deed
from broadsheet.plumbing.crash import crash_point
from broadsheet.plumbing.events import announce

# How long to wait before asking again, by the number of times asked; the last one stays.
PAUSES = tuple(timedelta(seconds=s) for s in (10, 20, 30, 60, 120, 300, 900, 3600))


def apply_gateway_state(
    *, charge_id: int, said: GatewayState, heard_by: str, now: datetime
) -> ChargeState:
    """Record ``said`` and let the house act on it; the state the charge is in afterwards.

    ``heard_by`` (reply, return, reaper, reconciler) goes to the audit trail.
    """
    with transaction.atomic():
        charge = _hold(charge_id)
        said = _believable(said)
        new = next_state(ChargeState(charge.state), said.outcome)
        if new is None:
            _note_nothing_new(charge, said, now)
        else:
            _move(charge, new, said, now)
            record_deed(
                actor=heard_by,
                deed="apply_gateway_state",
                subject=f"payments.charge:{charge.pk}",
                now=now,
                state=new.value,
                gateway_reference=said.gateway_reference,
                code=said.decline_code,
            )
            _tell(charge, new, said, now)
        crash_point(5)
    crash_point(6)
    return ChargeState(charge.state)


def pause_after(checks: int) -> timedelta:
    """How long to leave a charge alone that was asked about so often."""
    return PAUSES[min(checks, len(PAUSES) - 1)]


@transaction.atomic
def park_payment(*, payment_id: int, reason: str, now: datetime) -> None:
    """Set settled money aside that nothing could be given for; a person must look at it."""
    payment = Payment.objects.select_related("charge").get(pk=payment_id)
    amount = payment.amount
    post_ledger(
        kind="payment_parked",
        source=f"payments.payment:{payment.pk}",
        lines={DEFERRED: amount, SUSPENSE: -amount},
        now=now,
    )
    Payment.objects.filter(pk=payment.pk).update(parked_at=now, parked_for=reason)
    record_deed(
        actor="payments",
        deed="park_payment",
        subject=f"payments.payment:{payment.pk}",
        now=now,
        reason=reason,
    )
    announce(MoneyQuarantined(charge_id=payment.charge_id, reason=reason), now=now)


def _hold(charge_id: int) -> Charge:
    """Lock the reader, then the order, then the charge: the house's order of locks."""
    order_id, reader_id = Charge.objects.values_list("order_id", "order__reader_id").get(
        pk=charge_id
    )
    Reader.objects.select_for_update(no_key=True).get(pk=reader_id)
    Order.objects.select_for_update(no_key=True).get(pk=order_id)
    return (
        Charge.objects.select_for_update(of=("self",), no_key=True)
        .select_related("order")
        .get(pk=charge_id)
    )


def _believable(said: GatewayState) -> GatewayState:
    """A success without reference or amount cannot be recorded: it is not known yet."""
    if said.outcome is ChargeOutcome.SUCCEEDED and not (said.gateway_reference and said.amount):
        return GatewayState(ChargeOutcome.UNKNOWN, says="succeeded, without reference or amount")
    return said


def _note_nothing_new(charge: Charge, said: GatewayState, now: datetime) -> None:
    if not charge.is_open:
        return
    charge.checks += 1
    charge.next_check_at = now + pause_after(charge.checks)
    charge.gateway_reference = charge.gateway_reference or said.gateway_reference or None
    charge.save(update_fields=["checks", "next_check_at", "gateway_reference"])


def _move(charge: Charge, new: ChargeState, said: GatewayState, now: datetime) -> None:
    charge.state = new.value
    charge.gateway_reference = said.gateway_reference or charge.gateway_reference
    charge.says = said.says[:240]
    if charge.is_open:
        charge.checks += 1
        charge.next_check_at = now + pause_after(charge.checks)
    else:
        charge.closed_at, charge.next_check_at = now, None
        charge.decline_kind = (said.decline_kind or "") if new is ChargeState.DECLINED else ""
        charge.decline_code = said.decline_code if new is ChargeState.DECLINED else ""
    charge.save()


def _tell(charge: Charge, new: ChargeState, said: GatewayState, now: datetime) -> None:
    who = {"charge_id": charge.pk, "order_id": charge.order_id, "reader_id": charge.order.reader_id}
    if new is ChargeState.SUCCEEDED:
        _settle(charge, said, now)
    elif new is ChargeState.DECLINED:
        hard = said.decline_kind is DeclineKind.HARD
        announce(ChargeDeclined(**who, hard=hard, code=said.decline_code), now=now)
    elif new is ChargeState.NOT_SENT:
        announce(ChargeNotSent(**who), now=now)


def _settle(charge: Charge, said: GatewayState, now: datetime) -> None:
    taken = said.amount
    assert taken is not None
    order = charge.order
    if taken != charge.amount:
        _quarantine(charge, taken, "amount differs from what was asked", now)
        return
    if order.state == Order.State.PAID:
        _quarantine(charge, taken, "the order was paid before", now)
        return
    mandate = _keep_mandate(order.reader_id, charge, said.mandate, now)
    order.state, order.closed_at = Order.State.PAID, now
    order.save(update_fields=["state", "closed_at"])
    payment = Payment.objects.create(
        order=order,
        charge=charge,
        reader_id=order.reader_id,
        amount_minor=taken.minor,
        currency=taken.currency,
        settled_at=now,
        paid_with=_name_source(charge, said),
    )
    post_ledger(
        kind="payment_settled",
        source=f"payments.charge:{charge.pk}",
        lines={cash_at(charge.gateway): taken, DEFERRED: -taken},
        now=now,
    )
    announce(
        PaymentSettled(
            payment_id=payment.pk,
            order_id=order.pk,
            reader_id=order.reader_id,
            mandate_id=mandate.pk if mandate else charge.mandate_id,
        ),
        now=now,
    )
    number = _take_number(now)
    Payment.objects.filter(pk=payment.pk).update(number=number)


def _quarantine(charge: Charge, taken: Money, reason: str, now: datetime) -> None:
    charge.quarantined_for = reason
    charge.save(update_fields=["quarantined_for"])
    post_ledger(
        kind="money_quarantined",
        source=f"payments.charge:{charge.pk}",
        lines={cash_at(charge.gateway): taken, SUSPENSE: -taken},
        now=now,
    )
    announce(MoneyQuarantined(charge_id=charge.pk, reason=reason), now=now)


def _keep_mandate(
    reader_id: int, charge: Charge, facts: MandateFacts | None, now: datetime
) -> Mandate | None:
    if facts is None:
        return None
    described = {
        "kind": facts.kind,
        "label": facts.label,
        "max_minor": facts.max_amount.minor if facts.max_amount else None,
        "currency": charge.currency,
        "valid_until": facts.valid_until,
    }
    mandate, _ = Mandate.objects.update_or_create(
        gateway=charge.gateway,
        token=facts.token,
        defaults=described,
        create_defaults={**described, "reader_id": reader_id, "given_at": now},
    )
    # A token that belongs to somebody else is not this reader's to be charged on.
    return mandate if mandate.reader_id == reader_id else None


def _name_source(charge: Charge, said: GatewayState) -> str:
    """How the reader knows the account or card that paid."""
    if said.mandate is not None:
        return said.mandate.label
    return charge.mandate.label if charge.mandate else ""


def _take_number(now: datetime) -> str:
    """The next receipt number of the paper's year: ``R-2026-000001``. Locked last."""
    year = now.astimezone(settings.PAPER.zone).year
    code = f"R-{year}"
    NumberSeries.objects.get_or_create(code=code)
    series = NumberSeries.objects.select_for_update().get(code=code)
    NumberSeries.objects.filter(pk=series.pk).update(next=series.next + 1)
    return f"{code}-{series.next:06d}"
