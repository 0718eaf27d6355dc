"""Bring a reader to the gateway's page: T1, T2, the wire, T3.

Double click, refresh, second tab and back button all end at the one open charge of the order.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from django.db import transaction

from broadsheet.apps.accounts.models import Reader
from broadsheet.apps.payments.actions.apply_gateway_state import apply_gateway_state
from broadsheet.apps.payments.actions.open_order import close_order, plan_charge
from broadsheet.apps.payments.actions.reap_charges import check_charge
from broadsheet.apps.payments.gateways.contract import (
    LONGEST_CALL,
    ChargeQuery,
    CheckoutRequest,
    Gateway,
    GatewayState,
    Idempotency,
)
from broadsheet.apps.payments.models import Charge, Order
from broadsheet.domain.charge import ChargeOutcome, ChargeState
from broadsheet.plumbing.crash import crash_point

MARGIN = timedelta(seconds=10)
PAGE_LASTS = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class CheckoutStanding:
    """Where a checkout stands: with ``url`` the reader goes on at the gateway, else at our page."""

    order_uid: str
    url: str = ""


def begin_checkout(
    *,
    order_id: int,
    gateway: Gateway,
    return_url: str,
    now: datetime,
    method: str = "",
    wants_mandate: bool = True,
) -> CheckoutStanding:
    """Open the gateway's page for an order, or find the page that is open already.

    ``method`` is what the reader chose of the gateway's; where its page takes one only, nothing is
    opened without. Without ``url`` in the answer the order's own page says what is the matter: it
    is paid, or the reader has to choose, or somebody else is just opening the page, or the gateway
    does not answer. ``wants_mandate`` is false for what is paid once, such as a gift.
    """
    crash_point(1)
    order = Order.objects.get(pk=order_id)
    standing = CheckoutStanding(str(order.uid))
    _clear_away_expired(order, gateway, now)
    if _must_choose(order, gateway, method):
        return standing
    charge = _find_or_plan(order_id, now)
    if charge is None:
        return standing
    if charge.page_url:
        return CheckoutStanding(standing.order_uid, charge.page_url)
    crash_point(2)
    if not _mark_sent(charge, gateway, now):
        return standing
    crash_point(3)
    step = gateway.start_checkout(
        CheckoutRequest(
            key=charge.key,
            amount=charge.amount,
            description=order.description,
            return_url=return_url,
            expires_at=_page_expires_at(order, charge),
            reader_reference=f"reader-{order.reader_id}",
            wants_mandate=wants_mandate and gateway.capabilities.recurring,
            method=method if method in gateway.capabilities.methods else "",
        )
    )
    crash_point(4)
    if step.url:
        Charge.objects.filter(pk=charge.pk).update(page_url=step.url)
    said = step.state
    if said.outcome is ChargeOutcome.NOT_SENT and charge.sent_at is not None:
        # An earlier request with this key may have arrived.
        said = GatewayState(ChargeOutcome.UNKNOWN, says=said.says)
    apply_gateway_state(charge_id=charge.pk, said=said, heard_by="reply", now=now)
    return CheckoutStanding(standing.order_uid, step.url)


def _must_choose(order: Order, gateway: Gateway, method: str) -> bool:
    """Whether the page takes one method only and the reader has named none; an open one is there."""
    can = gateway.capabilities
    if not can.one_method_a_page or method in can.methods:
        return False
    return not any(charge.is_open for charge in order.charges.order_by("-n")[:1])


def void_checkout(*, order_id: int, gateway: Gateway, now: datetime) -> bool:
    """Close the page of an order's open charge; whether no charge of it is open any more."""
    charge = Charge.objects.filter(order_id=order_id).order_by("-n").first()
    if charge is None or not charge.is_open:
        return True
    if charge.state == ChargeState.PLANNED:
        return (
            Charge.objects.filter(pk=charge.pk, state=ChargeState.PLANNED).update(
                state=ChargeState.NOT_SENT, closed_at=now
            )
            > 0
        )
    if not gateway.capabilities.void or charge.mandate_id is not None:
        return False
    said = gateway.void_checkout(_query(charge))
    state = apply_gateway_state(charge_id=charge.pk, said=said, heard_by="void", now=now)
    return state in {ChargeState.DECLINED, ChargeState.NOT_SENT, ChargeState.SUCCEEDED}


def _clear_away_expired(order: Order, gateway: Gateway, now: datetime) -> None:
    """Hear the end of a page whose time is over, so that a fresh one can be opened or none is."""
    charge = order.charges.order_by("-n").first()
    if charge is not None and charge.page_url and now >= _page_expires_at(order, charge):
        check_charge(
            charge_id=charge.pk, open_gateway=lambda _: gateway, now=now, heard_by="checkout"
        )
    if order.expires_at is not None and now >= order.expires_at:
        close_order(order_id=order.pk, reason="its time is over", now=now)


def _page_expires_at(order: Order, charge: Charge) -> datetime:
    """The same at every repeat: a key stands for one request."""
    return order.expires_at or charge.planned_at + PAGE_LASTS


def _find_or_plan(order_id: int, now: datetime) -> Charge | None:
    """T1. The open charge of an order, planned here if there is none."""
    with transaction.atomic():
        reader_id = Order.objects.values_list("reader_id", flat=True).get(pk=order_id)
        Reader.objects.select_for_update(no_key=True).get(pk=reader_id)
        for charge in Charge.objects.filter(order_id=order_id).order_by("-n")[:1]:
            if charge.is_open:
                return charge
        return plan_charge(order_id=order_id, mandate_id=None, now=now)


def _mark_sent(charge: Charge, gateway: Gateway, now: datetime) -> bool:
    """T2: take the charge for this process. A page whose address was lost is asked for again."""
    deadline = now + LONGEST_CALL + MARGIN
    taken = {
        "state": ChargeState.SENT,
        "owner": uuid4().hex,
        "deadline_at": deadline,
        "next_check_at": deadline,
    }
    mine = Charge.objects.filter(pk=charge.pk)
    if charge.state == ChargeState.PLANNED:
        return mine.filter(state=ChargeState.PLANNED).update(**taken, sent_at=now) > 0
    if gateway.capabilities.idempotency not in {Idempotency.KEY, Idempotency.ORDER}:
        return False
    if charge.sent_at is None or now >= charge.sent_at + gateway.capabilities.key_ttl:
        return False
    lost = mine.filter(page_url="", mandate__isnull=True).exclude(
        state=ChargeState.SENT, deadline_at__gt=now
    )
    return (
        lost.filter(state__in=[ChargeState.SENT, ChargeState.UNKNOWN, ChargeState.PENDING]).update(
            **taken
        )
        > 0
    )


def _query(charge: Charge) -> ChargeQuery:
    return ChargeQuery(
        key=charge.key,
        gateway_reference=charge.gateway_reference or "",
        amount=charge.amount,
        not_before=charge.planned_at,
    )
