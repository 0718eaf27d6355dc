"""How fast one gateway may be spoken to, for all processes together."""

from __future__ import annotations

from django.db import models


class GatewayPace(models.Model):
    """One row a gateway; whoever takes charges to send locks it first.

    ``free_at`` is when the next charge may go out (a token bucket kept as an instant). ``halvings``
    is how often the rate was halved because the gateway was busy. The window counts what was sent
    since ``window_at`` and how much of it never arrived or stayed without an answer; while
    ``stopped_until`` lies ahead nothing is sent. ``day`` and ``day_sent`` keep the daily cap.
    """

    gateway = models.CharField(max_length=20, unique=True)
    free_at = models.DateTimeField(null=True)
    halvings = models.PositiveSmallIntegerField(default=0)
    window_at = models.DateTimeField(null=True)
    window_sent = models.PositiveIntegerField(default=0)
    window_lost = models.PositiveIntegerField(default=0)
    stopped_until = models.DateTimeField(null=True)
    day = models.DateField(null=True)
    day_sent = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"pace of {self.gateway}"
