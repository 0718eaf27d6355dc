"""Fields of a Razorpay request, checked. Each raises ``Refusal`` in Razorpay's words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from broadsheet.bank.messages import BadRequest, Request
from broadsheet.bank.razorpay_shelf import Refusal, Slice, Thing

LEAST_AMOUNT = 100
"""One rupee."""
MOST_AMOUNT = 10**11
MOST_NOTES = 15
LONGEST_RECEIPT = 40
LONGEST_NOTE = 256
MOST_LISTED = 100
_URL = re.compile(r"https?://[\x21-\x7e]{1,2000}")
_COUNT = re.compile(r"[0-9]{1,12}")


@dataclass(frozen=True, slots=True)
class Fields:
    """One JSON object of a request, or its query."""

    said: Mapping[str, Any]

    def inner(self, name: str) -> Fields:
        value = self.said.get(name, {})
        if not isinstance(value, dict):
            raise _wrong(name, "must be an object.")
        return Fields(value)

    def text(self, name: str, *, most: int = 255, blank: bool = False) -> str:
        value = self.said.get(name, "")
        if not isinstance(value, str) or len(value) > most or not (value or blank):
            raise _wrong(name, f"must be a text of at most {most} characters.")
        return value

    def amount(self, name: str = "amount") -> int:
        value = self._number(name)
        if value is None or not LEAST_AMOUNT <= value <= MOST_AMOUNT:
            raise _wrong(name, "must be at least INR 1.00")
        return value

    def amount_or_none(self) -> int | None:
        return None if self.said.get("amount") is None else self.amount()

    def moment(self, name: str) -> int | None:
        return self._number(name)

    def flag(self, name: str) -> bool:
        return str(self.said.get(name, "")).lower() in {"1", "true"}

    def currency(self) -> str:
        if self.said.get("currency") != "INR":
            raise _wrong("currency", "must be INR at this stand-in.")
        return "INR"

    def receipt(self, name: str = "receipt") -> str:
        return self.text(name, most=LONGEST_RECEIPT, blank=True)

    def notes(self) -> Thing:
        notes = self.said.get("notes") or {}
        sound = isinstance(notes, dict) and len(notes) <= MOST_NOTES
        if not sound or not all(
            isinstance(value, str) and len(value) <= LONGEST_NOTE for value in notes.values()
        ):
            raise _wrong("notes", "may hold at most 15 texts of 256 characters.")
        return dict(notes)

    def url(self, name: str) -> str:
        url = self.text(name, most=2000, blank=True)
        if url and not _URL.fullmatch(url):
            raise _wrong(name, "must be a valid URL.")
        return url

    def slice(self) -> Slice:
        count = self._number("count")
        if count is not None and not 1 <= count <= MOST_LISTED:
            raise _wrong("count", "must be between 1 and 100.")
        until = self._number("to")
        return Slice(
            count=count or 10,
            skip=self._number("skip") or 0,
            since=self._number("from") or 0,
            until=2**62 if until is None else until,
        )

    def _number(self, name: str) -> int | None:
        value = self.said.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, str) and _COUNT.fullmatch(value):
            return int(value)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise _wrong(name, "must be an integer.")
        return value


def read_body(request: Request) -> Fields:
    """The JSON object of a request; an empty body says nothing."""
    try:
        body = request.json()
    except BadRequest as bad:
        raise Refusal(str(bad)) from bad
    if body is None:
        body = {}
    if not isinstance(body, dict):
        raise Refusal("The request body must be a JSON object.")
    return Fields(body)


def _wrong(name: str, says: str) -> Refusal:
    return Refusal(f"The {name} {says}", field=name)
