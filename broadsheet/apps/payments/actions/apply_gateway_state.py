"""T3: record what a gateway says of charges, one or a thousand, by the same statements.

The one door for the reply on the wire, the reader's return, the webhook, the reaper and the
reconciler. It may be called any number of times with the same word, in any order and by several at
once: the readers' rows are locked first, success is final and never lost, and a word that changes
nothing does nothing. However many words, the number of statements is the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet

from broadsheet.apps.accounts.models import Reader
from broadsheet.apps.payments.actions.post_ledger import Posting, post_ledger, post_ledgers
from broadsheet.apps.payments.events import (
    ChargeDeclined,
    ChargeNotSent,
    MoneyQuarantined,
    PaymentSettled,
)
from broadsheet.apps.payments.gateways.contract import GatewayState
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
from broadsheet.plumbing.audit import Deed, record_deed, record_deeds
from broadsheet.plumbing.crash import crash_point
from broadsheet.plumbing.events import announce, announce_all
from broadsheet.plumbing.many_rows import insert_numbered_rows, update_rows

# How long to wait before asking again, by the number of times asked; the last one stays.
PAUSES = tuple(timedelta(seconds=s) for s in (10, 20, 30, 60, 120, 300, 900, 3600))


@dataclass(frozen=True, slots=True)
class Heard:
    """A gateway's word on one charge."""

    charge_id: int
    said: GatewayState


@dataclass(frozen=True, slots=True)
class _Moved:
    """A charge that a word moved, already changed in memory."""

    charge: Charge
    said: GatewayState

    @property
    def taken(self) -> Money:
        """What a success took."""
        assert self.said.amount is not None
        return self.said.amount


def apply_gateway_state(
    *, charge_id: int, said: GatewayState, heard_by: str, now: datetime
) -> ChargeState:
    """Record ``said`` and let the house act on it; the state the charge is in afterwards.

    ``heard_by`` (reply, return, reaper, reconciler) goes to the audit trail.
    """
    return apply_gateway_states([Heard(charge_id, said)], heard_by=heard_by, now=now)[0]


def apply_gateway_states(
    heard: Sequence[Heard], *, heard_by: str, now: datetime
) -> list[ChargeState]:
    """The same for many charges in one transaction; the state of each, in the order given.

    One that cannot be recorded (``DatabaseError``) undoes all.
    """
    with transaction.atomic():
        held = _hold({one.charge_id for one in heard})
        for words in _one_a_reader([(held[one.charge_id], one.said) for one in heard]):
            _apply(words, heard_by, now)
        crash_point(5)
    crash_point(6)
    return [ChargeState(held[one.charge_id].state) for one in heard]


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


def _hold(ids: set[int]) -> dict[int, Charge]:
    """Lock the readers, then the orders, then the charges: the house's order of locks."""
    charges = Charge.objects.filter(pk__among=ids)
    if connection.features.has_select_for_update:
        names = list(charges.values_list("order_id", "order__reader_id"))
        _lock(Reader.objects.all(), {reader_id for _, reader_id in names})
        _lock(Order.objects.all(), {order_id for order_id, _ in names})
    rows = charges.select_for_update(of=("self",), no_key=True).select_related("order", "mandate")
    held = {charge.pk: charge for charge in rows.defer(*_UNREAD).order_by("pk")}
    if missing := ids - held.keys():
        raise Charge.DoesNotExist(f"There is no charge {min(missing)}.")
    return held


# Wide columns that T3 does not look at.
_UNREAD = (
    *("order__uid", "order__source", "order__description", "order__parts", "order__continue_to"),
    *("order__created_at", "order__expires_at", "order__closed_at"),
    *("mandate__given_at", "mandate__withdrawn_at", "mandate__valid_until"),
    *("page_url", "planned_at", "sent_at", "owner"),
)


def _lock(rows: QuerySet[Any], ids: Iterable[int]) -> None:
    locked = rows.filter(pk__among=ids).order_by("pk").select_for_update(no_key=True)
    list(locked.values_list("pk", flat=True))


Word = tuple[Charge, GatewayState]


def _one_a_reader(words: Sequence[Word]) -> Iterator[list[Word]]:
    """The words in rounds, each reader once a round: a later word must find what an earlier did."""
    waiting = list(words)
    while waiting:
        now, later, seen = list[Word](), list[Word](), set[int]()
        for word in waiting:
            reader_id = word[0].order.reader_id
            (later if reader_id in seen else now).append(word)
            seen.add(reader_id)
        yield now
        waiting = later


def _apply(words: Sequence[Word], heard_by: str, now: datetime) -> None:
    moved, touched = list[_Moved](), list[Charge]()
    for charge, word in words:
        said = _believable(word)
        new = next_state(ChargeState(charge.state), said.outcome)
        if new is not None:
            _move(charge, new, said, now)
            moved.append(_Moved(charge, said))
        elif charge.is_open:
            _note_nothing_new(charge, said, now)
        else:
            continue
        touched.append(charge)
    in_state = {state: [one for one in moved if one.charge.state == state] for state in ChargeState}
    succeeded = in_state[ChargeState.SUCCEEDED]
    for one in succeeded:
        one.charge.quarantined_for = _why_not_settled(one) or one.charge.quarantined_for
    _save(touched)
    record_deeds([_deed(one, heard_by) for one in moved], now=now)
    _settle([one for one in succeeded if not one.charge.quarantined_for], now)
    _quarantine([one for one in succeeded if one.charge.quarantined_for], now)
    announce_all([_declined(one) for one in in_state[ChargeState.DECLINED]], now=now)
    announce_all(
        [ChargeNotSent(**_names(one.charge)) for one in in_state[ChargeState.NOT_SENT]], now=now
    )


def _believable(said: GatewayState) -> GatewayState:
    """A success without reference or amount cannot be recorded: it is not known yet."""
    if said.outcome is ChargeOutcome.SUCCEEDED and not (said.gateway_reference and said.amount):
        return GatewayState(ChargeOutcome.UNKNOWN, says="succeeded, without reference or amount")
    return said


def _note_nothing_new(charge: Charge, said: GatewayState, now: datetime) -> None:
    charge.checks += 1
    charge.next_check_at = now + pause_after(charge.checks)
    charge.gateway_reference = charge.gateway_reference or said.gateway_reference or None


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


def _why_not_settled(one: _Moved) -> str:
    """Why money that came cannot settle its order; a person must look at it."""
    if one.taken != one.charge.amount:
        return "amount differs from what was asked"
    if one.charge.order.state == Order.State.PAID:
        return "the order was paid before"
    return ""


_WRITTEN = (
    *("state", "gateway_reference", "says", "checks", "next_check_at", "closed_at"),
    *("decline_kind", "decline_code", "quarantined_for"),
)


def _save(charges: Sequence[Charge]) -> None:
    update_rows(
        Charge,
        _WRITTEN,
        [(charge.pk, *(getattr(charge, name) for name in _WRITTEN)) for charge in charges],
    )


def _deed(one: _Moved, heard_by: str) -> Deed:
    return Deed(
        actor=heard_by,
        deed="apply_gateway_state",
        subject=f"payments.charge:{one.charge.pk}",
        detail={
            "state": one.charge.state,
            "gateway_reference": one.said.gateway_reference,
            "code": one.said.decline_code,
        },
    )


def _names(charge: Charge) -> dict[str, int]:
    return {
        "charge_id": charge.pk,
        "order_id": charge.order_id,
        "reader_id": charge.order.reader_id,
    }


def _declined(one: _Moved) -> ChargeDeclined:
    hard = one.said.decline_kind is DeclineKind.HARD
    return ChargeDeclined(**_names(one.charge), hard=hard, code=one.said.decline_code)


def _settle(settled: Sequence[_Moved], now: datetime) -> None:
    """The order is paid, the money stands in the ledger, and the house is told."""
    if not settled:
        return
    mandates = _keep_mandates(settled, now)
    orders = [one.charge.order for one in settled]
    Order.objects.filter(pk__among=[order.pk for order in orders]).update(
        state=Order.State.PAID, closed_at=now
    )
    for order in orders:
        order.state, order.closed_at = Order.State.PAID, now
    ids = insert_numbered_rows(
        Payment,
        _PAYMENT,
        [_payment_row(one, now) for one in settled],
    )
    post_ledgers(
        [
            Posting(
                kind="payment_settled",
                source=f"payments.charge:{one.charge.pk}",
                lines={cash_at(one.charge.gateway): one.taken, DEFERRED: -one.taken},
            )
            for one in settled
        ],
        now=now,
    )
    announce_all(
        [
            PaymentSettled(
                payment_id=payment_id,
                order_id=one.charge.order_id,
                reader_id=one.charge.order.reader_id,
                mandate_id=mandates.get(one.charge.pk, one.charge.mandate_id),
            )
            for payment_id, one in zip(ids, settled, strict=True)
        ],
        now=now,
    )
    _number(ids, now)


_PAYMENT = (
    *("order_id", "charge_id", "reader_id", "amount_minor", "currency", "settled_at"),
    "paid_with",
)


def _payment_row(one: _Moved, now: datetime) -> tuple[object, ...]:
    charge, taken = one.charge, one.taken
    whom = (charge.order_id, charge.pk, charge.order.reader_id)
    return (*whom, taken.minor, taken.currency, now, _name_source(one))


def _quarantine(strange: Sequence[_Moved], now: datetime) -> None:
    post_ledgers(
        [
            Posting(
                kind="money_quarantined",
                source=f"payments.charge:{one.charge.pk}",
                lines={cash_at(one.charge.gateway): one.taken, SUSPENSE: -one.taken},
            )
            for one in strange
        ],
        now=now,
    )
    announce_all(
        [MoneyQuarantined(one.charge.pk, reason=one.charge.quarantined_for) for one in strange],
        now=now,
    )


def _keep_mandates(settled: Sequence[_Moved], now: datetime) -> dict[int, int]:
    """Lay down the permissions that came with the money: charge → mandate, where it is this
    reader's to be charged on.
    """
    told = [(one.charge, facts) for one in settled if (facts := one.said.mandate) is not None]
    if not told:
        return {}
    Mandate.objects.bulk_create(
        {
            (charge.gateway, facts.token): Mandate(
                gateway=charge.gateway,
                token=facts.token,
                reader_id=charge.order.reader_id,
                given_at=now,
                kind=facts.kind,
                label=facts.label,
                max_minor=facts.max_amount.minor if facts.max_amount else None,
                currency=charge.currency,
                valid_until=facts.valid_until,
            )
            for charge, facts in told
        }.values(),
        update_conflicts=True,
        unique_fields=["gateway", "token"],
        update_fields=["kind", "label", "max_minor", "currency", "valid_until"],
    )
    kept = {
        (gateway, token, reader_id): pk
        for pk, gateway, token, reader_id in Mandate.objects.filter(
            token__in=[facts.token for _, facts in told]
        ).values_list("pk", "gateway", "token", "reader_id")
    }
    names = {
        charge.pk: (charge.gateway, facts.token, charge.order.reader_id) for charge, facts in told
    }
    # A token that belongs to somebody else is not this reader's.
    return {charge_id: kept[name] for charge_id, name in names.items() if name in kept}


def _name_source(one: _Moved) -> str:
    """How the reader knows the account or card that paid."""
    if one.said.mandate is not None:
        return one.said.mandate.label
    return one.charge.mandate.label if one.charge.mandate else ""


def _number(payment_ids: Sequence[int], now: datetime) -> None:
    """The next receipt numbers of the paper's year: ``R-2026-000001``. Locked last, all at once."""
    year = now.astimezone(settings.PAPER.zone).year
    code = f"R-{year}"
    NumberSeries.objects.get_or_create(code=code)
    series = NumberSeries.objects.select_for_update().get(code=code)
    first = series.next
    NumberSeries.objects.filter(pk=series.pk).update(next=first + len(payment_ids))
    update_rows(
        Payment,
        ["number"],
        [(pk, f"{code}-{first + n:06d}") for n, pk in enumerate(payment_ids)],
    )
