"""The double-entry ledger: append-only, each transaction sums to nought.

Debits are positive, credits negative. Migration ``0002`` forbids changing a row in the database
itself.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

DEFERRED = "deferred_revenue"
SUSPENSE = "suspense"
REFUNDS = "refunds"
DISPUTED = "disputed"
"""What a company has taken back while a dispute is open."""
CHARGEBACKS = "chargebacks"


def cash_at(gateway: str) -> str:
    """The account of the money that a gateway holds for us."""
    return f"cash:{gateway}"


class LedgerTransaction(models.Model):
    """One thing that happened to money, told once: unique by kind and source."""

    kind = models.CharField(max_length=30)
    source = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "source"], name="one_ledger_transaction_a_source"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.source}"


class LedgerEntry(models.Model):
    """One line of a transaction, on one account such as ``cash:test`` or ``deferred_revenue``."""

    transaction = models.ForeignKey(
        LedgerTransaction, on_delete=models.PROTECT, related_name="entries"
    )
    account = models.CharField(max_length=40)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(amount_minor=0), name="an_entry_is_of_something")
        ]
        indexes = [models.Index(fields=["account", "currency"], name="entries_by_account")]

    def __str__(self) -> str:
        return f"{self.account} {self.amount_minor} {self.currency}"
