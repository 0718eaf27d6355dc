"""Sessions whose passes no longer count."""

from __future__ import annotations

from django.db import models


class RevokedSession(models.Model):
    """A session signed out, kept until its last pass has expired by itself."""

    session = models.CharField(max_length=64, unique=True)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return self.session
