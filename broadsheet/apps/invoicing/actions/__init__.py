"""What is done with invoices."""

from __future__ import annotations

from broadsheet.apps.invoicing.actions.billing_details import CannotBill, put_billing_details
from broadsheet.apps.invoicing.actions.issue_credit_notes import (
    issue_credit_notes,
    issue_credit_notes_for_lost,
)
from broadsheet.apps.invoicing.actions.issue_held import issue_held_invoices
from broadsheet.apps.invoicing.actions.issue_invoices import issue_invoices
from broadsheet.apps.invoicing.actions.tax_rates import CannotSetRate, put_tax_rate

__all__ = [
    "CannotBill",
    "CannotSetRate",
    "issue_credit_notes",
    "issue_credit_notes_for_lost",
    "issue_held_invoices",
    "issue_invoices",
    "put_billing_details",
    "put_tax_rate",
]
