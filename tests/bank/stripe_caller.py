"""Speaks to the Stripe stand-in inside the process, as its wire would be spoken to."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from broadsheet.bank.book import Book
from broadsheet.bank.messages import Request, Response
from broadsheet.bank.stripe_pages import StripePages
from broadsheet.bank.wire_stripe import StripeWire

PAYS, ASKS, LATE = "4242424242424242", "4000002500003155", "4000000000007726"
INDIAN, DECLINED, GONE_LATER = "4000003560000008", "4000000000000002", "4000000000000341"


def flatten(said: dict[str, Any], under: str = "") -> list[tuple[str, str]]:
    """``{"a": {"b": 1}}`` → ``[("a[b]", "1")]``, as Stripe's forms are written."""
    pairs: list[tuple[str, str]] = []
    for name, value in said.items():
        whole = f"{under}[{name}]" if under else str(name)
        inner = dict(enumerate(value)) if isinstance(value, list) else value
        if isinstance(inner, dict):
            pairs += flatten(inner, whole)
        else:
            pairs.append((whole, str(value).lower() if isinstance(value, bool) else str(value)))
    return pairs


def request(method: str, path: str, form: list[tuple[str, str]], **headers: str) -> Request:
    text = urlencode(form)
    body = text.encode() if method == "POST" else b""
    return Request(
        {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": text if method == "GET" else "",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
            **{f"HTTP_{name.upper()}": value for name, value in headers.items()},
        }
    )


@dataclass
class StripeCaller:
    wire: StripeWire
    pages: StripePages

    def call(
        self, method: str, path: str, said: dict[str, Any] | None = None, *, key: str = ""
    ) -> tuple[int, Any]:
        reply = self.reply(method, path, said, key=key)
        return reply.status, json.loads(reply.body)

    def reply(
        self, method: str, path: str, said: dict[str, Any] | None = None, *, key: str = ""
    ) -> Response:
        headers = {"authorization": f"Bearer sk_test_{self.wire.bearer}", "idempotency_key": key}
        return self.wire.answer(request(method, f"/stripe{path}", flatten(said or {}), **headers))

    def post(self, path: str, said: dict[str, Any] | None = None, *, key: str = "") -> Any:
        status, answer = self.call("POST", path, said, key=key)
        assert status == 200, answer
        return answer

    def get(self, path: str, said: dict[str, Any] | None = None) -> Any:
        status, answer = self.call("GET", path, said)
        assert status == 200, answer
        return answer

    def refuse(self, path: str, said: dict[str, Any] | None = None, *, key: str = "") -> Any:
        """The error that a POST gets, with its status."""
        status, answer = self.call("POST", path, said, key=key)
        assert status >= 400, answer
        return {"status": status, **answer["error"]}

    def open_session(self, **changes: Any) -> Any:
        said = {
            "mode": "payment",
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": "inr",
                        "unit_amount": 90_000,
                        "product_data": {"name": "Smart Quarterly"},
                    },
                }
            ],
            "success_url": "http://paper.example/subscribe/checkout/1/",
            "cancel_url": "http://paper.example/subscribe/checkout/1/",
            "client_reference_id": "bs-1",
            "customer_creation": "always",
            "payment_intent_data": {
                "metadata": {"broadsheet_key": "bs-1"},
                "setup_future_usage": "off_session",
            },
            **changes,
        }
        return self.post("/v1/checkout/sessions", said)

    def session(self, name: str) -> Any:
        return self.get(f"/v1/checkout/sessions/{name}", {"expand": ["payment_intent"]})

    def browse(self, method: str, page: str, **typed: str) -> Response:
        return self.pages.answer(request(method, page, list(typed.items())))

    def pay(self, page: str, number: str) -> Response:
        return self.browse("POST", page, number=number, expiry="12 / 34", cvc="123")

    def subscribe(self, number: str = PAYS) -> Any:
        """A session paid with a card that may be charged later, expanded."""
        session = self.open_session()
        if self.pay(session["url"], number).headers[0][1].endswith("/ask/"):
            self.browse("POST", session["url"] + "ask/", answer="confirm")
        paid = self.session(session["id"])
        assert paid["payment_status"] == "paid", paid
        return paid

    def renew(self, session: Any, *, key: str = "", **more: Any) -> tuple[int, Any]:
        intent = session["payment_intent"]
        said = {
            "amount": 90_000,
            "currency": "inr",
            "customer": session["customer"],
            "payment_method": intent["payment_method"],
            "off_session": True,
            "confirm": True,
            **more,
        }
        return self.call("POST", "/v1/payment_intents", said, key=key)

    def count(self, kind: str, **where: object) -> int:
        with self.wire.book.reading() as db:
            rows = db.execute("SELECT body FROM stripe_object WHERE kind = ?", (kind,)).fetchall()
        found = [json.loads(row["body"]) for row in rows]
        return sum(all(one[name] == value for name, value in where.items()) for one in found)

    def events(self) -> list[str]:
        """The kinds of what happened, in order."""
        found = self.get("/v1/events", {"limit": 100})["data"]
        return [event["type"] for event in reversed(found)]


def open_caller(book: Book, wait: Callable[[float], None]) -> StripeCaller:
    """A stand-in on ``book`` whose key is ``sk_test_secret``."""
    wire = StripeWire(book=book, bearer="secret", public_path="/bank", wait=wait)
    return StripeCaller(wire, StripePages(book, "/bank", ("https://told.example",), wait))
