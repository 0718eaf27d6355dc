"""Figures and dates at the desk, through the house's one formatter."""

from __future__ import annotations

from datetime import datetime

from django import template

from broadsheet.plumbing.formatting import format_date, format_number, format_time

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
