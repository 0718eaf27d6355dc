"""Speaks to the Razorpay stand-in inside the process, as its wire would be spoken to."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from broadsheet.bank.book import Book
from broadsheet.bank.messages import Request, Response
from broadsheet.bank.razorpay_pages import RazorpayPages
from broadsheet.bank.wire_razorpay import RazorpayWire

ABROAD, AT_HOME, POOR = "5104015555555558", "4718609108204366", "4718609108200158"
LATE, POOR_LATER, UPI = "4718609108200323", "4718609108200406", "success@razorpay"
BEARER = "secret"
NOTES = {"broadsheet_key": "bs-1"}


def request(method: str, path: str, body: bytes, query: str = "", **headers: str) -> Request:
    return Request(
        {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
            **{f"HTTP_{name.upper()}": value for name, value in headers.items()},
        }
    )


def basic(name: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()


@dataclass
class RazorpayCaller:
    wire: RazorpayWire
    pages: RazorpayPages
    authorization: str = basic("rzp_test_1", BEARER)

    def call(
        self, method: str, path: str, said: dict[str, Any] | None = None, *, key: str = ""
    ) -> tuple[int, Any]:
        asked = said or {}
        body, query = (
            (b"", urlencode(asked)) if method == "GET" else (json.dumps(asked).encode(), "")
        )
        headers = {"authorization": self.authorization, "x_refund_idempotency": key}
        reply = self.wire.answer(request(method, f"/razorpay{path}", body, query, **headers))
        return reply.status, json.loads(reply.body)

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

    def open_registration(self, **changes: Any) -> Any:
        said = {
            "type": "link",
            "amount": 90_000,
            "currency": "INR",
            "description": "Smart Quarterly",
            "receipt": "bs-1",
            "expire_by": int(self.wire.shelf.now()) + 3600,
            "customer": {"name": "reader-12"},
            "notes": NOTES,
            "callback_url": "http://paper.example/subscribe/checkout/1/",
            "callback_method": "get",
            "subscription_registration": {"method": "card", "max_amount": 1_500_000},
            **changes,
        }
        return self.post("/v1/subscription_registration/auth_links", said)

    def open_link(self, **changes: Any) -> Any:
        said = {
            "amount": 90_000,
            "currency": "INR",
            "description": "Smart Quarterly",
            "reference_id": "bs-1",
            "expire_by": int(self.wire.shelf.now()) + 3600,
            "notes": NOTES,
            "callback_url": "http://paper.example/subscribe/checkout/1/",
            "callback_method": "get",
            **changes,
        }
        return self.post("/v1/payment_links", said)

    def browse(self, verb: str, page: str, **typed: str) -> Response:
        return self.pages.answer(request(verb, page, urlencode(typed).encode()))

    def type_in(self, page: str, instrument: str, **more: str) -> Response:
        method = "upi" if "@" in instrument else "card"
        said = {"method": method, "instrument": instrument, "contact": "+919123456780", **more}
        return self.browse("POST", page, **said)

    def confirm(self, page: str, code: str = "") -> Response:
        """Type the code of the message on the bank's page, or another one."""
        text = self.browse("GET", f"{page}ask/").body.decode()
        found = re.search(r"(\d{3}) (\d{3}) is your code", text)
        typed = code or (found[1] + found[2] if found else "1234")
        return self.browse("POST", f"{page}ask/", answer="confirm", code=typed)

    def pay(self, page: str, instrument: str) -> Response:
        reply = self.type_in(page, instrument)
        if place(reply).endswith("/ask/"):
            reply = self.confirm(page)
        return reply

    def subscribe(self, instrument: str = ABROAD) -> Any:
        """The token that a paid registration link left."""
        method = "upi" if "@" in instrument else "card"
        asked = {"method": method, "max_amount": 1_500_000}
        link = self.open_registration(subscription_registration=asked)
        self.pay(link["short_url"], instrument)
        payment = self.payments_of(link)[0]
        return self.get(f"/v1/customers/{payment['customer_id']}/tokens/{payment['token_id']}") | {
            "customer": payment["customer_id"]
        }

    def renew(self, token: Any, *, receipt: str = "bs-2", **more: Any) -> tuple[int, Any]:
        order = self.post(
            "/v1/orders",
            {
                "amount": more.get("amount", 90_000),
                "currency": "INR",
                "receipt": receipt,
                "unique_receipt": True,
                "payment_capture": True,
            },
        )
        said = {
            "email": "reader@example.org",
            "contact": "+919123456780",
            "amount": order["amount"],
            "currency": "INR",
            "order_id": order["id"],
            "customer_id": token["customer"],
            "token": token["id"],
            "recurring": "1",
            **more,
        }
        return self.call("POST", "/v1/payments/create/recurring", said)

    def payments_of(self, link: Any) -> list[Any]:
        found: list[Any] = self.get(f"/v1/orders/{link['order_id']}/payments")["items"]
        return found

    def told(self) -> list[str]:
        """What was told to the merchant, in order."""
        with self.wire.book.reading() as db:
            rows = db.execute(
                "SELECT body FROM webhook_call WHERE company = 'razorpay' ORDER BY id"
            ).fetchall()
        return [json.loads(row["body"])["event"] for row in rows]


def place(reply: Response) -> str:
    """Where a reply sends the browser, if anywhere."""
    return dict(reply.headers).get("Location", "")


def open_caller(book: Book, wait: Callable[[float], None]) -> RazorpayCaller:
    """A stand-in on ``book`` whose merchant's key is ``secret``."""
    wire = RazorpayWire(book=book, bearer=BEARER, public_path="/bank", wait=wait)
    return RazorpayCaller(wire, RazorpayPages(book, "/bank", ("https://told.example",), wait))
