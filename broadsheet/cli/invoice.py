"""``broadsheet invoice …``"""

from __future__ import annotations

import sys
from contextlib import nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TextIO

import click

from broadsheet.cli._print import answer, open_house, with_json

DAY = click.DateTime(formats=["%Y-%m-%d"])
FORMATS = ("accountant", "gst-b2b", "gst-b2cs")
ELSEWHERE = {
    "gst-b2b": "credit notes to companies stand in the tool's sheet cdnr",
    "gst-b2cs": "invoices above 1,00,000 to other States stand in the tool's sheet b2cl",
}


@click.group()
def group() -> None:
    """Invoices and credit notes."""


@group.command()
@click.option("--from", "since", type=DAY, required=True, help="First day of issue.")
@click.option("--to", "until", type=DAY, required=True, help="Last day of issue, included.")
@click.option(
    "--format", "sheet", type=click.Choice(FORMATS), default="accountant", show_default=True
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write; without it standard output.",
)
@with_json
def export(
    *, since: datetime, until: datetime, sheet: str, out: Path | None, as_json: bool
) -> None:
    """Write what was issued as CSV, for the accountant or for a sheet of the GST offline tool."""
    if until < since:
        raise click.UsageError("--to lies before --from.")
    if as_json and out is None:
        raise click.UsageError("With --json the sheet needs a file of its own: name one by --out.")
    open_house()
    from broadsheet.apps.invoicing.formats.sheets import write_sheet

    with _open(out) as file:
        days = (since.date(), until.date() + timedelta(days=1))
        rows, left_out = write_sheet(sheet, *days, file)
    if out is None:
        if left_out:
            print(f"{left_out} left out: {ELSEWHERE[sheet]}.", file=sys.stderr)
        return
    words = f"{rows} rows in {out}."
    if left_out:
        words += f" {left_out} left out: {ELSEWHERE[sheet]}."
    answer({"rows": rows, "left_out": left_out, "path": str(out)}, as_json=as_json, words=words)


@group.command()
@click.argument("number")
@click.option(
    "--pdf", type=click.Path(dir_okay=False, path_type=Path), help="Print it to this file."
)
@with_json
def show(number: str, pdf: Path | None, as_json: bool) -> None:
    """Tell of one invoice or credit note by its NUMBER, such as BS/2627/0000001."""
    open_house()
    facts, printed = _find(number, wants_pdf=pdf is not None)
    if pdf is not None:
        try:
            pdf.write_bytes(printed)
        except OSError as error:
            raise click.UsageError(f"{pdf} cannot be written ({error.strerror}).") from error
        facts["path"] = str(pdf)
    words = "\n".join(f"{name}: {what}" for name, what in facts.items())
    answer(facts, as_json=as_json, words=words)


@group.command()
@with_json
def issue(as_json: bool) -> None:
    """Make out the invoices that were held because a tax rate was missing."""
    open_house()
    from broadsheet.apps.invoicing.actions import issue_held_invoices
    from broadsheet.apps.invoicing.queries import list_held
    from broadsheet.plumbing import clock

    issued = issue_held_invoices(now=clock.now())
    held = [
        {"payment": one.payment.number, "held_for": one.held_for} for one in list_held(limit=100)
    ]
    words = "\n".join(
        [f"{issued} made out.", *(f"{one['payment']}: {one['held_for']}" for one in held)]
    )
    answer({"issued": issued, "held": held}, as_json=as_json, words=words, failed=bool(held))


def _open(out: Path | None) -> Any:
    if out is None:
        return nullcontext[TextIO](sys.stdout)
    try:
        return out.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise click.UsageError(f"{out} cannot be written ({error.strerror}).") from error


def _find(number: str, *, wants_pdf: bool) -> tuple[dict[str, Any], bytes]:
    from broadsheet.apps.invoicing.formats import print_credit_note, print_invoice
    from broadsheet.apps.invoicing.models import CreditNote, Invoice
    from broadsheet.apps.invoicing.queries import get_credit_note, get_invoice

    try:
        invoice = get_invoice(number)
    except Invoice.DoesNotExist:
        try:
            note = get_credit_note(number)
        except CreditNote.DoesNotExist as error:
            raise click.UsageError(f"There is no invoice or credit note {number!r}.") from error
        facts = {**_tell(note), "for_invoice": note.invoice.number}
        return facts, print_credit_note(note) if wants_pdf else b""
    facts = {**_tell(invoice), "buyer": invoice.buyer_name, "treatment": invoice.treatment}
    return facts, print_invoice(invoice) if wants_pdf else b""


def _tell(document: Any) -> dict[str, Any]:
    split = document.split
    return {
        "number": document.number,
        "issued_on": document.issued_on.isoformat(),
        "currency": document.currency,
        "total_minor": document.total_minor,
        "taxable_minor": split.taxable,
        "cgst_minor": split.cgst,
        "sgst_minor": split.sgst,
        "igst_minor": split.igst,
        "vat_minor": split.vat,
    }
