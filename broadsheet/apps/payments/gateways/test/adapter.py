"""The test gateway's adapter. Its bank is ``broadsheet/bank``, a program of its own.

The bank keeps keys for ever and its look-up tells the whole truth, so this is the easiest of
companies; everything that can go wrong on the way to it is real.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from django.conf import settings

from broadsheet.apps.payments.gateways.contract import (
    CannotReachGateway,
    Capabilities,
    ChargeQuery,
    ChargeRequest,
    CheckoutRequest,
    CheckoutStep,
    DisputeFacts,
    DisputeState,
    GatewayState,
    Health,
    Idempotency,
    MandateFacts,
    MandateStatus,
    RefundQuery,
    RefundRequest,
    SettledCharge,
    SettledRefund,
    WebhookWord,
)
from broadsheet.apps.payments.gateways.test.webhook import check_signature, read_words
from broadsheet.domain.charge import ChargeOutcome, DeclineKind
from broadsheet.domain.money import Money
from broadsheet.plumbing.outbound import NoAnswer, NotSent, Reply, call

ANSWER_SECONDS = 8.0
HEALTH_SECONDS = 2.0
CREATED, ACCEPTED, OK = 201, 202, 200
WRONG_KEY, DECLINED, NOT_FOUND, KEY_REUSED, BUSY = 401, 402, 404, 409, 429
SERVER_ERROR = 500
HARD_REASONS = frozenset(
    {
        "above_mandate",
        "currency_not_covered",
        "invalid_account",
        "lost_card",
        "mandate_revoked",
        "stolen_card",
    }
)
# The bank's word → the contract's.
CODES = {"expired": "abandoned", "cancelled": "voided"}


def open_gateway() -> TestGateway:
    """The gateway of ``BROADSHEET_BANK_URL``; the bank keeps its key in the home folder."""
    plant = settings.PLANT
    return TestGateway(
        address=plant.bank_url,
        key_file=plant.home / "bank" / "merchant.key",
        secret_file=plant.home / "bank" / "webhook.secret",
        merchant=settings.PAPER.name,
    )


@dataclass(frozen=True, slots=True)
class TestGateway:
    """Speaks to one bank. ``answer_seconds`` is the longest wait for its bytes.

    ``secret_file`` holds what its webhooks are signed with: during a change the new secret and the
    old one, parted by a comma. Without it the bank tells us nothing.
    """

    __test__ = False  # not a test, whatever pytest thinks of the name

    address: str
    key_file: Path
    merchant: str
    secret_file: Path | None = None
    answer_seconds: float = ANSWER_SECONDS
    code: str = "test"
    label: str = "Bank of Kadalpur (test)"

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            currencies=frozenset({"INR", "USD", "EUR", "GBP", "JPY"}),
            recurring=True,
            refund=True,
            partial_refund=True,
            void=True,
            idempotency=Idempotency.KEY,
            lookup_authoritative=True,
            max_inflight=timedelta(seconds=60),
            key_ttl=timedelta(days=36_500),
            notice=timedelta(0),
            webhooks=bool(self._read_secrets()),
            disputes=True,
            methods=frozenset({"bank"}),
        )

    def start_checkout(self, request: CheckoutRequest) -> CheckoutStep:
        body = {
            "amount": request.amount.minor,
            "currency": request.amount.currency,
            "merchant": self.merchant,
            "description": request.description,
            "return_url": _path_of(request.return_url),
            "mandate": request.wants_mandate,
            "expires_at": request.expires_at.timestamp(),
        }
        try:
            reply = self._post("/v1/checkouts", body, key=request.key)
        except (NotSent, NoAnswer) as error:
            return CheckoutStep(_missing(error))
        said = _read(reply)
        if reply.status == CREATED and said and isinstance(said.get("path"), str):
            return CheckoutStep(GatewayState(ChargeOutcome.PENDING), url=said["path"])
        if reply.status == KEY_REUSED:
            # A page for something else is no page for this; what becomes of it, look-up will say.
            return CheckoutStep(GatewayState(ChargeOutcome.UNKNOWN, says="Key used before."))
        return CheckoutStep(self._state(reply, key=request.key))

    def void_checkout(self, query: ChargeQuery) -> GatewayState:
        try:
            reply = self._post("/v1/checkouts/cancel", {"key": query.key})
        except (NotSent, NoAnswer) as error:
            return GatewayState(ChargeOutcome.UNKNOWN, says=str(error))
        if _is_unknown_reference(reply):
            return GatewayState(ChargeOutcome.NOT_SENT, says="The bank has no such checkout.")
        return self._state(reply, key=query.key)

    def charge(self, request: ChargeRequest) -> GatewayState:
        body = {
            "mandate": request.mandate_token,
            "amount": request.amount.minor,
            "currency": request.amount.currency,
            "description": request.description,
        }
        try:
            reply = self._post("/v1/charges", body, key=request.key)
        except (NotSent, NoAnswer) as error:
            return _missing(error)
        return self._state(reply, key=request.key)

    def lookup(self, query: ChargeQuery) -> GatewayState | None:
        names = {"key": query.key} if query.key else {"reference": query.gateway_reference}
        try:
            reply = self._call("GET", f"/v1/lookup?{urlencode(names)}")
        except (NotSent, NoAnswer) as error:
            return GatewayState(ChargeOutcome.UNKNOWN, says=str(error))
        if _is_unknown_reference(reply):
            return None
        said = _read(reply) if reply.status == OK else None
        return _state_of(said) if said else _unreadable(reply)

    def refund(self, request: RefundRequest) -> GatewayState:
        body = {"charge": request.gateway_reference, "amount": request.amount.minor}
        try:
            reply = self._post("/v1/refunds", body, key=request.key)
        except (NotSent, NoAnswer) as error:
            return _missing(error)
        return self._state(reply, key=request.key)

    def lookup_refund(self, query: RefundQuery) -> GatewayState | None:
        return self.lookup(ChargeQuery(query.key, query.gateway_reference))

    def list_settled(self, since: datetime) -> Iterator[SettledCharge]:
        for line in self._list("charges", since):
            if line["state"] == "succeeded":
                yield SettledCharge(
                    key=line["key"],
                    gateway_reference=line["reference"],
                    amount=Money(line["amount"], line["currency"]),
                    settled_at=datetime.fromtimestamp(line["created_at"], UTC),
                )

    def list_refunds(self, since: datetime) -> Iterator[SettledRefund]:
        for line in self._list("refunds", since):
            if line["state"] == "succeeded":
                yield SettledRefund(
                    key=line["key"],
                    gateway_reference=line["reference"],
                    charge_reference=line["charge"],
                    amount=Money(line["amount"], line["currency"]),
                    settled_at=datetime.fromtimestamp(line["created_at"], UTC),
                )

    def lookup_dispute(self, gateway_reference: str) -> DisputeFacts | None:
        reply = self._ask(f"/v1/disputes/{quote(gateway_reference, safe='')}")
        if _is_unknown_reference(reply):
            return None
        said = _read(reply)
        if reply.status != OK or said is None:
            raise CannotReachGateway(f"The bank answered {reply.status}.")
        return _dispute_of(said)

    def list_disputes(self, since: datetime) -> Iterator[DisputeFacts]:
        for line in self._list("disputes", since):
            yield _dispute_of(line)

    def mandate_status(self, token: str) -> MandateStatus:
        try:
            reply = self._ask(f"/v1/mandates/{quote(token, safe='')}")
        except CannotReachGateway:
            return MandateStatus.UNKNOWN
        return _status_of(reply)

    def revoke_mandate(self, token: str) -> bool:
        try:
            reply = self._post(f"/v1/mandates/{quote(token, safe='')}/revoke", {})
        except (NotSent, NoAnswer):
            return False
        return _status_of(reply) is MandateStatus.ENDED

    def verify_webhook(
        self, headers: Mapping[str, str], body: bytes, *, now: datetime
    ) -> tuple[WebhookWord, ...]:
        check_signature(headers, body, self._read_secrets(), now=now)
        return read_words(body)

    def health(self) -> Health:
        try:
            reply = call("GET", f"{self.address}/health", answer_seconds=HEALTH_SECONDS)
        except (NotSent, NoAnswer) as error:
            return Health(ok=False, detail=str(error))
        return Health(ok=reply.status == OK, detail=f"{self.address} answered {reply.status}")

    def _post(self, path: str, body: dict[str, Any], *, key: str = "") -> Reply:
        named = {"Idempotency-Key": key} if key else {}
        return self._call("POST", path, body=json.dumps(body).encode(), headers=named)

    def _call(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Reply:
        if not self.address:
            raise NotSent("BROADSHEET_BANK_URL names no bank.")
        try:
            secret = self.key_file.read_text(encoding="ascii").strip()
        except OSError as error:
            raise NotSent(f"The bank's key cannot be read: {error}") from error
        named = {
            "Authorization": f"Bearer {secret}",
            "Content-Type": "application/json",
            **(headers or {}),
        }
        return call(
            method,
            self.address + path,
            headers=named,
            body=body,
            answer_seconds=self.answer_seconds,
        )

    def _ask(self, path: str) -> Reply:
        """Raises ``CannotReachGateway``."""
        try:
            return self._call("GET", path)
        except (NotSent, NoAnswer) as error:
            raise CannotReachGateway(str(error)) from error

    def _list(self, name: str, since: datetime) -> Iterator[dict[str, Any]]:
        """The lines of one of the bank's books, oldest first. Raises ``CannotReachGateway``."""
        after, more = "", True
        while more:
            asked = urlencode({"since": since.timestamp(), "after": after, "limit": 200})
            reply = self._ask(f"/v1/{name}?{asked}")
            said = _read(reply)
            if reply.status != OK or said is None:
                raise CannotReachGateway(f"The bank answered {reply.status}.")
            for line in said[name]:
                after = line["reference"]
                yield line
            more = said["more"]

    def _read_secrets(self) -> tuple[str, ...]:
        try:
            kept = self.secret_file.read_text(encoding="ascii") if self.secret_file else ""
        except FileNotFoundError:
            return ()
        return tuple(secret.strip() for secret in kept.split(",") if secret.strip())

    def _state(self, reply: Reply, *, key: str) -> GatewayState:
        """What one answer to a request of ours means."""
        said = _read(reply)
        if reply.status in {OK, CREATED, ACCEPTED, DECLINED} and said:
            return _state_of(said)
        if reply.status in {WRONG_KEY, BUSY}:
            return GatewayState(ChargeOutcome.NOT_SENT, says=f"The bank answered {reply.status}.")
        if reply.status == KEY_REUSED:
            # Something else was done under this key; its amount will tell.
            held = self.lookup(ChargeQuery(key=key))
            return held or GatewayState(ChargeOutcome.UNKNOWN, says="409, and nothing found.")
        error = _error_of(reply)
        if error and reply.status < SERVER_ERROR:
            return GatewayState(
                ChargeOutcome.DECLINED,
                decline_kind=DeclineKind.HARD,
                decline_code=error[0],
                says=error[1],
            )
        return _unreadable(reply)


def _state_of(said: dict[str, Any]) -> GatewayState:
    """The state of a checkout, a charge or a refund as the bank describes it."""
    try:
        return _understood(said)
    except (KeyError, TypeError, ValueError) as error:
        return GatewayState(ChargeOutcome.UNKNOWN, says=f"Not understood: {error!r}")


def _understood(said: dict[str, Any]) -> GatewayState:
    match said["kind"], said["state"]:
        case "checkout", "approved":
            taken = _understood(said["charge"])
            return GatewayState(
                ChargeOutcome.SUCCEEDED,
                gateway_reference=taken.gateway_reference,
                amount=taken.amount,
                mandate=_mandate_of(said["mandate"]),
            )
        case _, "succeeded":
            return GatewayState(
                ChargeOutcome.SUCCEEDED,
                gateway_reference=said["reference"],
                amount=Money(said["amount"], said["currency"]),
                charge_reference=said.get("charge", "") if said["kind"] == "refund" else "",
            )
        case ("checkout", "open" | "silent") | ("charge" | "refund", "pending"):
            return GatewayState(ChargeOutcome.PENDING)
        case _, "declined" | "expired" | "cancelled":
            reason = said["reason"]
            return GatewayState(
                ChargeOutcome.DECLINED,
                decline_kind=DeclineKind.HARD if reason in HARD_REASONS else DeclineKind.SOFT,
                decline_code=CODES.get(reason, reason),
            )
    return GatewayState(ChargeOutcome.UNKNOWN, says=f"{said['kind']} is {said['state']}")


def _mandate_of(said: dict[str, Any] | None) -> MandateFacts | None:
    if said is None:
        return None
    limit = said["limit"]
    return MandateFacts(
        token=said["reference"],
        kind="bank",
        label=said["display"],
        max_amount=None if limit is None else Money(limit, said["currency"]),
    )


def _dispute_of(said: dict[str, Any]) -> DisputeFacts:
    return DisputeFacts(
        gateway_reference=said["reference"],
        charge_reference=said["charge"],
        state=DisputeState(said["state"]),
        amount=Money(said["amount"], said["currency"]),
        opened_at=datetime.fromtimestamp(said["created_at"], UTC),
        reason=said["reason"],
    )


def _status_of(reply: Reply) -> MandateStatus:
    said = _read(reply) if reply.status == OK else None
    if said is not None:
        return MandateStatus.ACTIVE if said.get("state") == "active" else MandateStatus.ENDED
    error = _error_of(reply)
    is_strange = reply.status == NOT_FOUND and error is not None and error[0] == "unknown_mandate"
    return MandateStatus.ENDED if is_strange else MandateStatus.UNKNOWN


def _missing(error: NotSent | NoAnswer) -> GatewayState:
    outcome = ChargeOutcome.NOT_SENT if isinstance(error, NotSent) else ChargeOutcome.UNKNOWN
    return GatewayState(outcome, says=str(error))


def _unreadable(reply: Reply) -> GatewayState:
    return GatewayState(ChargeOutcome.UNKNOWN, says=f"The bank answered {reply.status}.")


def _read(reply: Reply) -> dict[str, Any] | None:
    try:
        said = json.loads(reply.body)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None


def _is_unknown_reference(reply: Reply) -> bool:
    """A 404 of the bank itself; a proxy's 404 proves nothing."""
    error = _error_of(reply)
    return reply.status == NOT_FOUND and error is not None and error[0] == "unknown_reference"


def _error_of(reply: Reply) -> tuple[str, str] | None:
    """The bank's own refusal: its code and its words."""
    error = (_read(reply) or {}).get("error")
    if not isinstance(error, dict) or not isinstance(error.get("code"), str):
        return None
    return error["code"], str(error.get("says", ""))


def _path_of(url: str) -> str:
    """The bank's pages are seen at the paper's own origin, so the way back needs no origin."""
    parts = urlsplit(url)
    return parts._replace(scheme="", netloc="").geturl() or "/"
