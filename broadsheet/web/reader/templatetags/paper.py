"""Template doors: ``{% load paper %}``."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django import template

from broadsheet.plumbing import formatting

register = template.Library()


@register.filter
def money(minor: int, currency: str) -> str:
    """``{{ price.amount|money:price.currency }}`` → ₹2,700."""
    return formatting.format_money(minor, currency)


@register.filter
def number(value: float | Decimal, places: int | None = None) -> str:
    return formatting.format_number(value, places)


@register.filter
def day(value: date | datetime | None, style: str = "long") -> str:
    """``{{ story.published_at|day:"full" }}`` → Monday 23 November 2026."""
    return formatting.format_date(value, style) if value else ""


@register.filter
def clock(value: datetime | None) -> str:
    """``{{ story.published_at|clock }}`` → 9.40am."""
    return formatting.format_time(value) if value else ""


@register.filter
def iso(value: date | datetime | None) -> str:
    """The machine's form, for ``<time datetime>``."""
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else str(value or "")
