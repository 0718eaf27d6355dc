"""Write balanced transactions in the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from broadsheet.apps.payments.models import LedgerEntry, LedgerTransaction
from broadsheet.domain.money import Money
from broadsheet.plumbing.many_rows import insert_numbered_rows, insert_rows


class DoesNotBalance(ValueError):  # noqa: N818
    """The lines of a ledger transaction must sum to nought in each currency."""


@dataclass(frozen=True, slots=True)
class Posting:
    """One thing that happened to money: account → amount, debits positive."""

    kind: str
    source: str
    lines: Mapping[str, Money]


def post_ledger(*, kind: str, source: str, lines: Mapping[str, Money], now: datetime) -> bool:
    """Write the lines once for this kind and source; ``False`` when it stands already.

    Raises ``DoesNotBalance``.
    """
    return post_ledgers([Posting(kind, source, lines)], now=now) == 1


@transaction.atomic
def post_ledgers(postings: Sequence[Posting], *, now: datetime) -> int:
    """Write each posting once, however many, in three statements; how many were new.

    Raises ``DoesNotBalance`` and then writes none.
    """
    for one in postings:
        _check_balance(one)
    stands = set(
        LedgerTransaction.objects.filter(
            kind__in={one.kind for one in postings}, source__among={one.source for one in postings}
        ).values_list("kind", "source")
    )
    new = {(one.kind, one.source): one for one in postings}
    new = {name: one for name, one in new.items() if name not in stands}
    ids = insert_numbered_rows(
        LedgerTransaction, ["kind", "source", "at"], [(*name, now) for name in new]
    )
    insert_rows(
        LedgerEntry,
        ["transaction_id", "account", "amount_minor", "currency"],
        [
            (pk, account, money.minor, money.currency)
            for pk, one in zip(ids, new.values(), strict=True)
            for account, money in one.lines.items()
            if money
        ],
    )
    return len(new)


def _check_balance(one: Posting) -> None:
    sums: dict[str, int] = {}
    for money in one.lines.values():
        sums[money.currency] = sums.get(money.currency, 0) + money.minor
    if not one.lines or any(sums.values()):
        raise DoesNotBalance(f"{one.kind} {one.source}: {dict(one.lines)}")
