"""Letters about what was agreed: a free term, a gift, a price that is to change."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from broadsheet.apps.subscriptions.actions.give_subscription import describe_gift, make_code
from broadsheet.apps.subscriptions.actions.write_letters import get_addressed, write_letter
from broadsheet.apps.subscriptions.events import (
    FreeTermBegun,
    GiftBought,
    GiftDue,
    GiftForgotten,
    GiftRedeemed,
    PriceChangeTold,
)
from broadsheet.apps.subscriptions.models import GiftSubscription
from broadsheet.apps.subscriptions.queries import plan_next_term
from broadsheet.plumbing.formatting import format_date, format_money


def send_free_term_letter(event: FreeTermBegun, *, now: datetime) -> None:
    """It has begun and costs nothing; when it ends, and how to go on."""
    del now
    subscription = get_addressed(event.subscription_id)
    ahead = plan_next_term(subscription, event.ends_on)
    write_letter(
        subscription,
        "free_term",
        _("The paper is yours until %(until)s") % {"until": format_date(event.ends_on, "day")},
        plan=subscription.plan.name,
        ends_on=format_date(event.ends_on),
        amount=format_money(ahead.amount.minor, ahead.amount.currency),
        continue_url=f"{settings.PLANT.origin}/account/subscription/continue/",
    )


def send_price_change_letter(event: PriceChangeTold, *, now: datetime) -> None:
    """What it costs now, what it will cost and from when; what the reader may do."""
    del now
    subscription = get_addressed(event.subscription_id)
    if subscription.coming_minor is None:
        return
    write_letter(
        subscription,
        "price_change",
        _("Your price from %(on)s") % {"on": format_date(event.starts_on)},
        plan=subscription.plan.name,
        old=format_money(subscription.amount_minor, subscription.currency),
        new=format_money(subscription.coming_minor, subscription.currency),
        starts_on=format_date(event.starts_on),
        agreed=event.agreed,
        lower=subscription.coming_minor < subscription.amount_minor,
    )


def send_gift_receipt(event: GiftBought, *, now: datetime) -> None:
    """To the giver: it is paid, and goes out on its day."""
    del now
    gift = _get(event.gift_id)
    _write(
        gift.giver.user.email,
        "gift_bought",
        _("Your gift for %(name)s") % {"name": gift.to_name},
        gift,
    )


def send_gift(event: GiftDue, *, now: datetime) -> None:
    """To whom it is for: the note and the code."""
    del now
    gift = _get(event.gift_id)
    _write(
        gift.to_email,
        "gift",
        _("%(name)s gives you %(paper)s") % {"name": gift.from_name, "paper": settings.PAPER.name},
        gift,
        code=make_code(gift.uid),
    )


def send_gift_reminder(event: GiftForgotten, *, now: datetime) -> None:
    """To the giver, who can tell whether the letter was lost: the code once more."""
    del now
    gift = _get(event.gift_id)
    _write(
        gift.giver.user.email,
        "gift_forgotten",
        _("Your gift for %(name)s has not been opened") % {"name": gift.to_name},
        gift,
        code=make_code(gift.uid),
    )


def send_gift_thanks(event: GiftRedeemed, *, now: datetime) -> None:
    """To the giver: it was opened."""
    del now
    gift = _get(event.gift_id)
    said = _("%(name)s has opened your gift") % {"name": gift.to_name}
    _write(gift.giver.user.email, "gift_opened", said, gift)


def _get(gift_id: int) -> GiftSubscription:
    rows = GiftSubscription.objects.select_related("giver__user", "plan", "term")
    return rows.get(pk=gift_id)


def _write(to: str, name: str, subject: str, gift: GiftSubscription, **words: Any) -> None:
    text = render_to_string(
        f"subscriptions/letters/{name}.txt",
        {
            "paper": settings.PAPER.name,
            "help_mail": settings.PAPER.help_mail,
            "account_url": f"{settings.PLANT.origin}/account/",
            "redeem_url": f"{settings.PLANT.origin}/gift-subscription/",
            "gift": gift,
            "what": describe_gift(gift),
            "send_on": format_date(gift.send_on),
            "ends_on": format_date(gift.term.ends_on) if gift.term else "",
            **words,
        },
    )
    letter = EmailMessage(
        subject=" ".join(subject.split()),
        body=text.strip() + "\n",
        to=[to],
        headers={"Auto-Submitted": "auto-generated"},
    )
    letter.send()
