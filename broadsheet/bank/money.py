"""How the bank writes an amount on its page."""

from __future__ import annotations

_SIGNS = {"INR": "₹", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
_DIGITS = {"JPY": 0, "KRW": 0, "VND": 0, "BHD": 3, "KWD": 3, "OMR": 3, "TND": 3}


def write_amount(minor: int, currency: str) -> str:
    """``270000, "INR"`` → ``₹2,700.00``; rupees are grouped by lakh and crore."""
    digits = _DIGITS.get(currency, 2)
    whole, part = divmod(minor, 10**digits)
    grouped = _by_lakh(str(whole)) if currency == "INR" else f"{whole:,}"
    sign = _SIGNS.get(currency, currency + "\u00a0")
    return f"{sign}{grouped}" + (f".{part:0{digits}}" if digits else "")


def _by_lakh(whole: str) -> str:
    head, tail = whole[:-3], whole[-3:]
    groups = [tail]
    while head:
        head, group = head[:-2], head[-2:]
        groups.insert(0, group)
    return ",".join(groups)
