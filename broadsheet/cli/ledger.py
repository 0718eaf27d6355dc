"""``broadsheet ledger …``"""

from __future__ import annotations

import dataclasses

import click

from broadsheet.cli._print import answer, open_house, with_json


@click.group()
def group() -> None:
    """The money ledger."""


@group.command()
@with_json
def check(as_json: bool) -> None:
    """Check every invariant of money, terms and entitlements that our own books can show."""
    open_house()
    from broadsheet.apps.invoicing.queries import check_invoices
    from broadsheet.apps.payments.queries import check_ledger
    from broadsheet.apps.subscriptions.queries import check_terms
    from broadsheet.plumbing import clock

    now = clock.now()
    found = (*check_ledger(now), *check_invoices(now), *check_terms(now))
    ok = all(invariant.ok for invariant in found)
    words = "\n".join(
        f"{'ok   ' if invariant.ok else 'WRONG'} {invariant.name}: {invariant.detail}"
        for invariant in found
    )
    facts = {"ok": ok, "invariants": [dataclasses.asdict(invariant) for invariant in found]}
    answer(facts, as_json=as_json, words=words, failed=not ok)
