"""Write one balanced transaction in the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from broadsheet.apps.payments.models import LedgerEntry, LedgerTransaction
from broadsheet.domain.money import Money


class DoesNotBalance(ValueError):  # noqa: N818
    """The lines of a ledger transaction must sum to nought in each currency."""


@transaction.atomic
def post_ledger(*, kind: str, source: str, lines: Mapping[str, Money], now: datetime) -> bool:
    """Write the lines (account → amount, debits positive) once for this kind and source.

    ``False`` when it stands already. Raises ``DoesNotBalance``.
    """
    sums: dict[str, int] = {}
    for money in lines.values():
        sums[money.currency] = sums.get(money.currency, 0) + money.minor
    if not lines or any(sums.values()):
        raise DoesNotBalance(f"{kind} {source}: {dict(lines)}")
    written, made = LedgerTransaction.objects.get_or_create(
        kind=kind, source=source, defaults={"at": now}
    )
    if made:
        LedgerEntry.objects.bulk_create(
            LedgerEntry(
                transaction=written,
                account=account,
                amount_minor=money.minor,
                currency=money.currency,
            )
            for account, money in lines.items()
            if money
        )
    return made
