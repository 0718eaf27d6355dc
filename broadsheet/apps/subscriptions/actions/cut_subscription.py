"""End at once: the reader withdraws within the legal days, or staff give money back and end it."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from broadsheet.apps.payments.actions.give_refund import CannotRefund, plan_refund
from broadsheet.apps.payments.actions.open_order import close_order
from broadsheet.apps.payments.models import Refund
from broadsheet.apps.subscriptions.actions.hold_subscription import hold, hold_live
from broadsheet.apps.subscriptions.actions.stop_subscription import stop
from broadsheet.apps.subscriptions.events import SubscriptionCutShort, SubscriptionWithdrawn
from broadsheet.apps.subscriptions.models import Subscription, Switch, Term
from broadsheet.apps.subscriptions.queries.life import find_withdrawal, has_charge_under_way
from broadsheet.domain.billing_calendar import local_day
from broadsheet.domain.money import Money
from broadsheet.domain.subscription import Step
from broadsheet.plumbing.events import announce


class CannotWithdraw(Exception):  # noqa: N818
    """It cannot be withdrawn from; the message tells the reader why."""


class CannotCut(Exception):  # noqa: N818
    """It cannot be ended at once; the message says what to do."""


@transaction.atomic
def withdraw_subscription(
    *, reader_id: int, shown: Money, actor: str, now: datetime
) -> Subscription:
    """End at once and give back what the paper's rule says. Raises ``CannotWithdraw``.

    ``shown`` is what the reader was told would come back; if less would, nothing is done.
    """
    subscription = hold_live(reader_id)
    if subscription is None:
        raise CannotWithdraw(_("There is no subscription."))
    found = find_withdrawal(subscription, now, settings.PAPER)
    if found.refusal:
        raise CannotWithdraw(found.refusal)
    if found.refund < shown:
        raise CannotWithdraw(_("What is given back is less by now. Please look again."))
    try:
        for payment_id, share in found.shares:
            plan_refund(
                payment_id=payment_id,
                amount=share,
                reason="withdrawn within the legal days",
                actor=actor,
                now=now,
            )
    except CannotRefund as error:
        raise CannotWithdraw(
            _("We cannot give it back by ourselves. Please write to us.")
        ) from error
    cut_short(subscription, why="withdrawn", actor=actor, now=now)
    announce(
        SubscriptionWithdrawn(
            subscription.pk, reader_id, found.refund.minor, found.refund.currency
        ),
        now=now,
    )
    return subscription


@transaction.atomic
def give_back(
    *, payment_id: int, amount: Money, reason: str, actor: str, end_access: bool, now: datetime
) -> Refund:
    """Staff give money back and, if they say so, end what it paid for at once.

    Raises ``CannotRefund`` and ``CannotCut``; then neither is done.
    """
    term = Term.objects.filter(payment_id=payment_id).first()
    subscription = hold(term.subscription_id) if term and end_access else None
    refund = plan_refund(payment_id=payment_id, amount=amount, reason=reason, actor=actor, now=now)
    if subscription is not None and subscription.is_live:
        _cut_and_tell(subscription, why="refunded", actor=actor, now=now)
    return refund


@transaction.atomic
def end_at_once(*, subscription_id: int, why: str, actor: str, now: datetime) -> Subscription:
    """Staff end it today. One that has stopped already stays as it is. Raises ``CannotCut``."""
    subscription = hold(subscription_id)
    if subscription.is_live:
        _cut_and_tell(subscription, why=why, actor=actor, now=now)
    return subscription


def cut_short(subscription: Subscription, *, why: str, actor: str, now: datetime) -> None:
    """The term ends today and nothing follows. Wants the row locked. Raises ``CannotCut``."""
    if has_charge_under_way(subscription):
        raise CannotCut(_("A charge is under way at the bank. Try again when its answer is known."))
    today = local_day(now, subscription.zone_info)
    for switch in subscription.switches.filter(state=Switch.State.OPEN):
        close_order(order_id=switch.order_id, reason=why, now=now)
        subscription.refresh_from_db(fields=["due_at"])
    last_day = today
    for pause in subscription.pauses.filter(resumed_at__isnull=True):
        last_day = min(today, pause.starts_on)
        pause.resumes_on, pause.resumed_at = max(today, pause.starts_on), now
        pause.save(update_fields=["resumes_on", "resumed_at"])
    term = subscription.terms.get(seq=subscription.seq)
    if last_day < term.ends_on:
        term.was_to_end_on = term.was_to_end_on or term.ends_on
        term.ends_on = max(last_day, term.starts_on)
        term.save(update_fields=["ends_on", "was_to_end_on"])
        subscription.ends_on = term.ends_on
    stop(subscription, Step.CUT_SHORT, now=now, why=why, actor=actor)


def _cut_and_tell(subscription: Subscription, *, why: str, actor: str, now: datetime) -> None:
    cut_short(subscription, why=why, actor=actor, now=now)
    announce(SubscriptionCutShort(subscription.pk, subscription.reader_id, why), now=now)
