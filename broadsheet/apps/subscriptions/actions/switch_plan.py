"""Go on with another plan: today, for its price less what is left, or with the next term."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from broadsheet.apps.payments.actions.begin_checkout import (
    CheckoutStanding,
    begin_checkout,
    void_checkout,
)
from broadsheet.apps.payments.actions.open_order import (
    close_order,
    open_checkout_order,
    plan_charge,
)
from broadsheet.apps.payments.actions.send_charges import send_charges
from broadsheet.apps.payments.gateways.contract import Gateway
from broadsheet.apps.payments.models import Mandate, Order
from broadsheet.apps.payments.queries import find_open_checkout
from broadsheet.apps.subscriptions.actions.hold_subscription import hold_live, record
from broadsheet.apps.subscriptions.events import SwitchDropped, SwitchPlanned
from broadsheet.apps.subscriptions.models import Subscription, Switch
from broadsheet.apps.subscriptions.queries.life import (
    SwitchChoice,
    list_switch_choices,
    refuse_switch,
)
from broadsheet.domain.billing_calendar import local_day
from broadsheet.domain.money import Money
from broadsheet.domain.pricing import share_parts
from broadsheet.domain.proration import SwitchCost
from broadsheet.domain.subscription import State
from broadsheet.plumbing.events import announce

SWITCH_LASTS = timedelta(hours=1)
Opener = Callable[[str], Gateway]


class CannotSwitch(Exception):  # noqa: N818
    """The plan cannot be changed so; the message tells the reader why."""


class CostChanged(CannotSwitch):
    """It no longer costs what the reader was shown; show ``to_pay`` and ask again."""

    def __init__(self, to_pay: Money) -> None:
        super().__init__(f"It now costs {to_pay.minor} {to_pay.currency}.")
        self.to_pay = to_pay


class OtherPaymentOpen(CannotSwitch):
    """Another payment of this reader is at its gateway and cannot be closed from here."""

    def __init__(self, order: Order) -> None:
        super().__init__(f"Order {order.pk} is open.")
        self.order = order


@dataclass(frozen=True, slots=True)
class _Opened:
    order: Order
    on_mandate: bool


def switch_now(
    *,
    reader_id: int,
    plan_code: str,
    shown: Money,
    checkout_gateway: str,
    open_gateway: Opener,
    return_url_of: Callable[[str], str],
    now: datetime,
) -> CheckoutStanding:
    """Begin a dearer plan today: one order, and one charge, on the mandate or at a gateway's page.

    Nothing changes until it is paid. Done twice, it is the same order. Raises ``CannotSwitch``,
    ``CostChanged``, ``OtherPaymentOpen``.
    """

    def opened() -> _Opened:
        return _open_switch(
            reader_id=reader_id,
            plan_code=plan_code,
            shown=shown,
            checkout_gateway=checkout_gateway,
            open_gateway=open_gateway,
            now=now,
        )

    try:
        switch = opened()
    except OtherPaymentOpen as other:
        if not _give_up(other.order, open_gateway, now):
            raise
        switch = opened()
    order = switch.order
    gateway = open_gateway(order.gateway)
    if switch.on_mandate:
        send_charges(gateway=gateway, now=now, order_id=order.pk)
        return CheckoutStanding(str(order.uid))
    return begin_checkout(
        order_id=order.pk, gateway=gateway, return_url=return_url_of(str(order.uid)), now=now
    )


@transaction.atomic
def switch_at_end(
    *, reader_id: int, plan_code: str, shown: Money, actor: str, now: datetime
) -> Subscription:
    """Let another plan begin with the next term, at the price shown. Done twice, it is done once.

    Raises ``CannotSwitch``, ``CostChanged``.
    """
    subscription, choice = _choose(reader_id, plan_code, now)
    if not choice.at_end:
        raise CannotSwitch(_("It does not renew by itself, so no other plan can follow."))
    if choice.offer.price != shown:
        raise CostChanged(choice.offer.price)
    if choice.chosen:
        return subscription
    _refuse_while_open(subscription)
    assert subscription.ends_on is not None
    subscription.next_price_id = choice.offer.price_id
    subscription.next_plan = subscription.next_price.plan  # type: ignore[union-attr]
    subscription.save(update_fields=["next_plan", "next_price"])
    record(
        subscription,
        "switch_at_end",
        actor=actor,
        now=now,
        plan=plan_code,
        amount_minor=shown.minor,
        currency=shown.currency,
    )
    announce(SwitchPlanned(subscription.pk, reader_id, subscription.ends_on), now=now)
    return subscription


@transaction.atomic
def drop_switch(*, reader_id: int, actor: str, now: datetime) -> Subscription:
    """Keep the plan after all. Done twice, it is done once. Raises ``CannotSwitch``."""
    subscription = hold_live(reader_id)
    if subscription is None:
        raise CannotSwitch(_("There is no subscription."))
    if subscription.next_plan_id is None:
        return subscription
    if subscription.state not in {State.ACTIVE, State.PAUSED}:
        raise CannotSwitch(_("The next term is at your bank already."))
    subscription.next_plan = subscription.next_price = None
    subscription.save(update_fields=["next_plan", "next_price"])
    record(subscription, "drop_switch", actor=actor, now=now)
    announce(SwitchDropped(subscription.pk, reader_id), now=now)
    return subscription


def _choose(reader_id: int, plan_code: str, now: datetime) -> tuple[Subscription, SwitchChoice]:
    subscription = hold_live(reader_id)
    if subscription is None:
        raise CannotSwitch(_("There is no subscription."))
    if said := refuse_switch(subscription):
        raise CannotSwitch(said)
    for choice in list_switch_choices(subscription, now):
        if choice.offer.code == plan_code:
            return subscription, choice
    raise CannotSwitch(_("That plan cannot be chosen."))


def _refuse_while_open(subscription: Subscription) -> None:
    if subscription.switches.filter(state=Switch.State.OPEN).exists():
        raise CannotSwitch(_("A change of plan waits for your bank. Finish that one first."))


@transaction.atomic
def _open_switch(
    *,
    reader_id: int,
    plan_code: str,
    shown: Money,
    checkout_gateway: str,
    open_gateway: Opener,
    now: datetime,
) -> _Opened:
    """T1: the order at the cost shown, with its charge where a mandate reaches; or the one open."""
    subscription, choice = _choose(reader_id, plan_code, now)
    cost = choice.today
    if cost is None:
        raise CannotSwitch(_("This plan can begin with the next term only."))
    if cost.to_pay != shown:
        raise CostChanged(cost.to_pay)
    today = local_day(now, subscription.zone_info)
    if (standing := find_open_checkout(reader_id)) is not None:
        return _same_or_refuse(standing, choice, cost, today, now)
    _refuse_while_open(subscription)
    mandate = _find_mandate(subscription, choice, cost, open_gateway)
    number = subscription.switches.count() + 1
    order = open_checkout_order(
        reader_id=reader_id,
        source=f"subscriptions.switch:{subscription.uid}/{number}",
        amount=cost.to_pay,
        description=f"{choice.offer.name}, {choice.offer.term}",
        gateway=mandate.gateway if mandate else checkout_gateway,
        continue_to="/account/",
        expires_at=now + SWITCH_LASTS,
        now=now,
        parts=share_parts(choice.offer.parts, cost.to_pay),
    )
    switch = Switch(
        subscription=subscription,
        price_id=choice.offer.price_id,
        order=order,
        on=today,
        credit_minor=cost.credit.minor,
        created_at=now,
    )
    switch.plan = switch.price.plan
    switch.save(force_insert=True)
    # The runner lets it be until the switch is made or given up: one thing moves money at a time.
    subscription.due_at = None
    subscription.save(update_fields=["due_at"])
    if mandate is not None:
        plan_charge(order_id=order.pk, mandate_id=mandate.pk, now=now)
    record(
        subscription,
        "switch_now",
        actor=f"reader:{reader_id}",
        now=now,
        plan=plan_code,
        amount_minor=cost.to_pay.minor,
        credit_minor=cost.credit.minor,
        currency=shown.currency,
    )
    return _Opened(order, on_mandate=mandate is not None)


def _same_or_refuse(
    standing: Order, choice: SwitchChoice, cost: SwitchCost, today: date, now: datetime
) -> _Opened:
    same = Switch.objects.filter(
        order=standing, price_id=choice.offer.price_id, on=today, state=Switch.State.OPEN
    ).exists()
    fresh = standing.expires_at is None or now < standing.expires_at
    if not (same and fresh and standing.amount == cost.to_pay):
        raise OtherPaymentOpen(standing)
    last = standing.charges.order_by("-n").first()
    return _Opened(standing, on_mandate=last is not None and last.mandate_id is not None)


def _find_mandate(
    subscription: Subscription, choice: SwitchChoice, cost: SwitchCost, open_gateway: Opener
) -> Mandate | None:
    """The mandate that may be charged at once and reaches as far as the new plan's price."""
    mandate = subscription.mandate
    if mandate is None or not (mandate.allows(cost.to_pay) and mandate.allows(choice.offer.price)):
        return None
    if mandate.valid_until is not None:
        assert subscription.ends_on is not None
        if mandate.valid_until < subscription.ends_on:
            return None
    can = open_gateway(mandate.gateway).capabilities
    return None if not can.recurring or can.notice else mandate


def _give_up(order: Order, open_gateway: Opener, now: datetime) -> bool:
    """Close another checkout at its gateway and here; ``False`` when it may still be paid."""
    if not void_checkout(order_id=order.pk, gateway=open_gateway(order.gateway), now=now):
        return False
    close_order(order_id=order.pk, reason="the reader chose another plan", now=now)
    return True
