"""Say once what is to be paid, and plan or give up the tries."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from broadsheet.apps.payments.events import OrderClosed
from broadsheet.apps.payments.models import Charge, Order
from broadsheet.domain.charge import ChargeState
from broadsheet.domain.money import Money
from broadsheet.plumbing.audit import record_deed
from broadsheet.plumbing.events import announce
from broadsheet.plumbing.many_rows import insert_numbered_rows, insert_rows

MOST_MINOR = 10**12
Parts = Sequence[Mapping[str, Any]]
"""What an amount is made of, as ``Order.parts`` says."""


class CannotOrder(ValueError):  # noqa: N818
    """An order of this amount cannot be opened."""


@dataclass(frozen=True, slots=True)
class RenewalOrder:
    """One renewal to be charged on a mandate."""

    reader_id: int
    source: str
    amount: Money
    description: str
    mandate_id: int | None
    """Without one no charge is planned: the reader must pay by hand."""
    gateway: str
    parts: Parts = ()


@transaction.atomic
def open_checkout_order(
    *,
    reader_id: int,
    source: str,
    amount: Money,
    description: str,
    gateway: str,
    continue_to: str,
    expires_at: datetime,
    now: datetime,
    parts: Parts = (),
) -> Order:
    """Open an order that a reader pays at a gateway's page. Raises ``CannotOrder``.

    A second open checkout of the same reader is an ``IntegrityError``.
    """
    _check_amount(amount, parts)
    order = Order.objects.create(
        reader_id=reader_id,
        source=source,
        purpose=Order.Purpose.CHECKOUT,
        description=description,
        parts=list(parts),
        amount_minor=amount.minor,
        currency=amount.currency,
        gateway=gateway,
        continue_to=continue_to,
        created_at=now,
        expires_at=expires_at,
    )
    record_deed(
        actor=f"reader:{reader_id}",
        deed="open_checkout_order",
        subject=f"payments.order:{order.pk}",
        now=now,
        source=source,
        amount_minor=amount.minor,
        currency=amount.currency,
    )
    return order


@transaction.atomic
def open_renewal_orders(*, wanted: Sequence[RenewalOrder], now: datetime) -> list[int]:
    """T1 for many: each order, with its first charge planned; their ids in the order asked for."""
    for one in wanted:
        _check_amount(one.amount, one.parts)
    uids = [uuid.uuid4() for _ in wanted]
    ids = insert_numbered_rows(
        Order,
        _ORDER,
        [
            (
                *(uid, one.reader_id, one.source, Order.Purpose.RENEWAL, one.description),
                *(list(one.parts), one.amount.minor, one.amount.currency, one.gateway, now),
            )
            for uid, one in zip(uids, wanted, strict=True)
        ],
    )
    insert_rows(
        Charge,
        _CHARGE,
        [
            (
                *(order_id, 1, name_charge(uid, 1), one.gateway, one.mandate_id),
                *(one.amount.minor, one.amount.currency, now),
            )
            for order_id, uid, one in zip(ids, uids, wanted, strict=True)
            if one.mandate_id is not None
        ],
    )
    return ids


_ORDER = (
    *("uid", "reader_id", "source", "purpose", "description"),
    *("parts", "amount_minor", "currency", "gateway", "created_at"),
)
_CHARGE = (
    *("order_id", "n", "key", "gateway", "mandate_id"),
    *("amount_minor", "currency", "planned_at"),
)


def name_charge(order_uid: uuid.UUID, n: int) -> str:
    """The key of an order's charge number ``n``: made before the wire, the same for ever."""
    return f"bs-{order_uid.hex}-{n}"


@transaction.atomic
def plan_charge(*, order_id: int, mandate_id: int | None, now: datetime) -> Charge | None:
    """T1: plan the next try on an open order.

    ``None`` when none is wanted, while another is open, and where money came that a person must
    look at first.
    """
    order = Order.objects.select_for_update().get(pk=order_id)
    tries = list(order.charges.order_by("n"))
    if order.state != Order.State.OPEN:
        return None
    if any(charge.is_open or charge.quarantined_for for charge in tries):
        return None
    charge = _planned(order, len(tries) + 1, mandate_id, now)
    charge.save(force_insert=True)
    return charge


@transaction.atomic
def close_order(*, order_id: int, reason: str, now: datetime) -> bool:
    """Give an unpaid order up; ``False`` when it is settled or a charge of it is on its way."""
    order = Order.objects.select_for_update().get(pk=order_id)
    if order.state != Order.State.OPEN:
        return False
    order.charges.filter(state=ChargeState.PLANNED).update(
        state=ChargeState.NOT_SENT, closed_at=now, says=reason
    )
    if any(charge.is_open for charge in order.charges.all()):
        return False
    order.state, order.closed_at = Order.State.CLOSED, now
    order.save(update_fields=["state", "closed_at"])
    record_deed(
        actor="payments",
        deed="close_order",
        subject=f"payments.order:{order.pk}",
        now=now,
        reason=reason,
    )
    announce(OrderClosed(order_id=order.pk, reader_id=order.reader_id), now=now)
    return True


def _planned(order: Order, n: int, mandate_id: int | None, now: datetime) -> Charge:
    return Charge(
        order=order,
        n=n,
        key=name_charge(order.uid, n),
        gateway=order.gateway,
        mandate_id=mandate_id,
        amount_minor=order.amount_minor,
        currency=order.currency,
        planned_at=now,
    )


def _check_amount(amount: Money, parts: Parts) -> None:
    if not 0 < amount.minor <= MOST_MINOR:
        raise CannotOrder(f"{amount.minor} minor units cannot be charged.")
    if parts and sum(part["amount_minor"] for part in parts) != amount.minor:
        raise CannotOrder("The parts of an order must sum to its amount.")
