"""Take invoices back, in part or in whole, when their money goes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import add

from django.conf import settings
from django.db import transaction
from django.db.models import Sum

from broadsheet.apps.invoicing.actions.issue_invoices import tax_lines
from broadsheet.apps.invoicing.actions.numbering import take_numbers
from broadsheet.apps.invoicing.models import CreditNote, CreditNoteLine, Invoice
from broadsheet.apps.invoicing.models.document import PARTS
from broadsheet.apps.payments.actions.post_ledger import Posting, post_ledgers
from broadsheet.apps.payments.events import DisputeLost, RefundSettled
from broadsheet.apps.payments.models import CHARGEBACKS, REFUNDS, Dispute
from broadsheet.domain.billing_calendar import local_day
from broadsheet.domain.invoice_number import name_series
from broadsheet.domain.money import Money
from broadsheet.domain.tax import Split, share_out, take_back
from broadsheet.plumbing.audit import record_deed
from broadsheet.plumbing.many_rows import insert_numbered_rows, insert_rows


@dataclass(frozen=True, slots=True)
class _Back:
    """Money that went back, and why; ``against`` is the account it went from."""

    payment_id: int
    amount: Money
    source: str
    reason: str
    against: str


@dataclass(frozen=True, slots=True)
class _Draft:
    invoice: Invoice
    back: _Back
    lines: tuple[tuple[int, Split], ...]

    @property
    def split(self) -> Split:
        return reduce(add, (split for _, split in self.lines))


def issue_credit_notes(events: Sequence[RefundSettled], *, now: datetime) -> None:
    """A credit note for each refund of a payment that has an invoice; twice makes one."""
    _credit(
        [
            _Back(
                payment_id=event.payment_id,
                amount=Money(event.amount_minor, event.currency),
                source=f"payments.refund:{event.refund_id}",
                reason=event.reason,
                against=REFUNDS,
            )
            for event in events
        ],
        now,
    )


def issue_credit_notes_for_lost(events: Sequence[DisputeLost], *, now: datetime) -> None:
    """A credit note for each payment that a reader's bank took back for good."""
    lost = Dispute.objects.filter(pk__in=[event.dispute_id for event in events]).order_by("pk")
    _credit(
        [
            _Back(
                payment_id=dispute.payment_id,
                amount=dispute.amount,
                source=f"payments.dispute:{dispute.pk}",
                reason="dispute lost",
                against=CHARGEBACKS,
            )
            for dispute in lost
        ],
        now,
    )


@transaction.atomic
def _credit(wanted: Sequence[_Back], now: datetime) -> None:
    if not wanted:
        return
    payments = {back.payment_id for back in wanted}
    held = Invoice.objects.select_for_update(of=("self",)).filter(payment_id__in=payments)
    invoices = {row.payment_id: row for row in held.order_by("pk").prefetch_related("lines")}
    done = set(
        CreditNote.objects.filter(source__in=[back.source for back in wanted]).values_list(
            "source", flat=True
        )
    )
    left = _find_left([row.pk for row in invoices.values()])
    drafts = []
    for back in wanted:
        invoice = invoices.get(back.payment_id)
        if invoice is None or back.source in done or back.amount.currency != invoice.currency:
            continue
        done.add(back.source)
        if lines := _take(invoice, left, back.amount.minor):
            drafts.append(_Draft(invoice, back, lines))
    if drafts:
        _post(drafts, now)
        _write(drafts, now)


def _find_left(invoice_ids: Sequence[int]) -> dict[int, Split]:
    """What went back of each line so far, by the line's id."""
    back = (
        CreditNoteLine.objects.filter(invoice_line__invoice_id__in=invoice_ids)
        .values("invoice_line_id")
        .annotate(**{f"sum_{part}": Sum(part) for part in PARTS})
    )
    return {
        row["invoice_line_id"]: Split(0) - Split(*(row[f"sum_{part}"] for part in PARTS))
        for row in back
    }


def _take(invoice: Invoice, left: dict[int, Split], amount: int) -> tuple[tuple[int, Split], ...]:
    """Each line's share of ``amount``, at most what is left of it; ``left`` is told."""
    standing = {
        line.pk: line.split + left.get(line.pk, Split(0))
        for line in sorted(invoice.lines.all(), key=lambda line: line.position)
    }
    totals = tuple(split.total for split in standing.values())
    shares = share_out(min(amount, sum(totals)), totals)
    taken = []
    for (pk, split), share in zip(standing.items(), shares, strict=True):
        if share:
            part = take_back(split, share)
            left[pk] = left.get(pk, Split(0)) - part
            taken.append((pk, part))
    return tuple(taken)


def _post(drafts: Sequence[_Draft], now: datetime) -> None:
    """The State gives the tax back that went to the reader with the refund."""
    post_ledgers(
        [
            Posting(
                kind="credit_note_issued",
                source=draft.back.source,
                lines=tax_lines(Split(0) - draft.split, draft.invoice.currency, draft.back.against),
            )
            for draft in drafts
            if draft.split.tax
        ],
        now=now,
    )


def _write(drafts: Sequence[_Draft], now: datetime) -> None:
    paper = settings.PAPER
    day = local_day(now, paper.zone)
    series = name_series(paper.credit_note_prefix, day, paper.year_start)
    numbers = take_numbers(series, len(drafts))
    ids = insert_numbered_rows(
        CreditNote,
        [
            *("invoice_id", "source", "number", "issued_at", "issued_on", "reason", "currency"),
            *("total_minor", *PARTS),
        ],
        [
            (
                *(draft.invoice.pk, draft.back.source, number, now, day),
                *(draft.back.reason[:240], draft.invoice.currency),
                *(draft.split.total, *draft.split.parts),
            )
            for draft, number in zip(drafts, numbers, strict=True)
        ],
    )
    insert_rows(
        CreditNoteLine,
        ["credit_note_id", "invoice_line_id", "total_minor", *PARTS],
        [
            (pk, line_id, split.total, *split.parts)
            for pk, draft in zip(ids, drafts, strict=True)
            for line_id, split in draft.lines
        ],
    )
    record_deed(
        actor="invoicing",
        deed="issue_credit_notes",
        subject=f"invoicing.series:{series}",
        now=now,
        first=numbers[0],
        last=numbers[-1],
    )
