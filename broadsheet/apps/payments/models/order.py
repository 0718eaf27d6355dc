"""What is to be paid once, and what was."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from broadsheet.apps.accounts.models import Reader
from broadsheet.domain.money import Money


class Order(models.Model):
    """One amount that one reader is to pay once, however many charges that takes.

    ``source`` names what it pays for and is unique: planning the same thing twice finds the same
    order. The amount is what the reader was shown. ``parts`` says what it is made of where that
    matters for tax: ``[{"description", "amount_minor", "tax_class"}, …]`` that sum to the amount;
    empty, it is all of the paper's usual class.
    """

    class Purpose(models.TextChoices):
        CHECKOUT = "checkout"
        RENEWAL = "renewal"

    class State(models.TextChoices):
        OPEN = "open"
        PAID = "paid"
        CLOSED = "closed"

    uid = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    reader = models.ForeignKey(Reader, on_delete=models.PROTECT, related_name="orders")
    source = models.CharField(max_length=120, unique=True)
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    state = models.CharField(max_length=6, choices=State.choices, default=State.OPEN)
    description = models.CharField(max_length=120)
    parts = models.JSONField(default=list)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    gateway = models.CharField(max_length=20)
    continue_to = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0), name="an_order_is_of_something"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "paid", "closed"]), name="order_state_is_known"
            ),
            models.UniqueConstraint(
                fields=["reader"],
                condition=Q(state="open", purpose="checkout"),
                name="one_open_checkout_a_reader",
            ),
        ]
        indexes = [
            models.Index(
                fields=["expires_at"],
                name="orders_that_expire",
                condition=Q(state="open", expires_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"order {self.pk} ({self.state})"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class Payment(models.Model):
    """Settled money. Its number is the reader's receipt.

    ``refunded_minor`` is what was given back or is promised: the sum of its refunds but the
    declined ones.
    """

    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="payment")
    charge = models.OneToOneField(
        "payments.Charge", on_delete=models.PROTECT, related_name="payment"
    )
    reader = models.ForeignKey(Reader, on_delete=models.PROTECT, related_name="payments")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    refunded_minor = models.BigIntegerField(default=0, db_default=0)
    settled_at = models.DateTimeField()
    paid_with = models.CharField(max_length=80, blank=True)
    number = models.CharField(max_length=16, unique=True, null=True)
    parked_at = models.DateTimeField(null=True)
    parked_for = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0), name="a_payment_is_of_something"
            ),
            models.CheckConstraint(
                condition=Q(refunded_minor__gte=0, refunded_minor__lte=models.F("amount_minor")),
                name="no_more_is_given_back_than_was_paid",
            ),
        ]
        indexes = [models.Index(fields=["reader", "-settled_at"], name="payments_of_a_reader")]

    def __str__(self) -> str:
        return self.number or f"payment {self.pk}"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class NumberSeries(models.Model):
    """A run of numbers without a gap; its row is locked last in the settling transaction."""

    code = models.CharField(max_length=20, unique=True)
    next = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return f"{self.code}: {self.next}"
