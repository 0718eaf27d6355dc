"""Razorpay's API by plain requests: JSON, basic authentication, our limits of time, no retries.

Their own library waits for ever unless told otherwise and prints what goes wrong; it is used in
tests alone, to compare signatures with.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from broadsheet.plumbing.outbound import NoAnswer, NotSent, Reply, call

Thing = dict[str, Any]
HOME = "https://api.razorpay.com"
OK, BUSY, SERVER_ERROR = 200, 429, 500
NOT_LET_IN = frozenset({401, 403})
CONFLICT = 409
WHOLE_SECONDS = 14.0
"""For all requests of one call of ours; with a last one under way it stays under 20."""
SHORTEST_SECONDS = 0.5
PAGE = 100
MOST_PAGES = 50
ABSENT = "does not exist"


class Refused(Exception):  # noqa: N818
    """Razorpay heard the request and will not do it. ``error`` is its own description."""

    def __init__(self, status: int, error: Thing) -> None:
        super().__init__(str(error.get("description") or error.get("code") or status))
        self.status = status
        self.error = error


class TooMany(NoAnswer):
    """More was found than one call may look through."""


@dataclass(slots=True)
class Wire:
    """One conversation: some requests that belong together, within 14 seconds.

    Each verb raises ``NotSent``, ``NoAnswer`` or ``Refused``.
    """

    key_id: str
    key_secret: str = field(repr=False)
    address: str = ""
    answer_seconds: float = 8.0
    deadline: float = field(default_factory=lambda: time.monotonic() + WHOLE_SECONDS)

    def get(self, path: str, **query: object) -> Thing:
        asked = {name: value for name, value in query.items() if value not in {"", None}}
        return self._call("GET", f"{path}?{urlencode(asked)}" if asked else path)

    def post(self, path: str, body: Thing, **headers: str) -> Thing:
        return self._call("POST", path, body, headers)

    def put(self, path: str) -> Thing:
        return self._call("PUT", path, {})

    def delete(self, path: str) -> Thing:
        return self._call("DELETE", path)

    def find(self, path: str) -> Thing | None:
        """As ``get``, but ``None`` where Razorpay says that there is no such thing."""
        try:
            return self.get(path)
        except Refused as refused:
            if is_absent(refused):
                return None
            raise

    def walk(self, path: str, **query: object) -> Iterator[Thing]:
        """A list from its newest on, page by page. Raises ``TooMany`` after 5,000."""
        for page in range(MOST_PAGES):
            found = self.get(path, count=PAGE, skip=page * PAGE or None, **query)
            items = items_of(found)
            yield from items
            if len(items) < PAGE:
                return
        raise TooMany("Razorpay has more than can be looked through in one go.")

    def _call(
        self,
        method: str,
        path: str,
        body: Thing | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Thing:
        left = self.deadline - time.monotonic()
        if left < SHORTEST_SECONDS:
            raise NotSent(f"{method} {path.partition('?')[0]}: no time left to ask")
        reply = call(
            method,
            f"{self.address or HOME}/v1/{path}",
            headers={**self._headers(), **(headers or {})},
            body=None if body is None else json.dumps(body).encode(),
            answer_seconds=min(self.answer_seconds, left),
            whole_seconds=left,
        )
        return _understand(reply)

    def _headers(self) -> dict[str, str]:
        pair = base64.b64encode(f"{self.key_id}:{self.key_secret}".encode()).decode()
        return {"Authorization": f"Basic {pair}", "Content-Type": "application/json"}


def named(text: str) -> str:
    """A name as one part of a path, whatever it holds."""
    return quote(text, safe="") or "-"


def items_of(answer: Thing) -> list[Thing]:
    """The things of a list; payment links name theirs differently."""
    found = answer.get("items", answer.get("payment_links"))
    if not isinstance(found, list):
        raise NoAnswer("A list without its items.")
    return found


def is_absent(refused: Refused) -> bool:
    """Razorpay answers 400 for a name it does not know."""
    said = str(refused.error.get("description") or "")
    return ABSENT in said or "not a valid id" in said


def _understand(reply: Reply) -> Thing:
    """What an answer says about our request."""
    if reply.status in NOT_LET_IN or reply.status == BUSY:
        raise NotSent(f"Razorpay answered {reply.status}.")
    if reply.status == CONFLICT or reply.status >= SERVER_ERROR or reply.status < OK:
        raise NoAnswer(f"Razorpay answered {reply.status}.")
    try:
        said = json.loads(reply.body)
    except (ValueError, RecursionError) as error:
        raise NoAnswer(f"Razorpay answered {reply.status}, not in JSON.") from error
    if not isinstance(said, dict):
        raise NoAnswer(f"Razorpay answered {reply.status}, not with an object.")
    if reply.status == OK:
        return said
    refusal = said.get("error")
    if not isinstance(refusal, dict) or reply.status < 400:  # noqa: PLR2004
        raise NoAnswer(f"Razorpay answered {reply.status}.")
    raise Refused(reply.status, refusal)
