"""What is done to accounts."""

from __future__ import annotations

from datetime import datetime

from broadsheet.apps.accounts.models import Reader, User


def register_reader(*, user: User, now: datetime) -> Reader:
    """Give a sign-in row its reader. Done twice, it is the same reader."""
    reader, _ = Reader.objects.get_or_create(user=user, defaults={"created_at": now})
    return reader
