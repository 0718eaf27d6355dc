"""Razorpay's wire, as far as we speak it: JSON in and out, under ``/razorpay/v1/``.

Basic authentication: any key id beginning with ``rzp_test_`` and the merchant's key. An order with
``unique_receipt`` and a receipt used before is the order that bears it; an order is paid once; a
refund under an ``X-Refund-Idempotency`` is given once. Payments have no key at all. Sources of
these rules: Razorpay's API reference, ``Orders``, ``Recurring payments``, ``Refunds``. What only a
stand-in has (its clock, late answers, disputes, the webhook's address) stands under
``/razorpay/stand-in/``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

from broadsheet.bank import razorpay_deeds as deeds
from broadsheet.bank import razorpay_links as links
from broadsheet.bank.book import Book
from broadsheet.bank.faults import Fault, FaultyAnswer, with_faults
from broadsheet.bank.messages import Request, Response, json_text_response
from broadsheet.bank.razorpay_fields import Fields, read_body
from broadsheet.bank.razorpay_shelf import Refusal, Shelf, Thing, shown

SHORTEST_KEY = 10
MOST_QUERY_FIELDS = 20


@dataclass(frozen=True, slots=True)
class Call:
    """One request to one route: what it names, what it says, and what goes wrong inside it."""

    names: tuple[str, ...]
    fields: Fields
    key: str = ""
    """The refund's idempotency key."""
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class RazorpayWire:
    """The routes. ``wait`` sleeps unless the server is ending."""

    book: Book
    bearer: str
    public_path: str
    wait: Callable[[float], None]

    @property
    def shelf(self) -> Shelf:
        return Shelf(self.book)

    def answer(self, request: Request) -> Response:
        """Route one request under ``/razorpay/``."""
        if not self._is_merchant(request.header("Authorization")):
            refusal = Refusal("Authentication failed", reason="NA", source="NA", step="NA")
            return _say(401, {"error": refusal.error})
        try:
            return self._route(request)
        except Refusal as refusal:
            return _say(refusal.status, {"error": refusal.error})
        except FaultyAnswer as fault:
            return _say(fault.status, {"error": _trouble(fault.status)})

    def _is_merchant(self, header: str) -> bool:
        try:
            said = base64.b64decode(header.removeprefix("Basic "), validate=True)
        except (binascii.Error, ValueError):
            return False
        name, _, secret = said.partition(b":")
        right = hmac.compare_digest(secret, self.bearer.encode())
        return right and name.startswith(b"rzp_test_") and header.startswith("Basic ")

    def _route(self, request: Request) -> Response:
        links.ripen(self.shelf)
        for method, path, deed, handle in _ROUTES:
            match = path.fullmatch(request.path.removeprefix("/razorpay"))
            if match and method == request.method:
                asked = _read_query if method in {"GET", "DELETE"} else read_body
                key = request.header("X-Refund-Idempotency")
                call = Call(match.groups(), asked(request), key)
                return with_faults(self.book, deed, partial(self._do, handle, call), wait=self.wait)
        raise Refusal("The requested URL was not found on the server.", status=404)

    def _do(self, handle: _Handler, call: Call, fault: Fault | None) -> Response:
        with self.book.writing():
            return _say(200, handle(self, replace(call, fault=fault)))

    # -- customers and tokens --------------------------------------------------------------

    def add_customer(self, call: Call) -> Thing:
        fields = call.fields
        said = {name: fields.text(name, blank=True) or None for name in _CUSTOMER}
        return shown(deeds.find_or_add_customer(self.shelf, said))

    def get_customer(self, call: Call) -> Thing:
        return shown(self.shelf.get(call.names[0], "customer"))

    def list_tokens(self, call: Call) -> Thing:
        held = self.shelf.list_things("token", call.fields.slice(), owner=call.names[0])
        return _collection(held)

    def get_token(self, call: Call) -> Thing:
        return shown(deeds.get_token(self.shelf, *call.names))

    def cancel_token(self, call: Call) -> Thing:
        """UPI: the mandate is to be ended at the payer's bank, which here is quick."""
        token = deeds.get_token(self.shelf, *call.names)
        if token["method"] != "upi":
            raise Refusal("Only UPI tokens can be cancelled.")
        deeds.cancel_token(self.shelf, token)
        return {"status": "cancellation_initiated"}

    def delete_token(self, call: Call) -> Thing:
        token = deeds.get_token(self.shelf, *call.names)
        if token["recurring_details"]["status"] != "cancelled":
            deeds.cancel_token(self.shelf, token)
        self.shelf.save(token, owner="")
        return {"deleted": True}

    # -- links ---------------------------------------------------------------------------------

    def open_registration_link(self, call: Call) -> Thing:
        fields = call.fields
        asked = fields.inner("subscription_registration")
        method = asked.text("method")
        if method not in {"card", "upi"} or fields.text("type") != "link":
            raise Refusal("The method must be card or upi, the type link.", field="method")
        link = links.open_registration_link(
            self.shelf,
            public_path=self.public_path,
            receipt=fields.receipt(),
            customer=dict(fields.inner("customer").said),
            amount=fields.amount(),
            currency=fields.currency(),
            description=fields.text("description", most=2048),
            expire_by=fields.moment("expire_by"),
            notes=fields.notes(),
            registration={
                "method": method,
                "max_amount": asked.amount("max_amount"),
                "expire_at": asked.moment("expire_at"),
                "frequency": asked.text("frequency", blank=True) or "as_presented",
            },
            back=fields.url("callback_url"),
        )
        return shown(link)

    def open_payment_link(self, call: Call) -> Thing:
        fields = call.fields
        if fields.url("callback_url") and fields.text("callback_method", blank=True) != "get":
            raise Refusal("callback_method must be get when callback_url is given.")
        link = links.open_payment_link(
            self.shelf,
            public_path=self.public_path,
            receipt=fields.receipt("reference_id"),
            customer=dict(fields.inner("customer").said),
            amount=fields.amount(),
            currency=fields.currency(),
            description=fields.text("description", most=2048, blank=True),
            expire_by=fields.moment("expire_by"),
            notes=fields.notes(),
            back=fields.url("callback_url"),
        )
        return shown(link)

    def get_invoice(self, call: Call) -> Thing:
        return shown(self.shelf.get(call.names[0], "invoice"))

    def list_invoices(self, call: Call) -> Thing:
        receipt = call.fields.receipt()
        columns = {"receipt": receipt} if receipt else {}
        return _collection(self.shelf.list_things("invoice", call.fields.slice(), **columns))

    def get_payment_link(self, call: Call) -> Thing:
        return shown(self.shelf.get(call.names[0], "payment_link"))

    def list_payment_links(self, call: Call) -> Thing:
        receipt = call.fields.receipt("reference_id")
        columns = {"receipt": receipt} if receipt else {}
        held = self.shelf.list_things("payment_link", call.fields.slice(), **columns)
        return {"payment_links": [shown(one) for one in held]}

    def cancel_link(self, call: Call) -> Thing:
        link = self.shelf.get(call.names[0], *links.LINK_KINDS)
        return shown(links.close_link(self.shelf, link, status="cancelled"))

    # -- orders and payments -----------------------------------------------------------------------

    def place_order(self, call: Call) -> Thing:
        fields = call.fields
        order = deeds.place_order(
            self.shelf,
            unique=fields.flag("unique_receipt"),
            amount=fields.amount(),
            currency=fields.currency(),
            receipt=fields.receipt(),
            notes=fields.notes(),
            capture=fields.flag("payment_capture"),
        )
        return shown(order)

    def get_order(self, call: Call) -> Thing:
        return shown(self.shelf.get(call.names[0], "order"))

    def list_orders(self, call: Call) -> Thing:
        receipt = call.fields.receipt()
        columns = {"receipt": receipt} if receipt else {}
        return _collection(self.shelf.list_things("order", call.fields.slice(), **columns))

    def list_order_payments(self, call: Call) -> Thing:
        order = self.shelf.get(call.names[0], "order")
        return _collection(
            self.shelf.list_things("payment", call.fields.slice(), parent=order["id"])
        )

    def debit(self, call: Call) -> Thing:
        fields, fault = call.fields, call.fault
        order = self.shelf.get(fields.text("order_id"), "order")
        customer = self.shelf.get(fields.text("customer_id"), "customer")
        token = deeds.get_token(self.shelf, customer["id"], fields.text("token"))
        if not fields.flag("recurring") or fields.amount() != order["amount"]:
            raise Refusal("Amount and recurring must be as in the order.", field="amount")
        payment = deeds.debit(
            self.shelf,
            order=order,
            token=token,
            customer=customer["id"],
            email=fields.text("email"),
            contact=fields.text("contact"),
            description=fields.text("description", blank=True),
            notes=fields.notes(),
            decline_for=fault.reason if fault and fault.kind == "decline" else "",
            pend=bool(fault and fault.kind == "pend"),
        )
        names = {"payment_id": payment["id"], "order_id": order["id"]}
        if payment["status"] == "failed":
            # The failed attempt stays in the book: the error is an answer, not a refusal.
            error = Refusal(payment["error_description"], metadata=names).error
            said = {name: payment[f"error_{name}"] for name in ("code", "source", "step", "reason")}
            return {"_status": 400, "error": {**error, **said}}
        signed = hmac.new(
            self.bearer.encode(), f"{order['id']}|{payment['id']}".encode(), hashlib.sha256
        ).hexdigest()
        return {
            **{f"razorpay_{name}": value for name, value in names.items()},
            "razorpay_signature": signed,
        }

    def get_payment(self, call: Call) -> Thing:
        return shown(self.shelf.get(call.names[0], "payment"))

    def list_payments(self, call: Call) -> Thing:
        return _collection(self.shelf.list_things("payment", call.fields.slice()))

    def capture(self, call: Call) -> Thing:
        payment = self.shelf.get(call.names[0], "payment")
        if call.fields.amount() != payment["amount"]:
            raise Refusal("Capture amount must be equal to the amount authorized", field="amount")
        payment = deeds.capture_authorized(self.shelf, payment)
        links.settle_link(self.shelf, payment)
        return shown(payment)

    # -- refunds and disputes ------------------------------------------------------------------------

    def give_refund(self, call: Call) -> Thing:
        if call.key and len(call.key) < SHORTEST_KEY:
            raise Refusal("The idempotency key must have at least 10 characters.")
        asked = json.dumps([call.names, dict(call.fields.said)], sort_keys=True)
        with self.book.reading() as db:
            kept = db.execute("SELECT * FROM razorpay_answer WHERE key = ?", (call.key,)).fetchone()
        if kept is not None:
            if kept["request"] != asked:
                raise Refusal("Different request body for the same idempotency key.")
            again: Thing = json.loads(kept["body"])
            return again
        state = {"decline": "failed", "pend": "pending"}
        refund = deeds.give_refund(
            self.shelf,
            self.shelf.get(call.names[0], "payment"),
            amount=call.fields.amount_or_none(),
            receipt=call.fields.receipt(),
            notes=call.fields.notes(),
            status=state.get(call.fault.kind if call.fault else "", "processed"),
        )
        if call.key:
            body = json.dumps(shown(refund))
            self.book.insert("razorpay_answer", key=call.key, request=asked, body=body)
        return shown(refund)

    def get_refund(self, call: Call) -> Thing:
        return shown(self.shelf.get(call.names[0], "refund"))

    def list_refunds(self, call: Call) -> Thing:
        return _collection(self.shelf.list_things("refund", call.fields.slice()))

    def list_refunds_of(self, call: Call) -> Thing:
        payment = self.shelf.get(call.names[0], "payment")
        return _collection(
            self.shelf.list_things("refund", call.fields.slice(), parent=payment["id"])
        )

    def get_dispute(self, call: Call) -> Thing:
        return shown(self.shelf.get(call.names[0], "dispute"))

    def list_disputes(self, call: Call) -> Thing:
        return _collection(self.shelf.list_things("dispute", call.fields.slice()))

    # -- what only a stand-in has ---------------------------------------------------------------------

    def move_clock(self, call: Call) -> Thing:
        """Put Razorpay's clock ahead by ``advance`` seconds; what ripens by then, ripens."""
        self.shelf.put_clock_ahead(call.fields.moment("advance") or 0)
        links.ripen(self.shelf)
        return {"now": self.shelf.now()}

    def settle(self, call: Call) -> Thing:
        """Give a payment or refund that waits its end: ``name``, ``succeeded``, ``reason``."""
        name, succeeded = call.fields.text("name"), call.fields.flag("succeeded")
        if name.startswith("rfnd_"):
            refund = self.shelf.get(name, "refund")
            return shown(deeds.settle_refund(self.shelf, refund, succeeded=succeeded))
        reason = call.fields.text("reason", blank=True) or "payment_declined"
        payment = self.shelf.get(name, "payment")
        return shown(links.settle(self.shelf, payment, reason="" if succeeded else reason))

    def cancel_in_app(self, call: Call) -> Thing:
        """The holder withdraws a mandate in the UPI app or at the card's bank."""
        return shown(deeds.cancel_token(self.shelf, self.shelf.get(call.names[0], "token")))

    def open_dispute(self, call: Call) -> Thing:
        dispute = deeds.open_dispute(
            self.shelf,
            self.shelf.get(call.fields.text("payment_id"), "payment"),
            phase=call.fields.text("phase", blank=True) or "chargeback",
            reason=call.fields.text("reason", blank=True) or "chargeback",
        )
        return shown(dispute)

    def close_dispute(self, call: Call) -> Thing:
        status = call.fields.text("status")
        if status not in {"won", "lost", "closed"}:
            raise Refusal("status must be won, lost or closed.")
        dispute = self.shelf.get(call.names[0], "dispute")
        return shown(deeds.close_dispute(self.shelf, dispute, status=status))

    def point_webhook(self, call: Call) -> Thing:
        """Where to tell what happens; at Razorpay the dashboard says so."""
        url, secret = call.fields.url("url"), call.fields.text("secret")
        return shown(self.shelf.add("webhook", {"url": url, "_secret": secret}))


def _trouble(status: int) -> dict[str, Any]:
    busy = status == 429  # noqa: PLR2004
    says = "Request failed" if busy else "We are facing some trouble completing your request."
    code = "BAD_REQUEST_ERROR" if busy else "SERVER_ERROR"
    return Refusal(says, code=code, source="NA", step="NA", reason="NA").error


def _read_query(request: Request) -> Fields:
    pairs = parse_qsl(
        str(request.environ.get("QUERY_STRING", "")), max_num_fields=MOST_QUERY_FIELDS
    )
    return Fields(dict(pairs))


def _collection(things: list[Thing]) -> Thing:
    return {"entity": "collection", "count": len(things), "items": [shown(one) for one in things]}


def _say(status: int, what: dict[str, Any]) -> Response:
    status = what.get("_status", status)
    return json_text_response(status, json.dumps(shown(what)))


_CUSTOMER = ("name", "email", "contact")
_Handler = Callable[[RazorpayWire, Call], Thing]
_ONE_OF_A_CUSTOMER = r"/v1/customers/(\w+)/tokens/(\w+)"
_ROUTES: tuple[tuple[str, re.Pattern[str], str, _Handler], ...] = tuple(
    (method, re.compile(path), deed, handle)
    for method, path, deed, handle in (
        ("POST", r"/v1/customers", "customer", RazorpayWire.add_customer),
        ("GET", r"/v1/customers/(\w+)", "lookup", RazorpayWire.get_customer),
        ("GET", r"/v1/customers/(\w+)/tokens", "lookup", RazorpayWire.list_tokens),
        ("GET", _ONE_OF_A_CUSTOMER, "lookup", RazorpayWire.get_token),
        ("PUT", _ONE_OF_A_CUSTOMER + "/cancel", "revoke", RazorpayWire.cancel_token),
        ("DELETE", _ONE_OF_A_CUSTOMER, "revoke", RazorpayWire.delete_token),
        (
            "POST",
            r"/v1/subscription_registration/auth_links",
            "checkout",
            RazorpayWire.open_registration_link,
        ),
        ("POST", r"/v1/payment_links/?", "checkout", RazorpayWire.open_payment_link),
        ("GET", r"/v1/invoices", "lookup", RazorpayWire.list_invoices),
        ("GET", r"/v1/invoices/(\w+)", "lookup", RazorpayWire.get_invoice),
        ("GET", r"/v1/payment_links/?", "lookup", RazorpayWire.list_payment_links),
        ("GET", r"/v1/payment_links/(\w+)", "lookup", RazorpayWire.get_payment_link),
        (
            "POST",
            r"/v1/(?:invoices|payment_links)/(\w+)/cancel",
            "cancel",
            RazorpayWire.cancel_link,
        ),
        ("POST", r"/v1/orders", "order", RazorpayWire.place_order),
        ("GET", r"/v1/orders", "lookup", RazorpayWire.list_orders),
        ("GET", r"/v1/orders/(\w+)", "lookup", RazorpayWire.get_order),
        ("GET", r"/v1/orders/(\w+)/payments", "lookup", RazorpayWire.list_order_payments),
        ("POST", r"/v1/payments/create/recurring", "charge", RazorpayWire.debit),
        ("GET", r"/v1/payments", "lookup", RazorpayWire.list_payments),
        ("GET", r"/v1/payments/(\w+)", "lookup", RazorpayWire.get_payment),
        ("POST", r"/v1/payments/(\w+)/capture", "capture", RazorpayWire.capture),
        ("POST", r"/v1/payments/(\w+)/refund", "refund", RazorpayWire.give_refund),
        ("GET", r"/v1/payments/(\w+)/refunds", "lookup", RazorpayWire.list_refunds_of),
        ("GET", r"/v1/refunds", "lookup", RazorpayWire.list_refunds),
        ("GET", r"/v1/refunds/(\w+)", "lookup", RazorpayWire.get_refund),
        ("GET", r"/v1/disputes", "lookup", RazorpayWire.list_disputes),
        ("GET", r"/v1/disputes/(\w+)", "lookup", RazorpayWire.get_dispute),
        ("POST", r"/stand-in/clock", "clock", RazorpayWire.move_clock),
        ("POST", r"/stand-in/settle", "settle", RazorpayWire.settle),
        ("POST", r"/stand-in/tokens/(\w+)/cancel", "settle", RazorpayWire.cancel_in_app),
        ("POST", r"/stand-in/disputes", "dispute", RazorpayWire.open_dispute),
        ("POST", r"/stand-in/disputes/(\w+)/close", "dispute", RazorpayWire.close_dispute),
        ("POST", r"/stand-in/webhook", "endpoint", RazorpayWire.point_webhook),
    )
)
