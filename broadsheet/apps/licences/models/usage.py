"""How much was read by each licence: sums only, and no reader."""

from __future__ import annotations

from django.db import models

from broadsheet.apps.licences.models.licence import Licence


class UsageHour(models.Model):
    """The requests of one licence in one hour (UTC) at one host's gate."""

    licence = models.ForeignKey(Licence, on_delete=models.CASCADE, related_name="usage")
    hour_at = models.DateTimeField()
    host = models.CharField(max_length=64)
    total = models.PositiveIntegerField()
    unique = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["licence", "hour_at", "host"], name="an_hour_is_counted_once_a_host"
            )
        ]

    def __str__(self) -> str:
        return f"{self.total} in {self.hour_at:%Y-%m-%dT%H}"


class CountedHours(models.Model):
    """Up to which hour a host's events are counted."""

    host = models.CharField(max_length=64, unique=True)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.host} until {self.until:%Y-%m-%dT%H}"
