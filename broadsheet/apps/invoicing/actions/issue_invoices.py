"""Make out the invoices of settled payments, in the transaction that settles them.

However many payments, the number of statements is the same. Where an invoice cannot be made out
(nobody has said what its tax class is taxed at) the money is settled all the same and the invoice
is held; ``issue_held`` makes it out when that is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from operator import add

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


@dataclass(frozen=True, slots=True)
class _Line:
    description: str
    tax_class: str
    code: str
    rate_bp: int
    split: Split


@dataclass(frozen=True, slots=True)
class _Draft:
    """An invoice but for its number."""

    payment: Payment
    buyer: BillingDetails | None
    place: Place
    treatment: Treatment
    lines: tuple[_Line, ...]

    @property
    def split(self) -> Split:
        return reduce(add, (line.split for line in self.lines))


@dataclass(frozen=True, slots=True)
class _Rules:
    """What holds on the day of issue."""

    seller: Registration
    rates: tuple[TaxRate, ...]
    day: date

    @property
    def taxed_countries(self) -> frozenset[str]:
        return frozenset(rate.country for rate in self.rates if rate.holds_on(self.day))


@transaction.atomic
def issue_invoices(events: Sequence[PaymentSettled], *, now: datetime) -> None:
    """Make out the invoice of each payment; parked ones, and those that have one, get none."""
    if events:
        issue_for([event.payment_id for event in events], now=now)


def issue_for(payment_ids: Sequence[int], *, now: datetime) -> int:
    """The same for payments by their ids; how many invoices were made out."""
    day = local_day(now, settings.PAPER.zone)
    rates = tuple(row.as_tax_rate() for row in TaxRateRow.objects.all())
    rules = _Rules(hold_registration(now), rates, day)
    payments = list(
        Payment.objects.filter(pk__in=payment_ids, parked_at=None, invoice=None)
        .select_related("order", "reader__user")
        .order_by("pk")
    )
    readers = {payment.reader_id for payment in payments}
    standing = BillingDetails.objects.filter(reader_id__in=readers, superseded_at=None)
    buyers = {details.reader_id: details for details in standing}
    drafts, held = list[_Draft](), list[tuple[int, str, datetime]]()
    for payment in payments:
        try:
            drafts.append(_draft(payment, buyers.get(payment.reader_id), rules))
        except NoRate as error:
            held.append((payment.pk, str(error), now))
    insert_rows(HeldInvoice, ["payment_id", "held_for", "held_at"], held)
    if drafts:
        _post(drafts, now)
        _write(drafts, rules, now)
    return len(drafts)


def _draft(payment: Payment, buyer: BillingDetails | None, rules: _Rules) -> _Draft:
    seller = rules.seller
    place = place_of_supply(seller.place, buyer.place if buyer else None)
    treatment = choose_treatment(
        seller.place,
        registered=bool(seller.tax_number),
        place=place,
        taxed_countries=rules.taxed_countries,
    )
    order = payment.order
    parts: Sequence[Mapping[str, object]] = order.parts or [
        {"description": order.description, "amount_minor": payment.amount_minor}
    ]
    lines = tuple(_line(part, place, treatment, rules) for part in parts)
    return _Draft(payment, buyer, place, treatment, lines)


def _line(part: Mapping[str, object], place: Place, treatment: Treatment, rules: _Rules) -> _Line:
    tax_class = str(part.get("tax_class") or USUAL_CLASS)
    country = place.country if treatment is Treatment.VAT else rules.seller.country
    rate = find_rate(rules.rates, country, tax_class, rules.day)
    if treatment in UNTAXED:
        rate_bp = 0
    elif rate is None:
        raise NoRate(f"No tax rate for {tax_class} in {country} holds on {rules.day}.")
    else:
        rate_bp = rate.rate_bp
    return _Line(
        description=str(part["description"]),
        tax_class=tax_class,
        code=rate.code if rate and treatment is not Treatment.UNTAXED else "",
        rate_bp=rate_bp,
        split=take_tax_out(int(str(part["amount_minor"])), rate_bp, treatment),
    )


def _post(drafts: Sequence[_Draft], now: datetime) -> None:
    """The tax inside a payment is owed to the State from now on, and no longer to the reader."""
    post_ledgers(
        [
            Posting(
                kind="invoice_issued",
                source=f"payments.payment:{draft.payment.pk}",
                lines=tax_lines(draft.split, draft.payment.currency, DEFERRED),
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
                *(draft.payment.pk, draft.payment.reader_id, number, now, rules.day),
                *(rules.seller.pk, draft.buyer.pk if draft.buyer else None, _name(draft)),
                *(draft.place.country, draft.place.state, draft.treatment.value),
                *(draft.payment.currency, draft.split.total, *draft.split.parts),
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
    if draft.buyer is not None and draft.buyer.name:
        return draft.buyer.name
    return draft.payment.reader.user.get_full_name()[:254]
