"""The inbox: what gateways have told us, kept before anything is made of it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class GatewayEvent(models.Model):
    """One word of one webhook.

    *waiting*: to be seen to at ``next_try_at``; *early*: about something we do not know yet, seen
    to as soon as we do; *applied*; *ignored*: of a kind that nobody here needs, or given up.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        EARLY = "early"
        APPLIED = "applied"
        IGNORED = "ignored"

    gateway = models.CharField(max_length=20)
    event_id = models.CharField(max_length=120)
    kind = models.CharField(max_length=10)
    key = models.CharField(max_length=64, blank=True)
    gateway_reference = models.CharField(max_length=120, blank=True)
    body = models.BinaryField()
    headers = models.JSONField(default=dict)
    happened_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=240, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["gateway", "event_id"], name="one_telling_an_event"),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "early", "applied", "ignored"]),
                name="event_state_is_known",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_try_at"],
                name="events_to_see_to",
                condition=Q(state__in=["early", "waiting"]),
            ),
            models.Index(fields=["gateway", "-received_at"], name="events_of_a_gateway"),
        ]

    def __str__(self) -> str:
        return f"{self.gateway} {self.event_id} ({self.state})"
