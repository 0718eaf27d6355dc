"""Money given back, and money that a reader's bank takes back."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from broadsheet.apps.payments.models.charge import Charge
from broadsheet.apps.payments.models.order import Payment
from broadsheet.domain.money import Money
from broadsheet.domain.refund import SENDABLE_STATES, WAITING_STATES, RefundState

_STATES = [(state.value, state.value) for state in RefundState]


class Refund(models.Model):
    """One giving back of some or all of a charge. ``key`` is made before the wire.

    ``payment`` is missing where the money never became one (quarantined), so that it too can be
    given back. ``actor`` is who decided it; ``next_check_at`` is when to send it or to ask.
    """

    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, null=True, related_name="refunds"
    )
    charge = models.ForeignKey(Charge, on_delete=models.PROTECT, related_name="refunds")
    gateway = models.CharField(max_length=20)
    key = models.CharField(max_length=64, unique=True)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=240)
    actor = models.CharField(max_length=80)
    state = models.CharField(max_length=10, choices=_STATES, default=RefundState.PLANNED.value)
    gateway_reference = models.CharField(max_length=120, null=True)
    owner = models.CharField(max_length=40, blank=True)
    planned_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    deadline_at = models.DateTimeField(null=True)
    next_check_at = models.DateTimeField(null=True)
    checks = models.PositiveSmallIntegerField(default=0)
    closed_at = models.DateTimeField(null=True)
    decline_code = models.CharField(max_length=60, blank=True)
    says = models.CharField(max_length=240, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["gateway", "gateway_reference"],
                condition=Q(gateway_reference__isnull=False),
                name="one_refund_a_gateway_reference",
            ),
            models.CheckConstraint(
                condition=Q(state__in=sorted(state.value for state in RefundState)),
                name="refund_state_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(state="succeeded") | Q(gateway_reference__isnull=False),
                name="a_refund_given_has_a_reference",
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0), name="a_refund_is_of_something"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_check_at"],
                name="refunds_to_see_to",
                condition=Q(state__in=sorted(s.value for s in SENDABLE_STATES | WAITING_STATES)),
            )
        ]

    def __str__(self) -> str:
        return f"{self.key} ({self.state})"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)


class Dispute(models.Model):
    """A payment that a reader's bank asks back. What it is about leaves ``cash`` when it opens."""

    class State(models.TextChoices):
        OPENED = "opened"
        WON = "won"
        LOST = "lost"

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="disputes")
    gateway = models.CharField(max_length=20)
    gateway_reference = models.CharField(max_length=120)
    state = models.CharField(max_length=6, choices=State.choices, default=State.OPENED)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=120, blank=True)
    opened_at = models.DateTimeField()
    heard_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["gateway", "gateway_reference"], name="one_dispute_a_gateway_reference"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["opened", "won", "lost"]), name="dispute_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0), name="a_dispute_is_about_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gateway_reference} ({self.state})"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)
