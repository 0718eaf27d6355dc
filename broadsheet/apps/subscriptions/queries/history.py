"""A reader's whole life with the paper, for the desk: found by whatever a letter names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Q

from broadsheet.apps.accounts.models import Reader
from broadsheet.apps.benefits.queries import list_benefits
from broadsheet.apps.invoicing.models import CreditNote, Invoice
from broadsheet.apps.payments.models import Charge, Dispute, Order, Payment, Refund
from broadsheet.apps.plans.queries import say_term
from broadsheet.apps.subscriptions.models import Subscription, Term
from broadsheet.domain.money import Money
from broadsheet.domain.subscription import State
from broadsheet.plumbing.models import AuditRow

MOST_FOUND = 50
MOST_DEEDS = 100
MOST_LINES = 200
SHORTEST = 3


@dataclass(frozen=True, slots=True)
class FoundReader:
    """One reader that a search found; ``subscription`` is the live one, else the last."""

    reader_id: int
    email: str
    name: str
    plan: str
    state: str
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class AgreementLine:
    """One subscription with its terms, the latest first."""

    subscription: Subscription
    term: str
    terms: tuple[Term, ...]

    @property
    def is_live(self) -> bool:
        return self.subscription.is_live


@dataclass(frozen=True, slots=True)
class PaymentLine:
    """Settled money with what was written about it and what went back."""

    payment: Payment
    invoice: str
    credit_notes: tuple[str, ...]
    refunds: tuple[Refund, ...]
    disputes: tuple[Dispute, ...]

    @property
    def left(self) -> Money:
        """What can still be given back."""
        lost = sum(one.amount_minor for one in self.disputes if one.state != Dispute.State.WON)
        left = self.payment.amount_minor - self.payment.refunded_minor - lost
        return Money(max(left, 0), self.payment.currency)


@dataclass(frozen=True, slots=True)
class History:
    """Everything of one reader, each list the latest first and none longer than ``MOST_LINES``."""

    reader: Reader
    benefits: tuple[str, ...]
    agreements: tuple[AgreementLine, ...]
    payments: tuple[PaymentLine, ...]
    charges: tuple[Charge, ...]
    deeds: tuple[AuditRow, ...]
    open_orders: tuple[Order, ...] = field(default=())


def find_readers(text: str) -> list[FoundReader]:
    """Readers by e-mail or name (any part of ``SHORTEST`` letters or more), or by the exact number
    of a receipt, an invoice or a credit note, a gateway's reference or our own key of a charge.
    """
    text = text.strip()
    if len(text) < SHORTEST:
        return []
    named = (
        Q(user__email__icontains=text)
        | Q(user__first_name__icontains=text)
        | Q(user__last_name__icontains=text)
    )
    for word in text.split()[1:2]:
        named |= Q(user__first_name__iexact=text.split()[0], user__last_name__icontains=word)
    wanted = named | Q(pk__in=_find_by_number(text))
    readers = Reader.objects.filter(wanted).select_related("user").order_by("user__email")
    found = list(readers[:MOST_FOUND])
    return _describe(found)


def get_history(reader_id: int, now: datetime) -> History:
    """One reader's whole life, in the same number of queries however long it is.

    Raises ``Reader.DoesNotExist``.
    """
    reader = Reader.objects.select_related("user").get(pk=reader_id)
    subscriptions = (
        Subscription.objects.filter(reader_id=reader_id)
        .select_related("plan", "mandate", "next_plan")
        .order_by("-created_at", "-pk")[:MOST_LINES]
    )
    agreements = _with_terms(list(subscriptions))
    charges = (
        Charge.objects.filter(order__reader_id=reader_id)
        .select_related("order", "mandate")
        .order_by("-pk")[:MOST_LINES]
    )
    orders = Order.objects.filter(reader_id=reader_id, state=Order.State.OPEN).order_by("-pk")
    payments = _list_payments(reader_id)
    return History(
        reader=reader,
        benefits=tuple(sorted(list_benefits(reader_id, now))),
        agreements=agreements,
        payments=payments,
        charges=tuple(charges),
        deeds=_list_deeds(reader_id, agreements, payments),
        open_orders=tuple(orders[:MOST_LINES]),
    )


def get_payment_line(payment_id: int, reader_id: int) -> PaymentLine:
    """One payment of this reader. Raises ``Payment.DoesNotExist``."""
    for line in _list_payments(reader_id, payment_id):
        return line
    raise Payment.DoesNotExist(f"Reader {reader_id} has no payment {payment_id}.")


def _find_by_number(text: str) -> set[int]:
    upper = text.upper()
    found: set[int | None] = set()
    found.update(
        Payment.objects.filter(
            Q(number=upper)
            | Q(refunds__gateway_reference=text)
            | Q(refunds__key=text)
            | Q(disputes__gateway_reference=text)
        ).values_list("reader_id", flat=True)[:MOST_FOUND]
    )
    found.update(Invoice.objects.filter(number=upper).values_list("reader_id", flat=True))
    found.update(
        CreditNote.objects.filter(number=upper).values_list("invoice__reader_id", flat=True)
    )
    found.update(
        Charge.objects.filter(Q(gateway_reference=text) | Q(key=text)).values_list(
            "order__reader_id", flat=True
        )[:MOST_FOUND]
    )
    return {pk for pk in found if pk is not None}


def _describe(readers: Iterable[Reader]) -> list[FoundReader]:
    readers = list(readers)
    rows = Subscription.objects.filter(reader__in=readers, seq__gt=0).select_related("plan")
    last: dict[int, Subscription] = {}
    for row in rows.order_by("pk"):
        standing = last.get(row.reader_id)
        if standing is None or not standing.is_live:
            last[row.reader_id] = row
    return [
        FoundReader(
            reader_id=reader.pk,
            email=reader.user.email,
            name=f"{reader.user.first_name} {reader.user.last_name}".strip(),
            plan=found.plan.name if (found := last.get(reader.pk)) else "",
            state=State(found.state).value if found else "",
            ends_on=found.ends_on if found else None,
        )
        for reader in readers
    ]


def _with_terms(subscriptions: list[Subscription]) -> tuple[AgreementLine, ...]:
    terms: dict[int, list[Term]] = {}
    rows = Term.objects.filter(subscription__in=subscriptions).select_related("payment", "plan")
    for row in rows.order_by("-seq")[:MOST_LINES]:
        terms.setdefault(row.subscription_id, []).append(row)
    return tuple(
        AgreementLine(row, say_term(row.term_length), tuple(terms.get(row.pk, ())))
        for row in subscriptions
    )


def _list_payments(reader_id: int, payment_id: int | None = None) -> tuple[PaymentLine, ...]:
    rows = (
        Payment.objects.filter(reader_id=reader_id)
        .select_related("order", "charge")
        .prefetch_related("refunds", "disputes")
        .order_by("-settled_at", "-pk")
    )
    if payment_id is not None:
        rows = rows.filter(pk=payment_id)
    payments = list(rows[:MOST_LINES])
    invoices = {
        row.payment_id: row
        for row in Invoice.objects.filter(payment__in=payments).prefetch_related("credit_notes")
    }
    return tuple(
        PaymentLine(
            payment=row,
            invoice=found.number if (found := invoices.get(row.pk)) else "",
            credit_notes=tuple(note.number for note in found.credit_notes.all()) if found else (),
            refunds=tuple(row.refunds.all()),
            disputes=tuple(row.disputes.all()),
        )
        for row in payments
    )


def _list_deeds(
    reader_id: int, agreements: Iterable[AgreementLine], payments: Iterable[PaymentLine]
) -> tuple[AuditRow, ...]:
    """Who did what to this reader, the agreements and the payments."""
    subjects = [f"accounts.reader:{reader_id}"]
    subjects += [f"subscriptions.subscription:{one.subscription.pk}" for one in agreements]
    for line in payments:
        subjects.append(f"payments.payment:{line.payment.pk}")
        subjects += [f"payments.refund:{one.pk}" for one in line.refunds]
        subjects += [f"payments.dispute:{one.pk}" for one in line.disputes]
    rows = AuditRow.objects.filter(subject__in=subjects).order_by("-at", "-pk")
    return tuple(rows[:MOST_DEEDS])
