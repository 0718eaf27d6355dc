"""Fields of a request's JSON body, checked. Each raises ``Refused`` with a sentence for people."""

from __future__ import annotations

import re
from typing import Any

from broadsheet.bank import deeds
from broadsheet.bank.messages import BadRequest, Request

MOST_AMOUNT = 10**13
_CURRENCY = re.compile(r"[A-Z]{3}")
_LONE = re.compile("[\ud800-\udfff]")


def json_object(request: Request) -> dict[str, Any]:
    """The body, which must be one JSON object. Raises ``BadRequest``."""
    body = request.json()
    if not isinstance(body, dict):
        raise BadRequest("The body must be a JSON object.")
    return body


def amount(body: dict[str, Any], name: str) -> int:
    value = body.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= MOST_AMOUNT:
        raise deeds.Refused("bad_field", f"{name} must be a whole number of minor units above 0.")
    return value


def currency(body: dict[str, Any]) -> str:
    value = body.get("currency")
    if not isinstance(value, str) or not _CURRENCY.fullmatch(value):
        raise deeds.Refused("bad_field", "currency must be a code of three capitals, such as INR.")
    return value


def text(body: dict[str, Any], name: str, *, most: int, blank: bool = False) -> str:
    value = body.get(name, "" if blank else None)
    sound = isinstance(value, str) and len(value) <= most and not _LONE.search(value)
    if not isinstance(value, str) or not sound or not (value.strip() or blank):
        raise deeds.Refused("bad_field", f"{name} must be a text of 1 to {most} characters.")
    return value


def flag(body: dict[str, Any], name: str) -> bool:
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise deeds.Refused("bad_field", f"{name} must be true or false.")
    return value


def seconds(body: dict[str, Any], name: str, *, default: float, most: float) -> float:
    value = body.get(name, default)
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= most:
        raise deeds.Refused("bad_field", f"{name} must be a number of seconds from 0 to {most}.")
    return float(value)
