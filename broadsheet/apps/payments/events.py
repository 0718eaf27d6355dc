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


@dataclass(frozen=True, slots=True)
class RefundSettled:
    """Money was given back, in part or in whole; told once for a refund, as it settles.

    ``amount_minor`` is in minor units of ``currency``; ``reason`` is the staff's words.
    """

    refund_id: int
    payment_id: int
    reader_id: int
    amount_minor: int
    currency: str
    reason: str


@dataclass(frozen=True, slots=True)
class RefundRefused:
    """The company will not give this money back; a person must find another way."""

    refund_id: int
    payment_id: int
    reader_id: int
    code: str


@dataclass(frozen=True, slots=True)
class DisputeOpened:
    """A reader's bank asks for a payment back; the company has taken it from us meanwhile."""

    dispute_id: int
    payment_id: int
    reader_id: int


@dataclass(frozen=True, slots=True)
class DisputeWon:
    """The payment is ours after all."""

    dispute_id: int
    payment_id: int
    reader_id: int


@dataclass(frozen=True, slots=True)
class DisputeLost:
    """The payment is gone for good."""

    dispute_id: int
    payment_id: int
    reader_id: int


@dataclass(frozen=True, slots=True)
class MandateEnded:
    """A standing permission was withdrawn, at the company or by us."""

    mandate_id: int
    reader_id: int
