"""What is asked of accounts."""

from __future__ import annotations

from broadsheet.apps.accounts.models import Reader


def get_reader(reader_id: int) -> Reader:
    """One reader with the sign-in row. Raises ``Reader.DoesNotExist``."""
    return Reader.objects.select_related("user").get(pk=reader_id)


def find_reader_by_email(email: str) -> Reader | None:
    return Reader.objects.select_related("user").filter(user__email__iexact=email).first()
