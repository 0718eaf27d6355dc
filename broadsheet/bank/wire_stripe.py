"""Stripe's wire, as far as we speak it: forms in, JSON out, under ``/stripe/v1/``.

The key is ``sk_test_`` and the merchant's key. Under an ``Idempotency-Key`` the first answer is
kept for a day and said again, errors too once the deed had begun; other parameters under that key
are refused (400), and so is a repeat while the first is being worked on (409). Source of these
rules: Stripe's API reference, ``Idempotent requests``. What only a stand-in has (its clock, late
answers, disputes) stands under ``/stripe/stand-in/``.
"""

from __future__ import annotations

import hmac
import json
import re
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from broadsheet.bank import stripe_checkouts as checkouts
from broadsheet.bank import stripe_deeds as deeds
from broadsheet.bank.book import Book
from broadsheet.bank.faults import Fault, FaultyAnswer, with_faults
from broadsheet.bank.messages import Request, Response, json_text_response
from broadsheet.bank.stripe_params import Params, expand, read_form, read_slice
from broadsheet.bank.stripe_shelf import Refusal, Shelf, Thing, shown

KEY_SECONDS = 24 * 3600
LONGEST_KEY = 255
MOST_METADATA = 50
_URL = re.compile(r"https?://[\x21-\x7e]{1,2000}")


@dataclass(frozen=True, slots=True)
class Call:
    """One request to one route: what it names, what it says, and what goes wrong inside it."""

    names: tuple[str, ...]
    params: Params
    fault: Fault | None = None


@dataclass(frozen=True, slots=True)
class StripeWire:
    """The routes. ``wait`` sleeps unless the server is ending."""

    book: Book
    bearer: str
    public_path: str
    wait: Callable[[float], None]
    _busy: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def shelf(self) -> Shelf:
        return Shelf(self.book)

    def answer(self, request: Request) -> Response:
        """Route one request under ``/stripe/``."""
        said = request.header("Authorization")
        if not hmac.compare_digest(said.encode(), f"Bearer sk_test_{self.bearer}".encode()):
            return _say(401, {"error": _error("Invalid API Key provided.")})
        try:
            return self._route(request)
        except Refusal as refusal:
            return _say(refusal.status, {"error": refusal.error})
        except FaultyAnswer as fault:
            kind = "rate_limit" if fault.status == 429 else "fault_script"  # noqa: PLR2004
            return _say(fault.status, {"error": _error(str(fault), type="api_error", code=kind)})

    def _route(self, request: Request) -> Response:
        checkouts.ripen(self.shelf)
        for method, path, deed, handle in _ROUTES:
            match = path.fullmatch(request.path.removeprefix("/stripe"))
            if match and method == request.method:
                call = Call(match.groups(), read_form(request))
                if method == "POST":
                    return self._once(request, deed, call, handle)
                return with_faults(
                    self.book, deed, partial(_read, self, handle, call), wait=self.wait
                )
        raise Refusal(404, f"Unrecognized request URL ({request.method}: {request.path}).")

    def _once(
        self, request: Request, deed: str, call: Call, handle: Callable[[StripeWire, Call], Thing]
    ) -> Response:
        key = request.header("Idempotency-Key")
        if len(key) > LONGEST_KEY:
            raise Refusal(400, "Idempotency-Key is longer than 255 characters.")
        asked = json.dumps([request.path, call.params], sort_keys=True)

        def once(fault: Fault | None) -> Response:
            self._enter(key)
            try:
                if fault is not None and fault.kind == "in_flight":
                    self.wait(fault.seconds)
                return self._do_once(key, asked, Call(call.names, call.params, fault), handle)
            finally:
                with self._lock:
                    self._busy.discard(key)

        return with_faults(self.book, deed, once, wait=self.wait)

    def _enter(self, key: str) -> None:
        """Mark a key as being worked on. Raises ``Refusal`` if it is already."""
        if not key:
            return
        with self._lock:
            if key in self._busy:
                raise Refusal(
                    409,
                    "There is currently another in-progress request using this Idempotent Key.",
                    code="idempotency_key_in_use",
                )
            self._busy.add(key)

    def _do_once(
        self, key: str, asked: str, call: Call, handle: Callable[[StripeWire, Call], Thing]
    ) -> Response:
        with self.book.writing() as db:
            old = self.shelf.now() - KEY_SECONDS
            db.execute("DELETE FROM stripe_answer WHERE at < ?", (old,))
            kept = db.execute("SELECT * FROM stripe_answer WHERE key = ?", (key,)).fetchone()
            if kept is not None:
                if kept["request"] != asked:
                    raise Refusal(
                        400,
                        "Keys for idempotent requests can only be used with the same parameters"
                        " they were first used with.",
                        type="idempotency_error",
                    )
                return _say_text(kept["status"], kept["body"], replayed=True)
            status, said = 200, ""
            try:
                said = json.dumps(handle(self, call))
            except Refusal as refusal:
                if not refusal.kept:
                    raise
                status, said = refusal.status, json.dumps({"error": refusal.error})
            if call.fault is not None and call.fault.kind == "error_kept":
                status, said = 500, json.dumps({"error": _error("Kept.", type="api_error")})
            if key:
                self.book.insert(
                    "stripe_answer",
                    key=key,
                    request=asked,
                    status=status,
                    body=said,
                    at=self.shelf.now(),
                )
        return _say_text(status, said)

    # -- customers and cards ---------------------------------------------------------------

    def add_customer(self, call: Call) -> Thing:
        params = call.params.only("name", "email", "description", "metadata")
        return shown(
            deeds.add_customer(
                self.shelf,
                name=params.text("name", blank=True) or None,
                email=params.text("email", blank=True) or None,
                description=params.text("description", blank=True) or None,
                metadata=_metadata(params),
            )
        )

    def add_payment_method(self, call: Call) -> Thing:
        params = call.params.only("type", "card", "billing_details", "metadata")
        card = params.inner("card")
        return shown(
            deeds.add_payment_method(
                self.shelf,
                number=card.text("number", blank=True) or card.text("token"),
                exp_month=card.number("exp_month", default=12),
                exp_year=card.number("exp_year", default=2034),
            )
        )

    def attach(self, call: Call) -> Thing:
        method = deeds.get_payment_method(self.shelf, call.names[0])
        customer = self.shelf.get(call.params.text("customer"), "customer", param="customer")
        return shown(deeds.attach(self.shelf, method, customer["id"]))

    def detach(self, call: Call) -> Thing:
        return shown(deeds.detach(self.shelf, self.shelf.get(call.names[0], "payment_method")))

    # -- checkout sessions -------------------------------------------------------------------

    def open_session(self, call: Call) -> Thing:
        params = call.params.only(*_SESSION_PARAMS)
        lines = params.inner("line_items")
        if params.text("mode") != "payment" or list(lines.fields) != ["0"]:
            raise Refusal(400, "The stand-in takes mode=payment with one line.", param="mode")
        price = lines.inner("0").inner("price_data")
        intent = params.inner("payment_intent_data").only(
            "description", "metadata", "setup_future_usage"
        )
        for name in ("success_url", "cancel_url"):
            _check_url(params, name)
        session = checkouts.open_session(
            self.shelf,
            public_path=self.public_path,
            expires_at=params.number("expires_at") if "expires_at" in params.fields else None,
            amount_total=price.number("unit_amount", least=1)
            * lines.inner("0").number("quantity", default=1, least=1),
            currency=price.text("currency").lower(),
            cancel_url=params.text("cancel_url", blank=True) or None,
            client_reference_id=params.text("client_reference_id", blank=True) or None,
            customer=params.text("customer", blank=True) or None,
            customer_creation=params.text("customer_creation", blank=True) or "if_required",
            metadata=_metadata(params),
            success_url=params.text("success_url"),
            _intent={
                "description": intent.text("description", blank=True) or None,
                "metadata": _metadata(intent),
                "setup_future_usage": intent.text("setup_future_usage", blank=True) or None,
            },
            _wherefor=price.inner("product_data").text("name"),
        )
        return self._expanded(session, params)

    def expire_session(self, call: Call) -> Thing:
        session = self.shelf.get(call.names[0], "checkout.session")
        return self._expanded(checkouts.expire_session(self.shelf, session), call.params)

    # -- payment intents ---------------------------------------------------------------------

    def add_intent(self, call: Call) -> Thing:
        params = call.params.only(*_INTENT_PARAMS)
        customer = params.text("customer", blank=True)
        if customer:
            self.shelf.get(customer, "customer", param="customer", status=400)
        method = params.text("payment_method", blank=True)
        if method:
            method = deeds.get_payment_method(self.shelf, method)["id"]
        intent = deeds.add_intent(
            self.shelf,
            amount=params.number("amount", least=1),
            currency=params.text("currency").lower(),
            customer=customer or None,
            description=params.text("description", blank=True) or None,
            metadata=_metadata(params),
            payment_method=method or None,
            payment_method_options=params.fields.get("payment_method_options") or {},
            setup_future_usage=params.text("setup_future_usage", blank=True) or None,
        )
        if params.flag("confirm"):
            intent = self._confirm(intent, call)
        return self._expanded(intent, params)

    def confirm_intent(self, call: Call) -> Thing:
        call.params.only(*_INTENT_PARAMS)
        intent = self.shelf.get(call.names[0], "payment_intent")
        return self._expanded(self._confirm(intent, call), call.params)

    def _confirm(self, intent: Thing, call: Call) -> Thing:
        """Try to take the money. Raises a kept ``Refusal`` with the intent when it is declined."""
        named = call.params.text("payment_method", blank=True) or intent["payment_method"]
        if not named:
            raise Refusal(400, "You cannot confirm without a payment method.", kept=True)
        method = (
            self.shelf.get(named, "payment_method")
            if intent["payment_method"]
            else deeds.get_payment_method(self.shelf, named)
        )
        fault = call.fault
        intent = deeds.confirm(
            self.shelf,
            intent,
            method=method,
            off_session=call.params.flag("off_session"),
            mandate=call.params.text("mandate", blank=True),
            decline_for=fault.reason if fault and fault.kind == "decline" else "",
            pend=bool(fault and fault.kind == "pend"),
        )
        error = intent["last_payment_error"]
        if error:
            raise Refusal(402, **{**error, "payment_intent": shown(intent)}, kept=True)
        return intent

    def cancel_intent(self, call: Call) -> Thing:
        intent = self.shelf.get(call.names[0], "payment_intent")
        reason = call.params.text("cancellation_reason", blank=True) or None
        return self._expanded(deeds.cancel(self.shelf, intent, reason=reason), call.params)

    # -- refunds and disputes ------------------------------------------------------------------

    def give_refund(self, call: Call) -> Thing:
        params = call.params.only(
            "amount", "charge", "payment_intent", "metadata", "reason", "expand"
        )
        name = params.text("charge", blank=True)
        if not name:
            intent = self.shelf.get(
                params.text("payment_intent"), "payment_intent", param="payment_intent"
            )
            name = intent["latest_charge"] or ""
        state = {"decline": "failed", "pend": "pending"}
        refund = deeds.give_refund(
            self.shelf,
            self.shelf.get(name, "charge", param="charge"),
            amount=params.number("amount", least=1) if "amount" in params.fields else None,
            metadata=_metadata(params),
            reason=params.text("reason", blank=True) or None,
            state=state.get(call.fault.kind if call.fault else "", "succeeded"),
        )
        return self._expanded(refund, params)

    # -- endpoints, reading ----------------------------------------------------------------------

    def add_endpoint(self, call: Call) -> Thing:
        params = call.params.only("url", "enabled_events", "description", "metadata", "api_version")
        _check_url(params, "url")
        secret = f"whsec_{secrets.token_hex(24)}"
        endpoint = self.shelf.add(
            "webhook_endpoint",
            {
                "enabled_events": list(params.inner("enabled_events").fields.values()),
                "status": "enabled",
                "url": params.text("url"),
                "_secret": secret,
            },
        )
        return {**shown(endpoint), "secret": secret}

    def get(self, call: Call) -> Thing:
        kind, name = call.names
        return self._expanded(self.shelf.get(name, _KINDS[kind]), call.params)

    def list_things(self, call: Call) -> Thing:
        kind = call.names[0]
        found, more = self.shelf.list_things(_KINDS[kind], read_slice(call.params))
        paths = [path.removeprefix("data.") for path in call.params.listed("expand")]
        return {
            "object": "list",
            "data": [expand(self.shelf, one, paths) for one in found],
            "has_more": more,
            "url": f"/v1/{kind}",
        }

    def _expanded(self, thing: Thing, params: Params) -> Thing:
        return expand(self.shelf, thing, params.listed("expand"))

    # -- what only a stand-in has ------------------------------------------------------------------

    def move_clock(self, call: Call) -> Thing:
        """Put Stripe's clock ahead by ``advance`` seconds; what ripens by then, ripens."""
        self.shelf.put_clock_ahead(call.params.number("advance", least=0))
        checkouts.ripen(self.shelf)
        return {"now": self.shelf.now()}

    def settle(self, call: Call) -> Thing:
        """Give an intent or a refund that waits its end: ``name``, ``succeeded``, ``reason``."""
        name, succeeded = call.params.text("name"), call.params.flag("succeeded")
        if name.startswith("re_"):
            refund = self.shelf.get(name, "refund")
            return shown(deeds.settle_refund(self.shelf, refund, succeeded=succeeded))
        intent = self.shelf.get(name, "payment_intent")
        reason = call.params.text("reason", blank=True)
        settled = deeds.settle(self.shelf, intent, succeeded=succeeded, reason=reason)
        checkouts.tell_late(self.shelf, settled)
        return shown(settled)

    def open_dispute(self, call: Call) -> Thing:
        """The holder of the card behind ``payment_intent`` takes it to the bank."""
        intent = self.shelf.get(call.params.text("payment_intent"), "payment_intent")
        charge = self.shelf.get(intent["latest_charge"] or "", "charge")
        reason = call.params.text("reason", blank=True) or "fraudulent"
        return shown(deeds.open_dispute(self.shelf, charge, reason=reason))

    def close_dispute(self, call: Call) -> Thing:
        dispute = self.shelf.get(call.names[0], "dispute")
        return shown(deeds.close_dispute(self.shelf, dispute, won=call.params.flag("won")))


def _read(
    wire: StripeWire, handle: Callable[[StripeWire, Call], Thing], call: Call, _: Fault | None
) -> Response:
    return _say(200, handle(wire, call))


def _metadata(params: Params) -> dict[str, str]:
    said = params.inner("metadata").fields
    if len(said) > MOST_METADATA or not all(isinstance(value, str) for value in said.values()):
        raise Refusal(400, "Metadata holds at most 50 texts.", param="metadata")
    return said


def _check_url(params: Params, name: str) -> None:
    url = params.text(name, blank=True)
    if url and not _URL.fullmatch(url):
        raise Refusal(400, "Not a valid URL", code="url_invalid", param=name)


def _error(message: str, **more: str) -> dict[str, str]:
    return {"type": "invalid_request_error", "message": message, **more}


def _say(status: int, what: Any) -> Response:
    return _say_text(status, json.dumps(what))


def _say_text(status: int, text: str, *, replayed: bool = False) -> Response:
    headers = [("Request-Id", f"req_{secrets.token_hex(7)}")]
    if replayed:
        headers.append(("Idempotent-Replayed", "true"))
    return json_text_response(status, text, headers=headers)


_SESSION_PARAMS = (
    "cancel_url",
    "client_reference_id",
    "customer",
    "customer_creation",
    "expand",
    "expires_at",
    "line_items",
    "metadata",
    "mode",
    "payment_intent_data",
    "payment_method_types",
    "success_url",
)
_INTENT_PARAMS = (
    "amount",
    "confirm",
    "currency",
    "customer",
    "description",
    "expand",
    "mandate",
    "metadata",
    "off_session",
    "payment_method",
    "payment_method_options",
    "payment_method_types",
    "setup_future_usage",
)
_KINDS = {
    "balance_transactions": "balance_transaction",
    "charges": "charge",
    "checkout/sessions": "checkout.session",
    "customers": "customer",
    "disputes": "dispute",
    "events": "event",
    "mandates": "mandate",
    "payment_intents": "payment_intent",
    "payment_methods": "payment_method",
    "refunds": "refund",
    "webhook_endpoints": "webhook_endpoint",
}
_KIND = "|".join(_KINDS)
_ROUTES: tuple[tuple[str, re.Pattern[str], str, Callable[[StripeWire, Call], Thing]], ...] = (
    ("POST", re.compile(r"/v1/customers"), "customer", StripeWire.add_customer),
    ("POST", re.compile(r"/v1/payment_methods"), "customer", StripeWire.add_payment_method),
    ("POST", re.compile(r"/v1/payment_methods/(\w+)/attach"), "customer", StripeWire.attach),
    ("POST", re.compile(r"/v1/payment_methods/(\w+)/detach"), "revoke", StripeWire.detach),
    ("POST", re.compile(r"/v1/checkout/sessions"), "checkout", StripeWire.open_session),
    (
        "POST",
        re.compile(r"/v1/checkout/sessions/(\w+)/expire"),
        "cancel",
        StripeWire.expire_session,
    ),
    ("POST", re.compile(r"/v1/payment_intents"), "charge", StripeWire.add_intent),
    ("POST", re.compile(r"/v1/payment_intents/(\w+)/confirm"), "charge", StripeWire.confirm_intent),
    ("POST", re.compile(r"/v1/payment_intents/(\w+)/cancel"), "cancel", StripeWire.cancel_intent),
    ("POST", re.compile(r"/v1/refunds"), "refund", StripeWire.give_refund),
    ("POST", re.compile(r"/v1/webhook_endpoints"), "endpoint", StripeWire.add_endpoint),
    ("GET", re.compile(rf"/v1/({_KIND})/(\w+)"), "lookup", StripeWire.get),
    ("GET", re.compile(rf"/v1/({_KIND})"), "lookup", StripeWire.list_things),
    ("POST", re.compile(r"/stand-in/clock"), "clock", StripeWire.move_clock),
    ("POST", re.compile(r"/stand-in/settle"), "settle", StripeWire.settle),
    ("POST", re.compile(r"/stand-in/disputes"), "dispute", StripeWire.open_dispute),
    ("POST", re.compile(r"/stand-in/disputes/(\w+)/close"), "dispute", StripeWire.close_dispute),
)
