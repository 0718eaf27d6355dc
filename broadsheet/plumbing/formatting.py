"""How figures, amounts, dates and times are written. One door, so that a page never guesses.

Amounts come in minor units with an ISO 4217 code, instants are aware, dates are plain dates. The
locale, and the zone in which an instant is told, are the paper's. Figures group as the locale
does (lakh and crore in India) and a minus is a real minus.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.dates import format_date as babel_date
from babel.dates import format_skeleton
from babel.dates import format_time as babel_time
from babel.numbers import format_currency, format_decimal, get_currency_precision
from django.conf import settings

MINUS = "\u2212"
NO_BREAK = "\u00a0"
_DAY_FIRST = {
    "full": "EEEE d MMMM y",
    "long": "d MMMM y",
    "day": "d MMMM",
    "weekday-day": "EEEE d MMMM",
    "weekday": "EEEE",
    "month": "MMMM y",
}
# Elsewhere the locale's own long forms, or the nearest thing it has.
_NAMED = {"full": "full", "long": "long", "weekday-day": "full"}
_SKELETONS = {"day": "MMMMd", "weekday": "EEEE", "month": "yMMMM"}


def format_money(minor: int, currency: str) -> str:
    """``270000, "INR"`` → ``₹2,700``; the fraction is written only where there is one."""
    places = get_currency_precision(currency)
    amount = Decimal(minor).scaleb(-places)
    whole = amount == amount.to_integral_value()
    shown = abs(amount)
    text: str = format_currency(
        shown.quantize(Decimal(1)) if whole else shown,
        currency,
        locale=_locale(),
        currency_digits=not whole,
        format=_whole_pattern() if whole else None,
    )
    return MINUS + text if amount < 0 else text


def format_number(number: float | Decimal, places: int | None = None) -> str:
    """``2481630`` → ``24,81,630`` in India; ``places`` fixes the decimals."""
    pattern = None
    if places is not None:
        pattern = _number_pattern() + ("." + "0" * places if places else "")
    text: str = format_decimal(number, format=pattern, locale=_locale())
    return text.replace("-", MINUS)


def format_date(day: date | datetime, style: str = "long") -> str:
    """Styles: full, long, day, weekday-day, weekday, month. Raises ``KeyError`` for another."""
    if isinstance(day, datetime):
        day = day.astimezone(settings.PAPER.zone).date()
    locale = _locale()
    if locale.language in {"en", "hi"} and locale.territory != "US":
        written: str = babel_date(day, _DAY_FIRST[style], locale=locale)
        return written
    if style in _NAMED:
        named: str = babel_date(day, _NAMED[style], locale=locale)
        return named
    skeleton: str = format_skeleton(_SKELETONS[style], day, locale=locale)
    return skeleton


def format_time(instant: datetime) -> str:
    """``9.40am``, ``9pm`` in English outside the United States; the locale's short form elsewhere."""
    local = instant.astimezone(settings.PAPER.zone)
    locale = _locale()
    if locale.language == "en" and locale.territory != "US":
        hour = local.hour % 12 or 12
        minutes = f".{local.minute:02d}" if local.minute else ""
        return f"{hour}{minutes}{'am' if local.hour < 12 else 'pm'}"  # noqa: PLR2004
    short: str = babel_time(local.time(), "short", locale=locale)
    return short


@lru_cache(maxsize=8)
def _parse_locale(name: str) -> Locale:
    return Locale.parse(name)


def _locale() -> Locale:
    return _parse_locale(settings.PAPER.locale)


def _whole_pattern() -> str:
    pattern: str = _locale().currency_formats["standard"].pattern
    return pattern.replace(".00", "")


def _number_pattern() -> str:
    pattern: str = _locale().decimal_formats[None].pattern
    return pattern.partition(".")[0]
