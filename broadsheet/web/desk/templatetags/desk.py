"""Figures and dates at the desk, through the house's one formatter."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import template
from django.utils.translation import gettext_lazy as _

from broadsheet.apps.plans.queries import Offer, say_introduction, say_rhythm
from broadsheet.domain.billing_calendar import TermLength
from broadsheet.domain.money import Money
from broadsheet.plumbing.formatting import format_date, format_money, format_number, format_time

register = template.Library()


@register.filter
def number(value: int) -> str:
    return format_number(value)


@register.filter
def moment(value: datetime | None) -> str:
    """Day and time, as lists at the desk show them; nothing for nothing."""
    return f"{format_date(value, 'day')}, {format_time(value)}" if value else ""


@register.filter
def clock(value: datetime | None) -> str:
    return format_time(value) if value else ""


@register.filter
def today(value: datetime) -> str:
    """The day in full, over the first page."""
    return format_date(value, "weekday-day")


@register.filter
def since(value: datetime | None) -> str:
    """Day with its year, and time: for what stands for long."""
    return f"{format_date(value, 'long')}, {format_time(value)}" if value else ""


@register.filter
def day(value: date | None) -> str:
    """A date with its year; nothing for nothing."""
    return format_date(value, "long") if value else ""


@register.filter
def amount_of(term: Any) -> str:
    """The amount of a row that keeps it in minor units."""
    return format_money(term.amount_minor, term.currency)


STATES = {
    "incomplete": _("not begun"),
    "abandoned": _("never paid"),
    "active": _("running"),
    "renewing": _("being renewed"),
    "past_due": _("unpaid"),
    "paused": _("paused"),
    "lapsed": _("lapsed"),
    "ended": _("ended"),
    "planned": _("planned"),
    "paid": _("paid"),
    "given": _("given"),
    "void": _("void"),
    "sent": _("at the bank"),
    "succeeded": _("done"),
    "declined": _("refused"),
    "not_sent": _("not sent"),
    "pending": _("the bank will know later"),
    "unknown": _("not known yet"),
    "opened": _("open"),
    "won": _("won"),
    "lost": _("lost"),
}


@register.filter
def say_state(state: str) -> str:
    """Where a subscription, a term, a charge, a refund or a dispute stands."""
    return str(STATES.get(state, state))


@register.filter
def words(name: str) -> str:
    """``cancel_subscription`` → cancel subscription."""
    return name.replace("_", " ")


@register.filter
def say_detail(detail: dict[str, Any]) -> str:
    """What an audit row says besides, in one line."""
    told = (f"{words(name)} {value}" for name, value in detail.items() if value not in ("", None))
    return ", ".join(told)


@register.filter
def money(amount: Money | int, currency: str = "") -> str:
    """``{{ card.price|money }}`` or ``{{ minor|money:"INR" }}``."""
    if isinstance(amount, Money):
        return format_money(amount.minor, amount.currency)
    return format_money(amount, currency)


@register.filter
def rhythm(length: TermLength) -> str:
    """How often a term of this length is charged."""
    return say_rhythm(length)


@register.filter
def introduction(offer: Offer) -> str:
    """How an offer begins, if it begins lower."""
    return say_introduction(offer)
