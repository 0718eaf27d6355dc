"""Invoices and credit notes: what was sold, to whom, and the tax inside it. Append-only.

Every amount is in minor units, and the parts of a row sum to its total in the database itself.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import F, Q

from broadsheet.apps.accounts.models import Reader
from broadsheet.apps.invoicing.models.party import BillingDetails, Registration
from broadsheet.apps.payments.models import Payment
from broadsheet.domain.tax import Split, Treatment

PARTS = ("taxable_minor", "cgst_minor", "sgst_minor", "igst_minor", "vat_minor")


def _parts_sum(what: str) -> list[models.BaseConstraint]:
    total: Any = F(PARTS[0])
    for part in PARTS[1:]:
        total = total + F(part)
    none_below: Any = {f"{part}__gte": 0 for part in PARTS}
    return [
        models.CheckConstraint(condition=Q(total_minor=total), name=f"{what}_parts_sum"),
        models.CheckConstraint(
            condition=Q(**none_below), name=f"{what}_parts_are_not_below_nought"
        ),
    ]


class Taxed(models.Model):
    """A total and the parts it is made of."""

    total_minor = models.BigIntegerField()
    taxable_minor = models.BigIntegerField()
    cgst_minor = models.BigIntegerField()
    sgst_minor = models.BigIntegerField()
    igst_minor = models.BigIntegerField()
    vat_minor = models.BigIntegerField()

    class Meta:
        abstract = True

    @property
    def split(self) -> Split:
        return Split(*(getattr(self, part) for part in PARTS))


class Invoice(Taxed):
    """One payment's invoice; ``country`` and ``state`` are the place of supply.

    ``seller`` and ``buyer`` are rows that never change, so they are the snapshot.
    """

    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, related_name="invoice")
    reader = models.ForeignKey(Reader, on_delete=models.PROTECT, related_name="invoices")
    number = models.CharField(max_length=16, unique=True)
    issued_at = models.DateTimeField()
    issued_on = models.DateField(db_index=True)
    seller = models.ForeignKey(Registration, on_delete=models.PROTECT, related_name="invoices")
    buyer = models.ForeignKey(
        BillingDetails, on_delete=models.PROTECT, null=True, related_name="invoices"
    )
    buyer_name = models.CharField(max_length=254)
    country = models.CharField(max_length=2)
    state = models.CharField(max_length=2, blank=True)
    treatment = models.CharField(max_length=14, choices=[(t.value, t.value) for t in Treatment])
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = [
            *_parts_sum("invoice"),
            models.CheckConstraint(
                condition=Q(total_minor__gt=0), name="an_invoice_is_of_something"
            ),
            models.CheckConstraint(
                condition=Q(cgst_minor=F("sgst_minor")), name="both_halves_of_gst_are_equal"
            ),
            models.CheckConstraint(
                condition=Q(treatment__in=sorted(t.value for t in Treatment)),
                name="treatment_is_known",
            ),
        ]
        indexes = [models.Index(fields=["reader", "-id"], name="invoices_of_a_reader")]

    def __str__(self) -> str:
        return self.number


class InvoiceLine(Taxed):
    """One part of what an invoice is for, taxed by its own class."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveSmallIntegerField()
    description = models.CharField(max_length=120)
    tax_class = models.CharField(max_length=30)
    code = models.CharField(max_length=8, blank=True)
    rate_bp = models.PositiveIntegerField()

    class Meta:
        constraints = [
            *_parts_sum("invoice_line"),
            models.UniqueConstraint(
                fields=["invoice", "position"], name="one_invoice_line_a_position"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.invoice_id}/{self.position} {self.description}"


class CreditNote(Taxed):
    """What takes back some or all of an invoice; ``source`` names why, once: ``payments.refund:7``."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="credit_notes")
    source = models.CharField(max_length=60, unique=True)
    number = models.CharField(max_length=16, unique=True)
    issued_at = models.DateTimeField()
    issued_on = models.DateField(db_index=True)
    reason = models.CharField(max_length=240, blank=True)
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = [
            *_parts_sum("credit_note"),
            models.CheckConstraint(
                condition=Q(total_minor__gt=0), name="a_credit_note_is_of_something"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class CreditNoteLine(Taxed):
    """What a credit note takes back of one line."""

    credit_note = models.ForeignKey(CreditNote, on_delete=models.PROTECT, related_name="lines")
    invoice_line = models.ForeignKey(
        InvoiceLine, on_delete=models.PROTECT, related_name="credit_note_lines"
    )

    class Meta:
        constraints = [
            *_parts_sum("credit_note_line"),
            models.UniqueConstraint(
                fields=["credit_note", "invoice_line"], name="one_credit_note_line_a_line"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.credit_note_id}: {self.total_minor}"


class HeldInvoice(models.Model):
    """A payment whose invoice cannot be made out yet; the money is settled all the same."""

    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, related_name="held_invoice")
    held_for = models.CharField(max_length=200)
    held_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"payment {self.payment_id}: {self.held_for}"


class InvoiceSeries(models.Model):
    """A run of numbers without a gap, such as ``BS/2627``; its row is locked late and briefly."""

    code = models.CharField(max_length=8, unique=True)
    next = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return f"{self.code}: {self.next}"
