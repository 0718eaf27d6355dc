"""What stands in the bank's book, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CheckoutState(StrEnum):
    """``open`` and ``silent`` may still be decided; the others are final."""

    OPEN = "open"
    SILENT = "silent"
    APPROVED = "approved"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    EXPIRED = "expired"

    @property
    def final(self) -> bool:
        return self not in {CheckoutState.OPEN, CheckoutState.SILENT}


class ChargeState(StrEnum):
    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    PENDING = "pending"


class DisputeState(StrEnum):
    OPENED = "opened"
    WON = "won"
    LOST = "lost"


class MandateState(StrEnum):
    ACTIVE = "active"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Checkout:
    """A payment that a person decides on the bank's page. Amounts in minor units, times Unix."""

    reference: str
    token: str
    key: str
    merchant: str
    description: str
    amount: int
    currency: str
    return_url: str
    mandate_wanted: bool
    mandate_limit: int | None
    state: CheckoutState
    reason: str
    code: str
    wrong_codes: int
    created_at: float
    expires_at: float
    decided_at: float | None


@dataclass(frozen=True, slots=True)
class Mandate:
    """A standing permission. ``limit`` is the most one charge may take, None for no limit."""

    reference: str
    currency: str
    limit: int | None
    display: str
    state: MandateState
    created_at: float


@dataclass(frozen=True, slots=True)
class Charge:
    """One attempt to move money, with the key of the request that made it."""

    reference: str
    key: str
    checkout: str | None
    mandate: str | None
    amount: int
    currency: str
    description: str
    state: ChargeState
    reason: str
    refunded: int
    created_at: float


@dataclass(frozen=True, slots=True)
class Refund:
    reference: str
    key: str
    charge: str
    amount: int
    currency: str
    state: ChargeState
    reason: str
    created_at: float


@dataclass(frozen=True, slots=True)
class Dispute:
    """A charge that its payer's bank has taken back, for the time being or for good."""

    reference: str
    charge: str
    amount: int
    currency: str
    state: DisputeState
    reason: str
    created_at: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to a request that carried a key; asked again, it is said again."""

    status: int
    body: str
