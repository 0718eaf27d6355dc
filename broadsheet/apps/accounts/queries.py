"""What is asked of accounts."""

from __future__ import annotations

from allauth.account.models import EmailAddress

from broadsheet.apps.accounts.models import Reader


def get_reader(reader_id: int) -> Reader:
    """One reader with the sign-in row. Raises ``Reader.DoesNotExist``."""
    return Reader.objects.select_related("user").get(pk=reader_id)


def find_reader_by_email(email: str) -> Reader | None:
    return Reader.objects.select_related("user").filter(user__email__iexact=email).first()


def list_confirmed_addresses(reader_id: int) -> frozenset[str]:
    """The addresses that a reader has shown to be theirs, in lower case."""
    rows = EmailAddress.objects.filter(user__reader=reader_id, verified=True)
    return frozenset(address.lower() for address in rows.values_list("email", flat=True))
