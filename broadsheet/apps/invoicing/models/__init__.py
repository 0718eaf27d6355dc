"""Tables of tax: who sells, at what rates, who buys, and the documents that say so."""

from __future__ import annotations

from broadsheet.apps.invoicing.models.document import (
    CreditNote,
    CreditNoteLine,
    HeldInvoice,
    Invoice,
    InvoiceLine,
    InvoiceSeries,
)
from broadsheet.apps.invoicing.models.party import BillingDetails, Registration, TaxRateRow

__all__ = [
    "BillingDetails",
    "CreditNote",
    "CreditNoteLine",
    "HeldInvoice",
    "Invoice",
    "InvoiceLine",
    "InvoiceSeries",
    "Registration",
    "TaxRateRow",
]
