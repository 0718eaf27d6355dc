"""Letters to readers about their money: handlers after commit, through the outbox.

Plain text; each says what happened, what happens next and where to act.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from broadsheet.apps.payments.queries import get_receipt
from broadsheet.apps.subscriptions.events import (
    RenewalDeclined,
    SubscriptionCancelled,
    SubscriptionEnded,
    SubscriptionLapsed,
    SubscriptionStarted,
    SwitchMade,
    TermRenewed,
)
from broadsheet.apps.subscriptions.models import Subscription, Term
from broadsheet.apps.subscriptions.queries.letters import find_own_words
from broadsheet.plumbing.formatting import format_date, format_money


def send_receipt(event: SubscriptionStarted | TermRenewed | SwitchMade, *, now: datetime) -> None:
    """The receipt of a term: the first, a later one, or another plan's."""
    del now
    subscription = get_addressed(event.subscription_id)
    receipt = get_receipt(event.payment_id, event.reader_id)
    term = Term.objects.get(payment_id=event.payment_id)
    amount = format_money(receipt.amount.minor, receipt.amount.currency)
    write_letter(
        subscription,
        "receipt",
        _("Your receipt: %(amount)s") % {"amount": amount},
        amount=amount,
        description=receipt.description,
        number=receipt.number,
        paid_on=format_date(receipt.settled_at),
        starts_on=format_date(term.starts_on),
        ends_on=format_date(term.ends_on),
        next_charge_on=format_date(term.ends_on) if subscription.renews else "",
        receipt_url=f"{settings.PLANT.origin}/account/receipts/{receipt.payment_id}/",
    )


def send_decline_letter(event: RenewalDeclined, *, now: datetime) -> None:
    """The bank said no: what we do, and what the reader may do."""
    del now
    subscription = get_addressed(event.subscription_id)
    write_letter(
        subscription,
        "declined",
        _("Your bank did not pay for %(paper)s") % {"paper": settings.PAPER.name},
        amount=format_money(subscription.amount_minor, subscription.currency),
        description=subscription.plan.name,
        retry_on=format_date(event.retry_on) if event.retry_on else "",
        grace_ends_on=format_date(event.grace_ends_on),
    )


def send_cancel_letter(event: SubscriptionCancelled, *, now: datetime) -> None:
    """What is kept, and until when."""
    del now
    write_letter(
        get_addressed(event.subscription_id),
        "cancelled",
        _("You have ended your subscription"),
        ends_on=format_date(event.ends_on),
    )


def send_end_letter(event: SubscriptionEnded, *, now: datetime) -> None:
    del now
    write_letter(get_addressed(event.subscription_id), "ended", _("Your subscription has ended"))


def send_lapse_letter(event: SubscriptionLapsed, *, now: datetime) -> None:
    del now
    write_letter(get_addressed(event.subscription_id), "lapsed", _("Your subscription has stopped"))


def get_addressed(subscription_id: int) -> Subscription:
    """A subscription with the plan that letters name and the reader they go to."""
    return Subscription.objects.select_related("reader__user", "plan").get(pk=subscription_id)


def write_letter(subscription: Subscription, name: str, subject: str, **words: Any) -> None:
    """Send the letter ``subscriptions/letters/<name>.txt``, or the publisher's own words for it."""
    words = {
        "paper": settings.PAPER.name,
        "help_mail": settings.PAPER.help_mail,
        "account_url": f"{settings.PLANT.origin}/account/",
        "subscribe_url": f"{settings.PLANT.origin}/subscribe/",
        **words,
    }
    if (own := find_own_words(name, words)) is not None:
        subject, text = own[0] or subject, own[1]
    else:
        text = render_to_string(f"subscriptions/letters/{name}.txt", words)
    letter = EmailMessage(
        subject=subject,
        body=text.strip() + "\n",
        to=[subscription.reader.user.email],
        headers={"Auto-Submitted": "auto-generated"},
    )
    letter.send()
