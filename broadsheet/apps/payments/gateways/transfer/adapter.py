"""The gateway without a company: nothing is ever sent, and people say what has happened.

``record_transfer`` enters money that has come, ``record_paid_back`` money that staff have sent
back. Until then a refund stands as pending.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from broadsheet.apps.payments.gateways.contract import (
    BadSignature,
    Capabilities,
    ChargeQuery,
    ChargeRequest,
    CheckoutRequest,
    CheckoutStep,
    DisputeFacts,
    GatewayState,
    Health,
    Idempotency,
    MandateStatus,
    RefundQuery,
    RefundRequest,
    SettledCharge,
    SettledRefund,
    WebhookWord,
)
from broadsheet.domain.charge import ChargeOutcome

_NOBODY = GatewayState(ChargeOutcome.NOT_SENT, says="There is nobody to send this to.")
_BY_HAND = GatewayState(ChargeOutcome.PENDING, says="Staff pay this back at the bank.")


def open_gateway() -> TransferGateway:
    return TransferGateway()


@dataclass(frozen=True, slots=True)
class TransferGateway:
    """Answers for a bank account that only people look at."""

    code: str = "transfer"
    label: str = "Bank transfer"

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            currencies=frozenset(),
            recurring=False,
            refund=True,
            partial_refund=True,
            void=False,
            idempotency=Idempotency.NONE,
            lookup_authoritative=False,
            max_inflight=timedelta(0),
            key_ttl=timedelta(0),
            notice=timedelta(0),
            methods=frozenset({"transfer"}),
        )

    def start_checkout(self, request: CheckoutRequest) -> CheckoutStep:
        del request
        return CheckoutStep(_NOBODY)

    def void_checkout(self, query: ChargeQuery) -> GatewayState:
        del query
        return _NOBODY

    def charge(self, request: ChargeRequest) -> GatewayState:
        del request
        return _NOBODY

    def lookup(self, query: ChargeQuery) -> GatewayState | None:
        del query
        return GatewayState(ChargeOutcome.UNKNOWN, says="Only people see this account.")

    def refund(self, request: RefundRequest) -> GatewayState:
        del request
        return _BY_HAND

    def lookup_refund(self, query: RefundQuery) -> GatewayState | None:
        del query
        return _BY_HAND

    def list_settled(self, since: datetime) -> Iterable[SettledCharge]:
        del since
        return ()

    def list_refunds(self, since: datetime) -> Iterable[SettledRefund]:
        del since
        return ()

    def lookup_dispute(self, gateway_reference: str) -> DisputeFacts | None:
        del gateway_reference
        return None

    def list_disputes(self, since: datetime) -> Iterable[DisputeFacts]:
        del since
        return ()

    def mandate_status(self, token: str) -> MandateStatus:
        del token
        return MandateStatus.ENDED

    def revoke_mandate(self, token: str) -> bool:
        del token
        return True

    def verify_webhook(
        self, headers: Mapping[str, str], body: bytes, *, now: datetime
    ) -> tuple[WebhookWord, ...]:
        del headers, body, now
        raise BadSignature("Nobody tells of bank transfers.")

    def health(self) -> Health:
        return Health(ok=True, detail="entered by staff")
