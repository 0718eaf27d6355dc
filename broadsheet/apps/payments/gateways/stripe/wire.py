"""Stripe's own library, held to our rules: our transport, our limits of time, no retries, no logs.

The library tells no lost answer from one that was never asked for; our transport does, and what it
raises comes through. Needs the extra ``stripe``; imported only where Stripe is spoken to.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import stripe

from broadsheet.apps.payments.gateways.stripe.states import Refused, Thing
from broadsheet.plumbing.outbound import NoAnswer, NotSent, call

CONFLICT, BUSY, SERVER_ERROR = 409, 429, 500
NOT_LET_IN = frozenset({401, 403})
WHOLE_SECONDS = 14.0
"""For all requests of one call of ours; with a last one under way it stays under 20."""
SHORTEST_SECONDS = 0.5
PAGE = 100
MOST_PAGES = 50

# At INFO the library writes every address, at DEBUG whole bodies: both hold what no log should.
logging.getLogger("stripe").setLevel(logging.WARNING)
stripe.enable_telemetry = False


class TooMany(NoAnswer):
    """More was found than one call may look through."""


class _Transport(stripe.HTTPClient):
    """The library's requests, over our own pool."""

    name = "broadsheet"

    def __init__(self, answer_seconds: float, deadline: float) -> None:
        super().__init__()
        self._answer_seconds = answer_seconds
        self._deadline = deadline

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        **_: Any,
    ) -> tuple[str, int, Mapping[str, str]]:
        left = self._deadline - time.monotonic()
        if left < SHORTEST_SECONDS:
            raise NoAnswer(f"{method}: no time left")
        body = post_data.encode() if isinstance(post_data, str) else post_data
        reply = call(
            method.upper(),
            url,
            headers=headers,
            body=body,
            answer_seconds=min(self._answer_seconds, left),
            whole_seconds=left,
        )
        return reply.body.decode(errors="replace"), reply.status, reply.headers

    def close(self) -> None:
        """The pool is shared and closes with the process."""


class Wire:
    """One conversation with Stripe: some requests that belong together, within 14 seconds.

    Each verb raises ``NotSent``, ``NoAnswer`` or ``Refused``. Objects come as plain dictionaries.
    """

    def __init__(self, *, key: str, address: str, answer_seconds: float) -> None:
        self._client = stripe.StripeClient(
            key,
            base_addresses={"api": address} if address else None,
            http_client=_Transport(answer_seconds, time.monotonic() + WHOLE_SECONDS),
            max_network_retries=0,
        )

    def ask(self, do: Callable[[Any], Any]) -> Thing:
        """What ``do`` brings back from the library's ``v1`` services."""
        try:
            thing: Thing = do(self._client.v1).to_dict()
        except stripe.StripeError as error:
            raise _understand(error) from error
        return thing

    def find(self, do: Callable[[Any], Any]) -> Thing | None:
        """As ``ask``, but ``None`` where Stripe says that there is no such thing."""
        try:
            return self.ask(do)
        except Refused as refused:
            if refused.error.get("code") == "resource_missing":
                return None
            raise

    def walk(self, do: Callable[[Any, Thing], Any], asked: Thing) -> Iterator[Thing]:
        """A list from its newest on, page by page. Raises ``TooMany`` after 5,000."""
        after: Thing = {}
        for _ in range(MOST_PAGES):
            page = self.ask(partial(_list, do, {"limit": PAGE, **asked, **after}))
            yield from page["data"]
            if not page["has_more"]:
                return
            after = {"starting_after": page["data"][-1]["id"]}
        raise TooMany("Stripe has more than can be looked through in one go.")


def _list(do: Callable[[Any, Thing], Any], asked: Thing, v1: Any) -> Any:
    return do(v1, asked)


def _understand(error: stripe.StripeError) -> NotSent | NoAnswer | Refused:
    """What an error of the library's says about our request."""
    status, body = error.http_status or 0, error.json_body
    said = body.get("error") if isinstance(body, dict) else None
    if status == 0:
        return NotSent(f"Stripe's library would not send it: {type(error).__name__}")
    if status == BUSY or status in NOT_LET_IN:
        return NotSent(f"Stripe answered {status}.")
    if status == CONFLICT or status >= SERVER_ERROR or not isinstance(said, dict):
        return NoAnswer(f"Stripe answered {status}.")
    return Refused(status, said)
