"""Tables of money: what is to be paid, each try, what was settled, and the ledger."""

from __future__ import annotations

from broadsheet.apps.payments.models.charge import Charge, Mandate
from broadsheet.apps.payments.models.ledger import (
    DEFERRED,
    SUSPENSE,
    LedgerEntry,
    LedgerTransaction,
    cash_at,
)
from broadsheet.apps.payments.models.order import NumberSeries, Order, Payment

__all__ = [
    "DEFERRED",
    "SUSPENSE",
    "Charge",
    "LedgerEntry",
    "LedgerTransaction",
    "Mandate",
    "NumberSeries",
    "Order",
    "Payment",
    "cash_at",
]
