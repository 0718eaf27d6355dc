"""How invoices leave the house: on paper, and in sheets for the accountant."""

from __future__ import annotations

from broadsheet.apps.invoicing.formats.printing import print_credit_note, print_invoice

__all__ = ["print_credit_note", "print_invoice"]
