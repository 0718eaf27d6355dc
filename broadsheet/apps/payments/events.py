"""What payments tells the house."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PaymentSettled:
    """The money for an order has come; told once for an order, in the settling transaction."""

    payment_id: int
    order_id: int
    reader_id: int
    mandate_id: int | None


@dataclass(frozen=True, slots=True)
class ChargeDeclined:
    """One try was refused; ``hard`` means that trying again by itself is no use."""

    charge_id: int
    order_id: int
    reader_id: int
    hard: bool
    code: str


@dataclass(frozen=True, slots=True)
class ChargeNotSent:
    """One try surely never reached the gateway."""

    charge_id: int
    order_id: int
    reader_id: int


@dataclass(frozen=True, slots=True)
class OrderClosed:
    """An order that nobody will pay any more."""

    order_id: int
    reader_id: int


@dataclass(frozen=True, slots=True)
class MoneyQuarantined:
    """Money came that does not fit what was asked; a person must look at it."""

    charge_id: int
    reason: str
