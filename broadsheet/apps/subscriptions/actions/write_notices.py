"""Letters before a charge and before a permission ends: handlers after commit."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from broadsheet.apps.subscriptions.actions.write_letters import write_letter
from broadsheet.apps.subscriptions.events import ChargeAhead, MandateEnding
from broadsheet.apps.subscriptions.models import Subscription
from broadsheet.apps.subscriptions.queries import plan_next_term
from broadsheet.domain.subscription import State
from broadsheet.plumbing.formatting import format_date, format_money


def send_notice(event: ChargeAhead, *, now: datetime) -> None:
    """What will be charged, when, to what, and how to stop; nothing once that has changed."""
    del now
    subscription = _get(event.subscription_id)
    if not _still_ahead(subscription) or subscription.seq + 1 != event.seq:
        return
    assert subscription.ends_on is not None
    ahead = plan_next_term(subscription, subscription.ends_on)
    if not ahead.amount:
        return
    amount = format_money(ahead.amount.minor, ahead.amount.currency)
    write_letter(
        subscription,
        "charge_ahead",
        _("On %(day)s we charge %(amount)s")
        % {"day": format_date(subscription.ends_on), "amount": amount},
        amount=amount,
        description=ahead.description,
        charge_on=format_date(ahead.span.starts_on),
        ends_on=format_date(ahead.span.ends_on),
        paid_with=subscription.mandate.label if subscription.mandate else "",
    )


def send_mandate_letter(event: MandateEnding, *, now: datetime) -> None:
    """The card or permission ends before the next charge: how to give another."""
    del now
    subscription = _get(event.subscription_id)
    mandate = subscription.mandate
    if not _still_ahead(subscription) or mandate is None or mandate.valid_until is None:
        return
    assert subscription.ends_on is not None
    write_letter(
        subscription,
        "mandate_ends",
        _("How will you pay for %(plan)s?") % {"plan": subscription.plan.name},
        paid_with=mandate.label,
        valid_until=format_date(mandate.valid_until),
        charge_on=format_date(subscription.ends_on),
        description=subscription.plan.name,
    )


def _get(subscription_id: int) -> Subscription:
    rows = Subscription.objects.select_related(
        "reader__user", "plan", "mandate", "next_plan", "next_price"
    )
    return rows.get(pk=subscription_id)


def _still_ahead(subscription: Subscription) -> bool:
    return subscription.state == State.ACTIVE and subscription.renews
