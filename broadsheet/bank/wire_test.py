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

from broadsheet.bank import deeds, disputes, fields
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
from broadsheet.bank.records import (
    Answer,
    Charge,
    ChargeState,
    Checkout,
    Dispute,
    DisputeState,
    Mandate,
    Refund,
)
from broadsheet.bank.telling import point_webhook

MOST_LISTED = 500
HALF_AN_HOUR = 1800
LONGEST_OPEN = 7 * 86400
_KEY = re.compile(r"[\x21-\x7e]{8,255}")
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
        body = fields.json_object(request)
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
            amount=fields.amount(body, "amount"),
            currency=fields.currency(body),
            merchant=fields.text(body, "merchant", most=120),
            description=fields.text(body, "description", most=300),
            return_url=self._return_url(fields.text(body, "return_url", most=2000)),
            mandate_wanted=fields.flag(body, "mandate"),
            mandate_limit=None
            if body.get("mandate_limit") is None
            else fields.amount(body, "mandate_limit"),
            expires_at=self._expiry(body),
        )
        return _say(201, self._checkout(deeds.open_checkout(self.book, key=key, order=order)))

    def _take_charge(self, key: str, body: dict[str, Any], fault: Fault | None) -> Answer:
        state, reason = _end_by(fault)
        charge = deeds.take_charge(
            self.book,
            key=key,
            mandate=fields.text(body, "mandate", most=80),
            amount=fields.amount(body, "amount"),
            currency=fields.currency(body),
            description=fields.text(body, "description", most=300),
            state=state,
            reason=reason,
        )
        return _say(_STATUS[charge.state], _charge(charge))

    def _give_refund(self, key: str, body: dict[str, Any], fault: Fault | None) -> Answer:
        state, reason = _end_by(fault)
        refund = deeds.give_refund(
            self.book,
            key=key,
            charge=fields.text(body, "charge", most=80),
            amount=fields.amount(body, "amount"),
            state=state,
            reason=reason,
        )
        return _say(_STATUS[refund.state], _refund(refund))

    def cancel(self, request: Request) -> Response:
        key = fields.text(fields.json_object(request), "key", most=255)

        def cancel(_fault: Fault | None) -> Response:
            checkout = deeds.cancel_checkout(self.book, key=key)
            return json_response(200, self._checkout(checkout))

        return with_faults(self.book, "cancel", cancel, wait=self.wait)

    def get_mandate(self, request: Request, reference: str) -> Response:  # noqa: ARG002
        return json_response(200, _mandate(deeds.get_mandate(self.book, reference=reference)))

    def revoke(self, request: Request, reference: str) -> Response:  # noqa: ARG002
        return json_response(200, _mandate(deeds.revoke_mandate(self.book, reference=reference)))

    def settle(self, request: Request, reference: str) -> Response:
        state, reason = _end(fields.json_object(request))
        charge = deeds.settle_charge(self.book, reference=reference, state=state, reason=reason)
        return json_response(200, _charge(charge))

    def settle_refund(self, request: Request, reference: str) -> Response:
        state, reason = _end(fields.json_object(request))
        refund = deeds.settle_refund(self.book, reference=reference, state=state, reason=reason)
        return json_response(200, _refund(refund))

    def open_dispute(self, request: Request) -> Response:
        body = fields.json_object(request)
        dispute = disputes.open_dispute(
            self.book,
            charge=fields.text(body, "charge", most=80),
            amount=None if body.get("amount") is None else fields.amount(body, "amount"),
            reason=fields.text(body, "reason", most=80, blank=True),
        )
        return json_response(201, _dispute(dispute))

    def close_dispute(self, request: Request, reference: str) -> Response:
        state = fields.json_object(request).get("state")
        if state not in {"won", "lost"}:
            raise deeds.Refused("bad_field", "state must be won or lost.")
        closed = disputes.close_dispute(self.book, reference=reference, state=DisputeState(state))
        return json_response(200, _dispute(closed))

    def get_dispute(self, request: Request, reference: str) -> Response:  # noqa: ARG002
        return json_response(200, _dispute(disputes.get_dispute(self.book, reference=reference)))

    def point_webhook(self, request: Request) -> Response:
        body = fields.json_object(request)
        url = fields.text(body, "url", most=500, blank=True)
        if url and not url.startswith(("http://", "https://")):
            raise deeds.Refused("bad_field", "url must begin with http:// or https://.")
        secret = fields.text(body, "secret", most=200, blank=not url)
        point_webhook(self.book, url=url, secret=secret)
        return json_response(200, {"url": url})

    def list_charges(self, request: Request) -> Response:
        return self._list(request, "charges", self.book.list_charges, _charge)

    def list_refunds(self, request: Request) -> Response:
        return self._list(request, "refunds", self.book.list_refunds, _refund)

    def list_disputes(self, request: Request) -> Response:
        return self._list(request, "disputes", self.book.list_disputes, _dispute)

    def _list(
        self,
        request: Request,
        name: str,
        find: Callable[..., list[Any]],
        describe: Callable[[Any], dict[str, Any]],
    ) -> Response:
        try:
            since = float(request.query("since") or 0)
            limit = min(max(int(request.query("limit") or 100), 1), MOST_LISTED)
        except ValueError as error:
            raise deeds.Refused("bad_field", "since and limit must be numbers.") from error
        found = find(since=since, after=request.query("after"), limit=limit + 1)
        return json_response(
            200, {name: [describe(one) for one in found[:limit]], "more": len(found) > limit}
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
        "state": refund.state,
        "reason": refund.reason,
        "created_at": refund.created_at,
    }


def _dispute(dispute: Dispute) -> dict[str, Any]:
    return {
        "kind": "dispute",
        "reference": dispute.reference,
        "charge": dispute.charge,
        "amount": dispute.amount,
        "currency": dispute.currency,
        "state": dispute.state,
        "reason": dispute.reason,
        "created_at": dispute.created_at,
    }


def _end_by(fault: Fault | None) -> tuple[ChargeState, str]:
    """How a charge or refund ends at once, and why, by the fault that happens inside it."""
    if fault is None:
        return ChargeState.SUCCEEDED, ""
    if fault.kind == "decline":
        return ChargeState.DECLINED, fault.reason
    return ChargeState.PENDING, ""


def _end(body: dict[str, Any]) -> tuple[ChargeState, str]:
    if body.get("state") not in {"succeeded", "declined"}:
        raise deeds.Refused("bad_field", "state must be succeeded or declined.")
    return ChargeState(body["state"]), fields.text(body, "reason", most=80, blank=True)


def _say(status: int, what: dict[str, Any]) -> Answer:
    return Answer(status=status, body=json.dumps(what, sort_keys=True))


def _refusal(status: int, code: str, says: str) -> Response:
    return json_response(status, {"error": {"code": code, "says": says}})


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
        times=fields.amount({"times": item.get("times", 1)}, "times"),
        seconds=fields.seconds(item, "seconds", default=3600, most=86400),
        reason=fields.text({"reason": item.get("reason", "insufficient_funds")}, "reason", most=80),
    )


_STATUS = {ChargeState.SUCCEEDED: 201, ChargeState.PENDING: 202, ChargeState.DECLINED: 402}
_ROUTES: tuple[tuple[str, re.Pattern[str], Callable[..., Response]], ...] = (
    ("POST", re.compile(r"/v1/checkouts"), Wire.post_checkout),
    ("POST", re.compile(r"/v1/checkouts/cancel"), Wire.cancel),
    ("POST", re.compile(r"/v1/charges"), Wire.post_charge),
    ("GET", re.compile(r"/v1/charges"), Wire.list_charges),
    ("POST", re.compile(r"/v1/charges/(\w+)/settle"), Wire.settle),
    ("POST", re.compile(r"/v1/refunds"), Wire.post_refund),
    ("GET", re.compile(r"/v1/refunds"), Wire.list_refunds),
    ("POST", re.compile(r"/v1/refunds/(\w+)/settle"), Wire.settle_refund),
    ("POST", re.compile(r"/v1/disputes"), Wire.open_dispute),
    ("GET", re.compile(r"/v1/disputes"), Wire.list_disputes),
    ("GET", re.compile(r"/v1/disputes/(\w+)"), Wire.get_dispute),
    ("POST", re.compile(r"/v1/disputes/(\w+)/close"), Wire.close_dispute),
    ("POST", re.compile(r"/v1/webhook"), Wire.point_webhook),
    ("GET", re.compile(r"/v1/lookup"), Wire.look_up),
    ("GET", re.compile(r"/v1/mandates/(\w+)"), Wire.get_mandate),
    ("POST", re.compile(r"/v1/mandates/(\w+)/revoke"), Wire.revoke),
    ("*", re.compile(r"/faults"), Wire.script),
)
