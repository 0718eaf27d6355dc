"""Tables of money: what is to be paid, each try, what was settled, and the ledger."""

from __future__ import annotations

from broadsheet.apps.payments.models.charge import Charge, Mandate
from broadsheet.apps.payments.models.gateway_event import GatewayEvent
from broadsheet.apps.payments.models.ledger import (
    CHARGEBACKS,
    DEFERRED,
    DISPUTED,
    REFUNDS,
    SUSPENSE,
    LedgerEntry,
    LedgerTransaction,
    cash_at,
)
from broadsheet.apps.payments.models.order import NumberSeries, Order, Payment
from broadsheet.apps.payments.models.pace import GatewayPace
from broadsheet.apps.payments.models.refund import Dispute, Refund

__all__ = [
    "CHARGEBACKS",
    "DEFERRED",
    "DISPUTED",
    "REFUNDS",
    "SUSPENSE",
    "Charge",
    "Dispute",
    "GatewayEvent",
    "GatewayPace",
    "LedgerEntry",
    "LedgerTransaction",
    "Mandate",
    "NumberSeries",
    "Order",
    "Payment",
    "Refund",
    "cash_at",
]
