"""Begin a subscription: the agreement, its order, and the way to the gateway's page."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from broadsheet.apps.accounts.models import Reader
from broadsheet.apps.payments.actions.begin_checkout import (
    CheckoutStanding,
    begin_checkout,
    void_checkout,
)
from broadsheet.apps.payments.actions.open_order import close_order, open_checkout_order
from broadsheet.apps.payments.gateways import open_gateway
from broadsheet.apps.payments.gateways.contract import Gateway
from broadsheet.apps.payments.models import Order
from broadsheet.apps.payments.queries import find_open_checkout
from broadsheet.apps.plans.models import Plan
from broadsheet.apps.plans.queries import Offer, get_offer
from broadsheet.apps.subscriptions.models import Subscription
from broadsheet.apps.subscriptions.queries import find_live_subscription
from broadsheet.domain.money import Money

CHECKOUT_LASTS = timedelta(hours=1)


class CannotSubscribe(Exception):  # noqa: N818
    """A subscription cannot be begun; the subclass says why."""


class AlreadySubscribed(CannotSubscribe):
    """The reader has a live subscription."""


class PriceChanged(CannotSubscribe):
    """The plan no longer costs what the reader was shown; show ``offer`` and ask again."""

    def __init__(self, offer: Offer) -> None:
        super().__init__(f"{offer.code} now costs {offer.price.minor} {offer.price.currency}.")
        self.offer = offer


class OtherCheckoutOpen(CannotSubscribe):
    """Another checkout of this reader is at its gateway and cannot be closed from here."""

    def __init__(self, order: Order) -> None:
        super().__init__(f"Order {order.pk} is open.")
        self.order = order


def check_out(
    *,
    reader_id: int,
    plan_code: str,
    shown: Money,
    gateway: Gateway,
    return_url_of: Callable[[str], str],
    continue_to: str,
    now: datetime,
) -> CheckoutStanding:
    """Begin a subscription and open the gateway's page; done twice, it is the same order and page.

    An unfinished checkout of another plan is closed first. Raises ``AlreadySubscribed``,
    ``PriceChanged``, ``OtherCheckoutOpen``, ``OfferGone``.
    """
    wanted = {
        "reader_id": reader_id,
        "plan_code": plan_code,
        "shown": shown,
        "gateway_code": gateway.code,
        "continue_to": continue_to,
        "now": now,
    }
    try:
        order = start_subscription(**wanted)  # type: ignore[arg-type]
    except OtherCheckoutOpen as other:
        if not _give_up(other.order, gateway, now):
            raise
        order = start_subscription(**wanted)  # type: ignore[arg-type]
    return begin_checkout(
        order_id=order.pk, gateway=gateway, return_url=return_url_of(str(order.uid)), now=now
    )


@transaction.atomic
def start_subscription(
    *,
    reader_id: int,
    plan_code: str,
    shown: Money,
    gateway_code: str,
    continue_to: str,
    now: datetime,
) -> Order:
    """The order for a new subscription at the price shown, or the one that is open already.

    Raises as ``check_out`` does.
    """
    Reader.objects.select_for_update(no_key=True).get(pk=reader_id)
    if find_live_subscription(reader_id) is not None:
        raise AlreadySubscribed(f"Reader {reader_id} has a subscription.")
    offer = get_offer(plan_code, now)
    if offer.price != shown:
        raise PriceChanged(offer)
    plan = Plan.objects.get(code=plan_code)
    if (standing := find_open_checkout(reader_id)) is not None:
        return _same_or_refuse(standing, plan, offer, now)
    uid = uuid.uuid4()
    order = open_checkout_order(
        reader_id=reader_id,
        source=f"subscriptions.term:{uid}/1",
        amount=offer.price,
        description=f"{offer.name}, {offer.term}",
        gateway=gateway_code,
        continue_to=continue_to,
        expires_at=now + CHECKOUT_LASTS,
        now=now,
    )
    Subscription.objects.create(
        uid=uid,
        reader_id=reader_id,
        plan=plan,
        price_id=offer.price_id,
        term_count=offer.length.count,
        term_unit=offer.length.unit.value,
        amount_minor=offer.price.minor,
        currency=offer.price.currency,
        zone=settings.PAPER.time_zone,
        first_order=order,
        created_at=now,
    )
    return order


def _same_or_refuse(standing: Order, plan: Plan, offer: Offer, now: datetime) -> Order:
    same = Subscription.objects.filter(first_order=standing, plan=plan).exists()
    fresh = standing.expires_at is None or now < standing.expires_at
    if same and fresh and standing.amount == offer.price:
        return standing
    raise OtherCheckoutOpen(standing)


def _give_up(order: Order, gateway: Gateway, now: datetime) -> bool:
    """Close another checkout at its gateway and here; ``False`` when it may still be paid."""
    if order.gateway != gateway.code:
        gateway = open_gateway(order.gateway)
    if not void_checkout(order_id=order.pk, gateway=gateway, now=now):
        return False
    close_order(order_id=order.pk, reason="the reader chose another plan", now=now)
    return True
