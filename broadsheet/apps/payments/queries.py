"""What is asked of payments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Max, Min, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from broadsheet.apps.payments.gateways import list_gateways, open_gateway
from broadsheet.apps.payments.models import (
    CHARGEBACKS,
    DISPUTED,
    Charge,
    Dispute,
    GatewayEvent,
    LedgerEntry,
    LedgerTransaction,
    Mandate,
    NumberSeries,
    Order,
    Payment,
    Refund,
    cash_at,
)
from broadsheet.domain.charge import OPEN_STATES, ChargeState
from broadsheet.domain.money import Money
from broadsheet.domain.refund import RefundState

_REAPER_MAY_TAKE = timedelta(minutes=5)
_SILENCE = timedelta(hours=1)
_SILENCE_LOOKS_BACK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class OrderStanding:
    """Where one order stands, as its page tells the reader."""

    order_id: int
    uid: str
    purpose: str
    gateway: str
    description: str
    amount: Money
    state: str
    charge_id: int | None
    charge_state: ChargeState | None
    page_url: str
    decline_code: str
    continue_to: str
    payment_id: int | None
    may_ask: bool
    """Whether the gateway may be asked again already."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """One payment, as its receipt tells it."""

    payment_id: int
    number: str
    description: str
    amount: Money
    settled_at: datetime
    paid_with: str
    parked: bool


@dataclass(frozen=True, slots=True)
class SilentGateway:
    """A gateway that should have told us of charges and did not."""

    code: str
    charges: int
    """How many ended that it never told of."""
    since: datetime
    """When the first of them ended."""
    last_heard_at: datetime | None


@dataclass(frozen=True, slots=True)
class Invariant:
    """One thing that must always hold, and whether it does."""

    name: str
    ok: bool
    detail: str


def get_order_standing(uid: str, reader_id: int, now: datetime) -> OrderStanding:
    """An order of this reader. Raises ``Order.DoesNotExist``."""
    order = Order.objects.get(uid=uid, reader_id=reader_id)
    charge = order.charges.order_by("-n").first()
    payment = Payment.objects.filter(order=order).first()
    return OrderStanding(
        order_id=order.pk,
        uid=str(order.uid),
        purpose=order.purpose,
        gateway=order.gateway,
        description=order.description,
        amount=order.amount,
        state=order.state,
        charge_id=charge.pk if charge else None,
        charge_state=ChargeState(charge.state) if charge else None,
        page_url=charge.page_url if charge else "",
        decline_code=charge.decline_code if charge else "",
        continue_to=order.continue_to,
        payment_id=payment.pk if payment else None,
        may_ask=charge is None
        or charge.state != ChargeState.SENT
        or charge.deadline_at is None
        or charge.deadline_at <= now,
    )


def find_open_checkout(reader_id: int) -> Order | None:
    """The checkout that a reader has not finished."""
    return Order.objects.filter(
        reader_id=reader_id, state=Order.State.OPEN, purpose=Order.Purpose.CHECKOUT
    ).first()


def has_open_charge(order_id: int | None) -> bool:
    """Whether a charge of an order is open; where there is no order, none is."""
    if order_id is None:
        return False
    return Charge.objects.filter(order_id=order_id, state__in=OPEN_STATES).exists()


def list_receipts(reader_id: int) -> list[Receipt]:
    """A reader's receipts, newest first."""
    rows = Payment.objects.filter(reader_id=reader_id).order_by("-settled_at", "-pk")
    return [_as_receipt(row) for row in rows.select_related("order")]


def get_receipt(payment_id: int, reader_id: int) -> Receipt:
    """One receipt of this reader. Raises ``Payment.DoesNotExist``."""
    row = Payment.objects.select_related("order").get(pk=payment_id, reader_id=reader_id)
    return _as_receipt(row)


def find_order(order_id: int) -> Order | None:
    return Order.objects.filter(pk=order_id).first()


def find_charge(key: str) -> Charge | None:
    return Charge.objects.filter(key=key).first()


def find_payment(number: str) -> Payment | None:
    """The payment whose receipt bears ``number``."""
    return Payment.objects.filter(number=number).first()


def find_refund(key: str) -> Refund | None:
    return Refund.objects.filter(key=key).first()


def list_waiting_words(limit: int = 200) -> list[GatewayEvent]:
    """What gateways have told us that is not seen to, or was given up; newest first."""
    unsettled = Q(state__in=[GatewayEvent.State.WAITING, GatewayEvent.State.EARLY])
    given_up = Q(state=GatewayEvent.State.IGNORED) & ~Q(last_error="")
    told = GatewayEvent.objects.filter(unsettled | given_up).defer("body")
    return list(told.order_by("-received_at", "-pk")[:limit])


def find_mandate(mandate_id: int | None) -> Mandate | None:
    return Mandate.objects.filter(pk=mandate_id).first() if mandate_id else None


def check_ledger(now: datetime) -> tuple[Invariant, ...]:
    """The invariants of money that one room can see (billing.md §5; I5 wants the gateway)."""
    return (
        _count("I1 each ledger transaction sums to nought", _unbalanced()),
        _count("I2 no order has taken, or given back, more than its amount", _overpaid()),
        _count("I3 no order has two open charges", _twice_open()),
        _count("I4 each success has a gateway reference of its own", _without_reference()),
        _count("I7 each payment has its cash in the ledger, and each cash its charge", _cash()),
        _count(
            "I7 each refund and dispute has its lines in the ledger, and no more", _given_back()
        ),
        _count("I8 receipt numbers have no gap", _gaps()),
        _count("I9 no charge is on the wire past its deadline", _late(now)),
    )


def list_silent_gateways(now: datetime) -> list[SilentGateway]:
    """Gateways with webhooks that said nothing at all since charges were sent that have ended.

    A company that gave up on our address (Razorpay does so after a day) is found so within an
    hour of the next charge; the charges themselves the reaper finds without it.
    """
    return [
        silent
        for code in list_gateways()
        if open_gateway(code).capabilities.webhooks
        and (silent := _find_silence(code, now)) is not None
    ]


def count_quarantined() -> int:
    """Charges and payments that a person must look at."""
    return (
        Charge.objects.exclude(quarantined_for="").count()
        + Payment.objects.filter(parked_at__isnull=False).count()
    )


def _find_silence(code: str, now: datetime) -> SilentGateway | None:
    heard = GatewayEvent.objects.filter(gateway=code).aggregate(last=Max("received_at"))["last"]
    ended = Charge.objects.filter(
        gateway=code,
        state__in=[ChargeState.SUCCEEDED, ChargeState.DECLINED],
        closed_at__gt=now - _SILENCE_LOOKS_BACK,
        closed_at__lte=now - _SILENCE,
    )
    if heard is not None:
        ended = ended.filter(sent_at__gt=heard)
    found = ended.aggregate(many=Count("pk"), first=Min("closed_at"))
    if not found["many"]:
        return None
    return SilentGateway(code, found["many"], found["first"], heard)


def _as_receipt(row: Payment) -> Receipt:
    return Receipt(
        payment_id=row.pk,
        number=row.number or "",
        description=row.order.description,
        amount=row.amount,
        settled_at=row.settled_at,
        paid_with=row.paid_with,
        parked=row.parked_at is not None,
    )


def _count(name: str, wrong: int) -> Invariant:
    return Invariant(name, wrong == 0, "holds" if wrong == 0 else f"{wrong} do not")


def _unbalanced() -> int:
    by_currency = LedgerEntry.objects.values("transaction_id", "currency").annotate(
        total=Sum("amount_minor")
    )
    empty = LedgerTransaction.objects.filter(entries__isnull=True).count()
    return by_currency.exclude(total=0).count() + empty


def _overpaid() -> int:
    taken = Charge.objects.filter(state=ChargeState.SUCCEEDED, quarantined_for="")
    too_much = (
        taken.values("order_id", "order__amount_minor")
        .annotate(taken=Sum("amount_minor"))
        .filter(taken__gt=F("order__amount_minor"))
    )
    promised = Coalesce(
        Sum("refunds__amount_minor", filter=~Q(refunds__state=RefundState.DECLINED)), 0
    )
    given = Payment.objects.annotate(promised=promised)
    return (
        too_much.count()
        + given.exclude(promised=F("refunded_minor")).count()
        + given.filter(promised__gt=F("amount_minor")).count()
    )


def _twice_open() -> int:
    opened = Charge.objects.filter(state__in=OPEN_STATES).values("order_id")
    return opened.annotate(many=Count("pk")).filter(many__gt=1).count()


def _without_reference() -> int:
    succeeded = Charge.objects.filter(state=ChargeState.SUCCEEDED)
    lacking = succeeded.filter(Q(gateway_reference__isnull=True) | Q(gateway_reference="")).count()
    shared = (
        succeeded.values("gateway", "gateway_reference")
        .annotate(many=Count("pk"))
        .filter(many__gt=1)
    )
    given = Refund.objects.filter(state=RefundState.SUCCEEDED)
    nameless = given.filter(Q(gateway_reference__isnull=True) | Q(gateway_reference=""))
    return lacking + shared.count() + nameless.count()


def _cash() -> int:
    """Compare, gateway by gateway, what was settled with what the ledger says came in."""
    wrong = 0
    gateways = set(Charge.objects.values_list("gateway", flat=True).distinct())
    for gateway in gateways:
        booked = LedgerEntry.objects.filter(account=cash_at(gateway))
        lines = booked.filter(
            transaction__kind__in=["payment_settled", "money_quarantined"]
        ).count()
        wrong += (
            lines != Charge.objects.filter(gateway=gateway, state=ChargeState.SUCCEEDED).count()
        )
        in_ledger = booked.filter(transaction__kind="payment_settled").aggregate(
            total=Coalesce(Sum("amount_minor"), 0)
        )["total"]
        in_payments = Payment.objects.filter(charge__gateway=gateway).aggregate(
            total=Coalesce(Sum("amount_minor"), 0)
        )["total"]
        wrong += in_ledger != in_payments
    unpaid = Order.objects.filter(state=Order.State.PAID, payment__isnull=True).count()
    unclosed = Payment.objects.exclude(order__state=Order.State.PAID).count()
    return wrong + unpaid + unclosed


def _given_back() -> int:
    """Compare refunds and disputes, gateway by gateway, with what the ledger says went out."""
    wrong = 0
    for gateway in set(Refund.objects.values_list("gateway", flat=True).distinct()):
        given = Refund.objects.filter(gateway=gateway, state=RefundState.SUCCEEDED)
        kinds = ["refund_settled", "refund_returned"]
        wrong += _moved(gateway, kinds) != -_sum(given)
        wrong += given.count() != _lines(gateway, kinds[:1]) - _lines(gateway, kinds[1:])
    for gateway in set(Dispute.objects.values_list("gateway", flat=True).distinct()):
        disputes = Dispute.objects.filter(gateway=gateway)
        won = disputes.filter(state=Dispute.State.WON)
        wrong += _moved(gateway, ["dispute_opened", "dispute_won"]) != _sum(won) - _sum(disputes)
    disputed = LedgerEntry.objects.filter(account=DISPUTED)
    wrong += _sum(disputed) != _sum(Dispute.objects.filter(state=Dispute.State.OPENED))
    lost = LedgerEntry.objects.filter(account=CHARGEBACKS)
    wrong += _sum(lost) != _sum(Dispute.objects.filter(state=Dispute.State.LOST))
    return wrong


def _moved(gateway: str, kinds: list[str]) -> int:
    return _sum(LedgerEntry.objects.filter(account=cash_at(gateway), transaction__kind__in=kinds))


def _lines(gateway: str, kinds: list[str]) -> int:
    return LedgerEntry.objects.filter(account=cash_at(gateway), transaction__kind__in=kinds).count()


def _sum(rows: QuerySet[Any]) -> int:
    return int(rows.aggregate(total=Coalesce(Sum("amount_minor"), 0))["total"])


def _gaps() -> int:
    wrong = Payment.objects.filter(number__isnull=True).count()
    for series in NumberSeries.objects.all():
        last = f"{series.code}-{series.next - 1:06d}"
        numbered = Payment.objects.filter(number__startswith=f"{series.code}-")
        wrong += numbered.count() != series.next - 1
        wrong += series.next > 1 and not numbered.filter(number=last).exists()
    return wrong


def _late(now: datetime) -> int:
    past = now - _REAPER_MAY_TAKE
    return (
        Charge.objects.filter(state=ChargeState.SENT, deadline_at__lt=past).count()
        + Refund.objects.filter(state=RefundState.SENT, deadline_at__lt=past).count()
    )
