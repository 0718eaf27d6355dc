"""Letters about pauses, switches, withdrawals, refunds and coming back: handlers after commit."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _

from broadsheet.apps.payments.events import RefundSettled
from broadsheet.apps.payments.queries import get_receipt
from broadsheet.apps.subscriptions.actions.write_letters import get_addressed, write_letter
from broadsheet.apps.subscriptions.events import (
    PauseEnded,
    SubscriptionCutShort,
    SubscriptionPaused,
    SubscriptionWithdrawn,
    SwitchPlanned,
    WinBackDue,
)
from broadsheet.apps.subscriptions.models import Term
from broadsheet.plumbing.formatting import format_date, format_money


def send_pause_letter(event: SubscriptionPaused, *, now: datetime) -> None:
    """From when to when the reader is away."""
    del now
    write_letter(
        get_addressed(event.subscription_id),
        "paused",
        _("Your subscription is paused"),
        starts_on=format_date(event.starts_on),
        resumes_on=format_date(event.resumes_on),
    )


def send_resume_letter(event: PauseEnded, *, now: datetime) -> None:
    """The paper comes again, and until when it is paid."""
    del now
    subscription = get_addressed(event.subscription_id)
    write_letter(
        subscription,
        "resumed",
        _("The paper comes again"),
        ends_on=format_date(event.ends_on),
        renews=subscription.renews,
        amount=format_money(subscription.amount_minor, subscription.currency),
    )


def send_switch_letter(event: SwitchPlanned, *, now: datetime) -> None:
    """Which plan begins when, and at what price."""
    del now
    subscription = get_addressed(event.subscription_id)
    if subscription.next_plan is None or subscription.next_price is None:
        return
    price = subscription.next_price
    write_letter(
        subscription,
        "switch_planned",
        _("Your plan changes on %(day)s") % {"day": format_date(event.starts_on)},
        plan=subscription.next_plan.name,
        starts_on=format_date(event.starts_on),
        amount=format_money(price.amount_minor, price.currency),
    )


def send_withdrawal_letter(event: SubscriptionWithdrawn, *, now: datetime) -> None:
    """That it has ended, and what is paid back."""
    del now
    write_letter(
        get_addressed(event.subscription_id),
        "withdrawn",
        _("You have withdrawn from your subscription"),
        refund=format_money(event.refund_minor, event.currency) if event.refund_minor else "",
    )


def send_cut_letter(event: SubscriptionCutShort, *, now: datetime) -> None:
    """That it was ended at once."""
    del now
    write_letter(
        get_addressed(event.subscription_id), "cut_short", _("Your subscription has ended")
    )


def send_win_back_letter(event: WinBackDue, *, now: datetime) -> None:
    """Whether the reader would come back: one letter, once."""
    del now
    write_letter(
        get_addressed(event.subscription_id),
        "win_back",
        _("%(paper)s misses you") % {"paper": settings.PAPER.name},
    )


def send_refund_letter(event: RefundSettled, *, now: datetime) -> None:
    """That money is on its way back. Money that paid for no term is told of by whoever gave it."""
    del now
    term = Term.objects.filter(payment_id=event.payment_id).first()
    if term is None:
        return
    write_letter(
        get_addressed(term.subscription_id),
        "refunded",
        _("We have given back %(amount)s")
        % {"amount": format_money(event.amount_minor, event.currency)},
        amount=format_money(event.amount_minor, event.currency),
        number=get_receipt(event.payment_id, event.reader_id).number,
    )
