"""Begin a subscription: the agreement, its order, and the way to the gateway's page.

What a reader is asked to pay is a ``Quote``; pressing the button sends back what was shown. A first
term that costs nothing (a free trial, a coupon for all of it) has no order: the term is given at
once, ends by itself, and the reader's bank is asked with the first term that costs something
(``continue_subscription``).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

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
from broadsheet.apps.plans.actions import (
    CouponRefused,
    FoundCoupon,
    look_up_coupon,
    reserve_coupon,
)
from broadsheet.apps.plans.models import Plan
from broadsheet.apps.plans.queries import Offer, Quote, get_offer, say_term
from broadsheet.apps.subscriptions.actions.give_term import give_term
from broadsheet.apps.subscriptions.events import FreeTermBegun
from broadsheet.apps.subscriptions.models import Subscription
from broadsheet.apps.subscriptions.queries import find_live_subscription, may_begin_low
from broadsheet.domain.billing_calendar import local_day, term_span
from broadsheet.domain.money import Money
from broadsheet.domain.pricing import write_steps
from broadsheet.domain.subscription import State
from broadsheet.plumbing.events import announce

CHECKOUT_LASTS = timedelta(hours=1)


class CannotSubscribe(Exception):  # noqa: N818
    """A subscription cannot be begun; the subclass says why."""


class AlreadySubscribed(CannotSubscribe):
    """The reader has a live subscription."""


class PriceChanged(CannotSubscribe):
    """It no longer costs what the reader was shown; show ``quote`` and ask again."""

    def __init__(self, quote: Quote) -> None:
        super().__init__(
            f"{quote.offer.code} now costs {quote.today.minor} {quote.today.currency}."
        )
        self.quote = quote
        self.offer = quote.offer


class OtherCheckoutOpen(CannotSubscribe):
    """Another checkout of this reader is at its gateway and cannot be closed from here."""

    def __init__(self, order: Order) -> None:
        super().__init__(f"Order {order.pk} is open.")
        self.order = order


@dataclass(frozen=True, slots=True)
class Wish:
    """What a reader asked for: a plan, in a currency, with a code; and what the page had shown.

    ``mark`` names the whole quote that was shown (``Quote.mark``); empty, the first amount alone is
    compared. ``address`` is where the reader comes from, for the count of wrong codes.
    """

    plan_code: str
    shown: Money
    mark: str = ""
    code: str = ""
    address: str = ""


def quote_plan(
    *,
    reader_id: int | None,
    plan_code: str,
    now: datetime,
    currency: str = "",
    code: str = "",
    address: str = "",
) -> Quote:
    """What a plan costs this reader, with a code or without. Raises ``OfferGone``, ``CouponRefused``."""
    offer = get_offer(plan_code, now, currency)
    if not code:
        return _quote(offer, None, reader_id)
    found = look_up_coupon(
        code=code,
        plan_code=plan_code,
        currency=offer.price.currency,
        reader_id=reader_id,
        address=address,
        now=now,
    )
    quote = _quote(offer, found, reader_id)
    if not quote.agreed.can_be_charged:
        raise CouponRefused(_("This code takes off more than this plan costs."))
    return quote


def check_out(
    *,
    reader_id: int,
    plan_code: str,
    shown: Money,
    gateway: Gateway,
    return_url_of: Callable[[str], str],
    continue_to: str,
    now: datetime,
    mark: str = "",
    code: str = "",
    address: str = "",
) -> CheckoutStanding:
    """Begin a subscription and open the gateway's page; done twice, it is the same order and page.

    An unfinished checkout of another plan is closed first. Where the first term costs nothing the
    answer names no order. Raises ``AlreadySubscribed``, ``PriceChanged``, ``OtherCheckoutOpen``,
    ``OfferGone``, ``CouponRefused``.
    """
    coupon = None
    if code:
        quote = quote_plan(
            reader_id=reader_id,
            plan_code=plan_code,
            now=now,
            currency=shown.currency,
            code=code,
            address=address,
        )
        assert quote.coupon_id is not None
        assert quote.agreed.reduction is not None
        coupon = FoundCoupon(quote.coupon_id, quote.code, quote.agreed.reduction)
    wish = Wish(plan_code, shown, mark, code, address)

    def start() -> Order | None:
        return start_subscription(
            reader_id=reader_id,
            wish=wish,
            coupon=coupon,
            gateway_code=gateway.code,
            continue_to=continue_to,
            now=now,
        )

    try:
        order = start()
    except OtherCheckoutOpen as other:
        if not give_up_checkout(other.order, gateway, now=now):
            raise
        order = start()
    if order is None:
        return CheckoutStanding("")
    return begin_checkout(
        order_id=order.pk, gateway=gateway, return_url=return_url_of(str(order.uid)), now=now
    )


@transaction.atomic
def start_subscription(
    *,
    reader_id: int,
    wish: Wish,
    coupon: FoundCoupon | None,
    gateway_code: str,
    continue_to: str,
    now: datetime,
) -> Order | None:
    """The order for a new subscription at the price shown, or the one that is open already.

    ``None`` where the first term costs nothing: then it has begun. Raises as ``check_out`` does.
    """
    Reader.objects.select_for_update(no_key=True).get(pk=reader_id)
    if find_live_subscription(reader_id) is not None:
        raise AlreadySubscribed(f"Reader {reader_id} has a subscription.")
    quote = _quote(get_offer(wish.plan_code, now, wish.shown.currency), coupon, reader_id)
    if quote.today != wish.shown or (wish.mark and wish.mark != quote.mark):
        raise PriceChanged(quote)
    wanted = _write_down(quote, reader_id, now)
    if (standing := find_open_checkout(reader_id)) is not None:
        return _same_or_refuse(standing, wanted, quote, now)
    if not quote.today:
        _begin_free(wanted, quote, now)
        return None
    order = open_checkout_order(
        reader_id=reader_id,
        source=wanted.source_of(1),
        amount=quote.today,
        description=f"{quote.offer.name}, {say_term(quote.agreed.length_of(0))}",
        gateway=gateway_code,
        continue_to=continue_to,
        expires_at=now + CHECKOUT_LASTS,
        parts=quote.agreed.parts_of(0),
        now=now,
    )
    wanted.first_order = order
    wanted.save(force_insert=True)
    if quote.coupon_id is not None:
        reserve_coupon(coupon_id=quote.coupon_id, reader_id=reader_id, order_id=order.pk, now=now)
    return order


def give_up_checkout(order: Order, gateway: Gateway, *, now: datetime) -> bool:
    """Close another checkout at its gateway and here; ``False`` when it may still be paid."""
    if order.gateway != gateway.code:
        gateway = open_gateway(order.gateway)
    if not void_checkout(order_id=order.pk, gateway=gateway, now=now):
        return False
    close_order(order_id=order.pk, reason="the reader chose something else", now=now)
    return True


def _quote(offer: Offer, coupon: FoundCoupon | None, reader_id: int | None) -> Quote:
    introductory = bool(offer.steps) and (reader_id is None or may_begin_low(reader_id))
    return Quote(
        offer=offer,
        agreed=offer.agree(coupon.reduction if coupon else None, introductory=introductory),
        introductory=introductory,
        coupon_id=coupon.coupon_id if coupon else None,
        code=coupon.code if coupon else "",
    )


def _write_down(quote: Quote, reader_id: int, now: datetime) -> Subscription:
    """The agreement with everything that was quoted, not saved yet."""
    offer, agreed = quote.offer, quote.agreed
    return Subscription(
        uid=uuid.uuid4(),
        reader_id=reader_id,
        plan=Plan.objects.get(code=offer.code),
        price_id=offer.price_id,
        term_count=offer.length.count,
        term_unit=offer.length.unit.value,
        amount_minor=offer.price.minor,
        currency=offer.price.currency,
        steps=write_steps(agreed.steps),
        began_low=bool(agreed.steps),
        reduction=agreed.reduction.write() if agreed.reduction else {},
        parts=list(agreed.parts),
        zone=settings.PAPER.time_zone,
        created_at=now,
    )


def _begin_free(subscription: Subscription, quote: Quote, now: datetime) -> None:
    """The first term costs nothing: it is given, and ends by itself."""
    today = local_day(now, subscription.zone_info)
    length = quote.agreed.length_of(0)
    span = term_span(today, length=length, index=0)
    usual = length == subscription.term_length
    subscription.anchor_on, subscription.anchor_seq = (today, 1) if usual else (span.ends_on, 2)
    subscription.state = State.ACTIVE.value
    subscription.seq, subscription.ends_on = 1, span.ends_on
    subscription.save(force_insert=True)
    give_term(subscription, span, seq=1, actor=f"reader:{subscription.reader_id}", now=now)
    if quote.coupon_id is not None:
        reserve_coupon(
            coupon_id=quote.coupon_id, reader_id=subscription.reader_id, order_id=None, now=now
        )
    announce(FreeTermBegun(subscription.pk, subscription.reader_id, span.ends_on), now=now)


def _same_or_refuse(standing: Order, wanted: Subscription, quote: Quote, now: datetime) -> Order:
    """The order that is open already, if it is for just the same; else it must be closed first."""
    begun = Subscription.objects.filter(first_order=standing, price_id=wanted.price_id).first()
    same = begun is not None and (begun.plan_id, begun.steps, begun.reduction) == (
        wanted.plan_id,
        wanted.steps,
        wanted.reduction,
    )
    fresh = standing.expires_at is None or now < standing.expires_at
    if same and fresh and standing.amount == quote.today and _same_coupon(standing, quote):
        return standing
    raise OtherCheckoutOpen(standing)


def _same_coupon(standing: Order, quote: Quote) -> bool:
    held = getattr(standing, "redemption", None)
    return (held.coupon_id if held else None) == quote.coupon_id
