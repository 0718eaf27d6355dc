"""The test gateway's wire: JSON over HTTP with a bearer key.

``POST /v1/checkouts``, ``/v1/charges`` and ``/v1/refunds`` need an ``Idempotency-Key``: the same
request again gets the same answer again, another request under that key gets 409. The deed and
the kept answer are one transaction.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from broadsheet.bank import deeds
from broadsheet.bank.book import Book
from broadsheet.bank.faults import (
    DEEDS,
    KINDS,
    Fault,
    FaultyAnswer,
    add_fault,
    clear_faults,
    list_faults,
    with_faults,
)
from broadsheet.bank.messages import (
    BadRequest,
    Request,
    Response,
    json_response,
    json_text_response,
)
from broadsheet.bank.records import Answer, Charge, ChargeState, Checkout, Mandate, Refund

MOST_AMOUNT = 10**13
MOST_LISTED = 500
HALF_AN_HOUR = 1800
LONGEST_OPEN = 7 * 86400
_KEY = re.compile(r"[\x21-\x7e]{8,255}")
_CURRENCY = re.compile(r"[A-Z]{3}")
_LONE = re.compile("[\ud800-\udfff]")
_PATH = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*")


@dataclass(frozen=True, slots=True)
class Wire:
    """The routes of the API. ``wait`` sleeps unless the server is ending."""

    book: Book
    bearer: str
    public_path: str
    return_origins: tuple[str, ...]
    wait: Callable[[float], None]

    def answer(self, request: Request) -> Response:
        """Route one request under ``/v1/`` or ``/faults``."""
        if not hmac.compare_digest(
            request.header("Authorization").encode(), f"Bearer {self.bearer}".encode()
        ):
            return _refusal(401, "wrong_key", "Send the merchant's key as a bearer token.")
        try:
            return self._route(request)
        except deeds.Refused as refused:
            return _refusal(refused.status, refused.code, str(refused))
        except BadRequest as bad:
            return _refusal(400, "not_json", str(bad))
        except FaultyAnswer as fault:
            return _refusal(fault.status, "fault_script", str(fault))

    def _route(self, request: Request) -> Response:
        for method, path, handle in _ROUTES:
            match = path.fullmatch(request.path)
            if match and method in {request.method, "*"}:
                return handle(self, request, *match.groups())
        return _refusal(404, "no_such_address", "There is no such address at this bank.")

    def post_checkout(self, request: Request) -> Response:
        return self._once(request, "checkout", self._open_checkout)

    def post_charge(self, request: Request) -> Response:
        return self._once(request, "charge", self._take_charge)

    def post_refund(self, request: Request) -> Response:
        return self._once(request, "refund", self._give_refund)

    def _once(
        self, request: Request, deed: str, do: Callable[[str, dict[str, Any], Fault | None], Answer]
    ) -> Response:
        key = request.header("Idempotency-Key")
        if not _KEY.fullmatch(key):
            return _refusal(
                400, "no_key", "Send an Idempotency-Key of 8 to 255 printing characters."
            )
        body = _object(request)
        asked = json.dumps([deed, body], sort_keys=True)

        def once(fault: Fault | None) -> Response:
            with self.book.writing():
                kept = self.book.find_answer(key)
                if kept is None:
                    answer = do(key, body, fault)
                    self.book.keep_answer(key, asked, answer)
                    return json_text_response(answer.status, answer.body)
            if kept[0] != asked:
                return _refusal(
                    409,
                    "key_reused",
                    "This key was used for a different request. Nothing was done.",
                )
            return json_text_response(
                kept[1].status, kept[1].body, headers=[("Idempotent-Replayed", "true")]
            )

        return with_faults(self.book, deed, once, wait=self.wait)

    def _open_checkout(self, key: str, body: dict[str, Any], _fault: Fault | None) -> Answer:
        order = deeds.Order(
            amount=_amount(body, "amount"),
            currency=_currency(body),
            merchant=_text(body, "merchant", most=120),
            description=_text(body, "description", most=300),
            return_url=self._return_url(_text(body, "return_url", most=2000)),
            mandate_wanted=_flag(body, "mandate"),
            mandate_limit=None
            if body.get("mandate_limit") is None
            else _amount(body, "mandate_limit"),
            expires_at=self._expiry(body),
        )
        return _say(201, self._checkout(deeds.open_checkout(self.book, key=key, order=order)))

    def _take_charge(self, key: str, body: dict[str, Any], fault: Fault | None) -> Answer:
        state, reason = ChargeState.SUCCEEDED, ""
        if fault is not None:
            declined = fault.kind == "decline"
            state = ChargeState.DECLINED if declined else ChargeState.PENDING
            reason = fault.reason if declined else ""
        charge = deeds.take_charge(
            self.book,
            key=key,
            mandate=_text(body, "mandate", most=80),
            amount=_amount(body, "amount"),
            currency=_currency(body),
            description=_text(body, "description", most=300),
            state=state,
            reason=reason,
        )
        status = {ChargeState.SUCCEEDED: 201, ChargeState.PENDING: 202, ChargeState.DECLINED: 402}
        return _say(status[charge.state], _charge(charge))

    def _give_refund(self, key: str, body: dict[str, Any], _fault: Fault | None) -> Answer:
        refund = deeds.give_refund(
            self.book,
            key=key,
            charge=_text(body, "charge", most=80),
            amount=_amount(body, "amount"),
        )
        return _say(201, _refund(refund))

    def cancel(self, request: Request) -> Response:
        key = _text(_object(request), "key", most=255)

        def cancel(_fault: Fault | None) -> Response:
            checkout = deeds.cancel_checkout(self.book, key=key)
            return json_response(200, self._checkout(checkout))

        return with_faults(self.book, "cancel", cancel, wait=self.wait)

    def get_mandate(self, request: Request, reference: str) -> Response:  # noqa: ARG002
        return json_response(200, _mandate(deeds.get_mandate(self.book, reference=reference)))

    def revoke(self, request: Request, reference: str) -> Response:  # noqa: ARG002
        return json_response(200, _mandate(deeds.revoke_mandate(self.book, reference=reference)))

    def settle(self, request: Request, reference: str) -> Response:
        body = _object(request)
        if body.get("state") not in {"succeeded", "declined"}:
            raise deeds.Refused("bad_field", "state must be succeeded or declined.")
        charge = deeds.settle_charge(
            self.book,
            reference=reference,
            state=ChargeState(body["state"]),
            reason=_text(body, "reason", most=80, blank=True),
        )
        return json_response(200, _charge(charge))

    def list_charges(self, request: Request) -> Response:
        try:
            since = float(request.query("since") or 0)
            limit = min(max(int(request.query("limit") or 100), 1), MOST_LISTED)
        except ValueError as error:
            raise deeds.Refused("bad_field", "since and limit must be numbers.") from error
        found = self.book.list_charges(since=since, after=request.query("after"), limit=limit + 1)
        return json_response(
            200, {"charges": [_charge(c) for c in found[:limit]], "more": len(found) > limit}
        )

    def look_up(self, request: Request) -> Response:
        return with_faults(self.book, "lookup", lambda _fault: self._find(request), wait=self.wait)

    def _find(self, request: Request) -> Response:
        """Whatever was made under a key or bears a reference: a checkout, a charge or a refund."""
        reference, key = request.query("reference"), request.query("key")
        if bool(reference) == bool(key):
            raise deeds.Refused("bad_field", "Give either reference or key.", status=400)
        if self.book.find_checkout(reference=reference, key=key):
            return json_response(
                200, self._checkout(deeds.get_checkout(self.book, reference=reference, key=key))
            )
        charge = self.book.find_charge(reference=reference, key=key)
        if charge:
            return json_response(200, _charge(charge))
        refund = self.book.find_refund(reference=reference, key=key)
        if refund:
            return json_response(200, _refund(refund))
        raise deeds.Refused("unknown_reference", "The bank knows nothing of that name.", status=404)

    def script(self, request: Request) -> Response:
        if request.method == "POST":
            body = request.json()
            faults = [_fault(item) for item in (body if isinstance(body, list) else [body])]
            with self.book.writing():
                for fault in faults:
                    add_fault(self.book, fault)
        elif request.method == "DELETE":
            clear_faults(self.book)
        elif request.method != "GET":
            return _refusal(405, "wrong_method", "Use GET, POST or DELETE.")
        waiting = list_faults(self.book)
        return json_response(
            200,
            {"faults": [{"kind": f.kind, "deed": f.deed, "times": f.times} for f in waiting]},
        )

    def _checkout(self, checkout: Checkout) -> dict[str, Any]:
        charge = self.book.find_charge(checkout=checkout.reference)
        mandate = self.book.find_mandate(reference=(charge and charge.mandate) or "")
        return {
            "kind": "checkout",
            "reference": checkout.reference,
            "key": checkout.key,
            "path": f"{self.public_path}/pay/{checkout.token}/",
            "state": checkout.state,
            "reason": checkout.reason,
            "amount": checkout.amount,
            "currency": checkout.currency,
            "expires_at": checkout.expires_at,
            "charge": charge and _charge(charge),
            "mandate": mandate and _mandate(mandate),
        }

    def _expiry(self, body: dict[str, Any]) -> float:
        now = self.book.now()
        at = body.get("expires_at", now + HALF_AN_HOUR)
        if not isinstance(at, int | float) or isinstance(at, bool) or not at <= now + LONGEST_OPEN:
            raise deeds.Refused(
                "bad_field", "expires_at must be Unix seconds, at most 7 days ahead."
            )
        return float(at)

    def _return_url(self, url: str) -> str:
        """A path of the paper's own site, or an address at an origin named at start."""
        allowed = any(
            url == origin or (url.startswith(origin + "/") and _PATH.fullmatch(url[len(origin) :]))
            for origin in self.return_origins
        )
        if not allowed and not _PATH.fullmatch(url):
            raise deeds.Refused(
                "bad_return_url",
                "return_url must be a path, or lie at an origin the bank was told of.",
            )
        return url


def _object(request: Request) -> dict[str, Any]:
    body = request.json()
    if not isinstance(body, dict):
        raise BadRequest("The body must be a JSON object.")
    return body


def _charge(charge: Charge) -> dict[str, Any]:
    return {
        "kind": "charge",
        "reference": charge.reference,
        "key": charge.key,
        "checkout": charge.checkout,
        "mandate": charge.mandate,
        "amount": charge.amount,
        "currency": charge.currency,
        "description": charge.description,
        "state": charge.state,
        "reason": charge.reason,
        "refunded": charge.refunded,
        "created_at": charge.created_at,
    }


def _mandate(mandate: Mandate) -> dict[str, Any]:
    return {
        "kind": "mandate",
        "reference": mandate.reference,
        "currency": mandate.currency,
        "limit": mandate.limit,
        "display": mandate.display,
        "state": mandate.state,
    }


def _refund(refund: Refund) -> dict[str, Any]:
    return {
        "kind": "refund",
        "reference": refund.reference,
        "key": refund.key,
        "charge": refund.charge,
        "amount": refund.amount,
        "currency": refund.currency,
        "state": "succeeded",
        "created_at": refund.created_at,
    }


def _say(status: int, what: dict[str, Any]) -> Answer:
    return Answer(status=status, body=json.dumps(what, sort_keys=True))


def _refusal(status: int, code: str, says: str) -> Response:
    return json_response(status, {"error": {"code": code, "says": says}})


def _amount(body: dict[str, Any], name: str) -> int:
    value = body.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= MOST_AMOUNT:
        raise deeds.Refused("bad_field", f"{name} must be a whole number of minor units above 0.")
    return value


def _currency(body: dict[str, Any]) -> str:
    value = body.get("currency")
    if not isinstance(value, str) or not _CURRENCY.fullmatch(value):
        raise deeds.Refused("bad_field", "currency must be a code of three capitals, such as INR.")
    return value


def _text(body: dict[str, Any], name: str, *, most: int, blank: bool = False) -> str:
    value = body.get(name, "" if blank else None)
    sound = isinstance(value, str) and len(value) <= most and not _LONE.search(value)
    if not isinstance(value, str) or not sound or not (value.strip() or blank):
        raise deeds.Refused("bad_field", f"{name} must be a text of 1 to {most} characters.")
    return value


def _flag(body: dict[str, Any], name: str) -> bool:
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise deeds.Refused("bad_field", f"{name} must be true or false.")
    return value


def _seconds(body: dict[str, Any], name: str, *, default: float, most: float) -> float:
    value = body.get(name, default)
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= most:
        raise deeds.Refused("bad_field", f"{name} must be a number of seconds from 0 to {most}.")
    return float(value)


def _fault(item: Any) -> Fault:
    if not isinstance(item, dict):
        raise deeds.Refused("bad_field", "A fault must be a JSON object.")
    kind, deed = item.get("kind"), item.get("deed", "*")
    if kind not in KINDS:
        raise deeds.Refused("bad_field", f"kind must be one of {', '.join(sorted(KINDS))}.")
    if deed not in DEEDS:
        raise deeds.Refused("bad_field", f"deed must be one of {', '.join(sorted(DEEDS))}.")
    return Fault(
        kind=kind,
        deed=deed,
        times=_amount({"times": item.get("times", 1)}, "times"),
        seconds=_seconds(item, "seconds", default=3600, most=86400),
        reason=_text({"reason": item.get("reason", "insufficient_funds")}, "reason", most=80),
    )


_ROUTES: tuple[tuple[str, re.Pattern[str], Callable[..., Response]], ...] = (
    ("POST", re.compile(r"/v1/checkouts"), Wire.post_checkout),
    ("POST", re.compile(r"/v1/checkouts/cancel"), Wire.cancel),
    ("POST", re.compile(r"/v1/charges"), Wire.post_charge),
    ("GET", re.compile(r"/v1/charges"), Wire.list_charges),
    ("POST", re.compile(r"/v1/charges/(\w+)/settle"), Wire.settle),
    ("POST", re.compile(r"/v1/refunds"), Wire.post_refund),
    ("GET", re.compile(r"/v1/lookup"), Wire.look_up),
    ("GET", re.compile(r"/v1/mandates/(\w+)"), Wire.get_mandate),
    ("POST", re.compile(r"/v1/mandates/(\w+)/revoke"), Wire.revoke),
    ("*", re.compile(r"/faults"), Wire.script),
)
