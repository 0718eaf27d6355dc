"""Make out the invoices of settled payments, in the transaction that settles them.

However many payments, the number of statements is the same. Where an invoice cannot be made out
(nobody has said what its tax class is taxed at, or its order's parts make no sense) the money is settled all the same and the invoice
is held; ``issue_held`` makes it out when that is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from operator import add
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction

from broadsheet.apps.invoicing.actions.numbering import take_numbers
from broadsheet.apps.invoicing.actions.registration import hold_registration
from broadsheet.apps.invoicing.models import (
    BillingDetails,
    HeldInvoice,
    Invoice,
    InvoiceLine,
    Registration,
    TaxRateRow,
)
from broadsheet.apps.invoicing.models.document import PARTS
from broadsheet.apps.invoicing.queries import ACCOUNTS
from broadsheet.apps.payments.actions.post_ledger import Posting, post_ledgers
from broadsheet.apps.payments.events import PaymentSettled
from broadsheet.apps.payments.models import DEFERRED, Payment
from broadsheet.domain.billing_calendar import local_day
from broadsheet.domain.invoice_number import name_series
from broadsheet.domain.money import Money
from broadsheet.domain.tax import (
    USUAL_CLASS,
    NoRate,
    Place,
    Split,
    TaxRate,
    Treatment,
    choose_treatment,
    find_rate,
    place_of_supply,
    take_tax_out,
)
from broadsheet.plumbing.audit import record_deed
from broadsheet.plumbing.many_rows import insert_numbered_rows, insert_rows

UNTAXED = frozenset({Treatment.UNTAXED, Treatment.EXPORT})
MOST_DESCRIPTION, MOST_CLASS = 120, 30


class CannotInvoice(ValueError):  # noqa: N818
    """No invoice can be made out for this sale; the message says why, and it is held for that."""


@dataclass(frozen=True, slots=True)
class _Line:
    description: str
    tax_class: str
    code: str
    rate_bp: int
    split: Split


class _Sale(NamedTuple):
    """What is read of one payment; whole rows of five tables would take most of the time."""

    payment_id: int
    reader_id: int
    amount_minor: int
    currency: str
    description: str
    parts: Sequence[Mapping[str, Any]]
    first_name: str
    last_name: str
    email: str

    @property
    def reader_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.email


_SALE = (
    *("pk", "reader_id", "amount_minor", "currency", "order__description", "order__parts"),
    *("reader__user__first_name", "reader__user__last_name", "reader__user__email"),
)


class _Buyer(NamedTuple):
    """What is read of a reader's billing details."""

    reader_id: int
    pk: int
    country: str
    state: str
    name: str


@dataclass(frozen=True, slots=True)
class _Draft:
    """An invoice but for its number."""

    sale: _Sale
    buyer: _Buyer | None
    place: Place
    treatment: Treatment
    lines: tuple[_Line, ...]
    split: Split


@dataclass(frozen=True, slots=True)
class _Rules:
    """What holds on the day of issue."""

    seller: Registration
    rates: tuple[TaxRate, ...]
    day: date

    taxed_countries: frozenset[str]


@transaction.atomic
def issue_invoices(events: Sequence[PaymentSettled], *, now: datetime) -> None:
    """Make out the invoice of each payment; parked ones, and those that have one, get none."""
    if events:
        issue_for([event.payment_id for event in events], now=now)


def issue_for(payment_ids: Sequence[int], *, now: datetime) -> int:
    """The same for payments by their ids; how many invoices were made out."""
    day = local_day(now, settings.PAPER.zone)
    rates = tuple(row.as_tax_rate() for row in TaxRateRow.objects.all())
    taxed = frozenset(rate.country for rate in rates if rate.holds_on(day))
    rules = _Rules(hold_registration(now), rates, day, taxed)
    payments = Payment.objects.filter(
        pk__in=payment_ids, parked_at=None, invoice=None, held_invoice=None
    )
    sales = [_Sale(*row) for row in payments.order_by("pk").values_list(*_SALE)]
    standing = BillingDetails.objects.filter(
        reader_id__in={sale.reader_id for sale in sales}, superseded_at=None
    )
    buyers = {row[0]: _Buyer(*row) for row in standing.values_list(*_Buyer._fields)}
    drafts, held = list[_Draft](), list[tuple[int, str, datetime]]()
    for sale in sales:
        try:
            drafts.append(_draft(sale, buyers.get(sale.reader_id), rules))
        except (NoRate, CannotInvoice) as error:
            held.append((sale.payment_id, str(error), now))
    insert_rows(HeldInvoice, ["payment_id", "held_for", "held_at"], held)
    if drafts:
        _post(drafts, now)
        _write(drafts, rules, now)
    return len(drafts)


def _draft(sale: _Sale, buyer: _Buyer | None, rules: _Rules) -> _Draft:
    seller = rules.seller
    place = place_of_supply(seller.place, Place(buyer.country, buyer.state) if buyer else None)
    treatment = choose_treatment(
        seller.place,
        registered=bool(seller.tax_number),
        place=place,
        taxed_countries=rules.taxed_countries,
    )
    parts: Sequence[Mapping[str, Any]] = sale.parts or [
        {"description": sale.description, "amount_minor": sale.amount_minor}
    ]
    try:
        lines = tuple(_line(part, place, treatment, rules) for part in parts)
    except (KeyError, TypeError, ValueError) as error:
        raise CannotInvoice(f"The order's parts cannot be read: {error!r}."[:200]) from error
    whole = lines[0].split if len(lines) == 1 else reduce(add, (line.split for line in lines))
    if whole.total != sale.amount_minor:
        raise CannotInvoice("The order's parts do not sum to what was paid.")
    return _Draft(sale, buyer, place, treatment, lines, whole)


def _line(part: Mapping[str, Any], place: Place, treatment: Treatment, rules: _Rules) -> _Line:
    tax_class = str(part.get("tax_class") or USUAL_CLASS)[:MOST_CLASS]
    country = place.country if treatment is Treatment.VAT else rules.seller.country
    rate = find_rate(rules.rates, country, tax_class, rules.day)
    if treatment in UNTAXED:
        rate_bp = 0
    elif rate is None:
        raise NoRate(f"No tax rate for {tax_class} in {country} holds on {rules.day}.")
    else:
        rate_bp = rate.rate_bp
    return _Line(
        description=str(part["description"])[:MOST_DESCRIPTION],
        tax_class=tax_class,
        code=rate.code if rate and treatment is not Treatment.UNTAXED else "",
        rate_bp=rate_bp,
        split=take_tax_out(part["amount_minor"], rate_bp, treatment),
    )


def _post(drafts: Sequence[_Draft], now: datetime) -> None:
    """The tax inside a payment is owed to the State from now on, and no longer to the reader."""
    post_ledgers(
        [
            Posting(
                kind="invoice_issued",
                source=f"payments.payment:{draft.sale.payment_id}",
                lines=tax_lines(draft.split, draft.sale.currency, DEFERRED),
            )
            for draft in drafts
            if draft.split.tax
        ],
        now=now,
    )


def tax_lines(split: Split, currency: str, against: str) -> dict[str, Money]:
    """Account → amount: the taxes of ``split`` on credit, their sum on debit of ``against``."""
    taxes = zip(ACCOUNTS.values(), split.parts[1:], strict=True)
    lines = {account: Money(-minor, currency) for account, minor in taxes if minor}
    return {against: Money(split.tax, currency), **lines}


def _write(drafts: Sequence[_Draft], rules: _Rules, now: datetime) -> None:
    paper = settings.PAPER
    series = name_series(paper.invoice_prefix, rules.day, paper.year_start)
    numbers = take_numbers(series, len(drafts))
    ids = insert_numbered_rows(
        Invoice,
        [
            *("payment_id", "reader_id", "number", "issued_at", "issued_on", "seller_id"),
            *("buyer_id", "buyer_name", "country", "state", "treatment", "currency"),
            *("total_minor", *PARTS),
        ],
        [
            (
                *(draft.sale.payment_id, draft.sale.reader_id, number, now, rules.day),
                *(rules.seller.pk, draft.buyer.pk if draft.buyer else None, _name(draft)),
                *(draft.place.country, draft.place.state, draft.treatment.value),
                *(draft.sale.currency, draft.split.total, *draft.split.parts),
            )
            for draft, number in zip(drafts, numbers, strict=True)
        ],
    )
    insert_rows(
        InvoiceLine,
        [
            *("invoice_id", "position", "description", "tax_class", "code", "rate_bp"),
            *("total_minor", *PARTS),
        ],
        [
            (
                *(pk, position, line.description, line.tax_class, line.code, line.rate_bp),
                *(line.split.total, *line.split.parts),
            )
            for pk, draft in zip(ids, drafts, strict=True)
            for position, line in enumerate(draft.lines, 1)
        ],
    )
    record_deed(
        actor="invoicing",
        deed="issue_invoices",
        subject=f"invoicing.series:{series}",
        now=now,
        first=numbers[0],
        last=numbers[-1],
    )


def _name(draft: _Draft) -> str:
    named = draft.buyer.name if draft.buyer is not None else ""
    return (named or draft.sale.reader_name)[:254]
