"""The tables every room writes through: the outbox, the audit trail, and what the CDN must forget."""

from __future__ import annotations

from django.db import models


class OutboxRow(models.Model):
    """One handler's share of one event, written in the transaction that the event tells of."""

    event = models.CharField(max_length=120)
    handler = models.CharField(max_length=160)
    payload = models.JSONField()
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    last_error = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at"], name="outbox_waiting", condition=models.Q(done_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.event} → {self.handler}"


class AuditRow(models.Model):
    """Who did what to which thing, append-only."""

    at = models.DateTimeField()
    actor = models.CharField(max_length=254)
    deed = models.CharField(max_length=80)
    subject = models.CharField(max_length=120)
    detail = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["subject", "at"], name="audit_by_subject")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor} {self.deed} {self.subject}"


class WaitingPurge(models.Model):
    """A page that the CDN must forget and has not been told of, or was told of in vain."""

    key = models.CharField(max_length=120)
    path = models.CharField(max_length=500, blank=True)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    given_up_at = models.DateTimeField(null=True)
    says = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at"],
                name="purge_waiting",
                condition=models.Q(given_up_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return self.key


class WorkerBeat(models.Model):
    """When a worker was last alive."""

    worker_id = models.CharField(max_length=64, primary_key=True)
    beat_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.worker_id
