"""One try to move money, and the standing permission to try without the reader."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from broadsheet.apps.accounts.models import Reader
from broadsheet.apps.payments.models.order import Order
from broadsheet.domain.charge import OPEN_STATES, WAITING_STATES, ChargeState
from broadsheet.domain.money import Money

_STATES = [(state.value, state.value) for state in ChargeState]
_OPEN = sorted(state.value for state in OPEN_STATES)
_WAITING = sorted(state.value for state in WAITING_STATES)
_KNOWN = sorted(state.value for state in ChargeState)


class Mandate(models.Model):
    """A reader's standing permission at one gateway."""

    reader = models.ForeignKey(Reader, on_delete=models.PROTECT, related_name="mandates")
    gateway = models.CharField(max_length=20)
    token = models.CharField(max_length=120)
    kind = models.CharField(max_length=10)
    label = models.CharField(max_length=80)
    max_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3)
    valid_until = models.DateField(null=True)
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["gateway", "token"], name="one_mandate_a_token"),
        ]

    def __str__(self) -> str:
        return self.label

    def allows(self, amount: Money) -> bool:
        """Whether the reader's permission reaches this far."""
        if self.withdrawn_at is not None or self.currency != amount.currency:
            return False
        return self.max_minor is None or amount.minor <= self.max_minor


class Charge(models.Model):
    """One try to settle one order. ``key`` is what the gateway knows it by, made before the wire.

    ``owner`` and ``deadline_at`` are the lease of whoever sends it; ``next_check_at`` is when the
    reaper should ask about it.
    """

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="charges")
    n = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=64, unique=True)
    gateway = models.CharField(max_length=20)
    mandate = models.ForeignKey(
        Mandate, on_delete=models.PROTECT, null=True, related_name="charges"
    )
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, choices=_STATES, default=ChargeState.PLANNED.value)
    gateway_reference = models.CharField(max_length=120, null=True)
    page_url = models.CharField(max_length=2000, blank=True)
    owner = models.CharField(max_length=40, blank=True)
    planned_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    deadline_at = models.DateTimeField(null=True)
    next_check_at = models.DateTimeField(null=True)
    checks = models.PositiveSmallIntegerField(default=0)
    closed_at = models.DateTimeField(null=True)
    decline_kind = models.CharField(max_length=4, blank=True)
    decline_code = models.CharField(max_length=60, blank=True)
    says = models.CharField(max_length=240, blank=True)
    quarantined_for = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order", "n"], name="one_charge_a_number"),
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(state__in=_OPEN),
                name="one_open_charge_an_order",
            ),
            models.UniqueConstraint(
                fields=["gateway", "gateway_reference"],
                condition=Q(gateway_reference__isnull=False),
                name="one_charge_a_gateway_reference",
            ),
            models.CheckConstraint(condition=Q(state__in=_KNOWN), name="charge_state_is_known"),
            models.CheckConstraint(
                condition=~Q(state="succeeded") | Q(gateway_reference__isnull=False),
                name="success_has_a_gateway_reference",
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0), name="a_charge_is_of_something"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_check_at"],
                name="charges_to_ask_about",
                condition=Q(state__in=_WAITING),
            ),
            models.Index(
                fields=["gateway", "id"], name="charges_to_send", condition=Q(state="planned")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} ({self.state})"

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.currency)

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES
