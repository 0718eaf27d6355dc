"""T3 of a refund: any word, any number of times, in any order."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from broadsheet.apps.payments.actions.apply_refund_state import apply_refund_state
from broadsheet.apps.payments.actions.give_refund import plan_refund, send_refunds
from broadsheet.apps.payments.actions.reap_refunds import check_refund, reap_refunds
from broadsheet.apps.payments.gateways.contract import GatewayState
from broadsheet.apps.payments.models import LedgerEntry, LedgerTransaction, Payment, Refund
from broadsheet.apps.payments.queries import check_ledger
from broadsheet.domain.charge import ChargeOutcome
from broadsheet.domain.money import Money
from broadsheet.domain.refund import RefundState
from tests.factories.sale import Sale, assert_books_hold

pytestmark = [pytest.mark.db, pytest.mark.django_db]
NOW = datetime.now(UTC)
SOON, LATER = NOW + timedelta(minutes=1), NOW + timedelta(hours=2)
PART = Money(30_000, "INR")
GIVEN = GatewayState(ChargeOutcome.SUCCEEDED, "re-1", PART)
REFUSED = GatewayState(ChargeOutcome.DECLINED, "re-1", decline_code="account_closed")
WORDS = {
    "succeeded": GIVEN,
    "pending": GatewayState(ChargeOutcome.PENDING, "re-1"),
    "unknown": GatewayState(ChargeOutcome.UNKNOWN),
    "not_sent": GatewayState(ChargeOutcome.NOT_SENT),
}


@pytest.fixture
def refund(sale: Sale) -> Refund:
    sale.subscribe(NOW)
    return plan_refund(
        payment_id=Payment.objects.get().pk, amount=PART, reason="asked", actor="staff:1", now=SOON
    )


def hear(refund: Refund, *words: GatewayState) -> RefundState:
    for word in words:
        state = apply_refund_state(refund_id=refund.pk, said=word, heard_by="test", now=SOON)
    return state


def held() -> int:
    return Payment.objects.get().refunded_minor


def balance(account: str) -> int:
    return sum(LedgerEntry.objects.filter(account=account).values_list("amount_minor", flat=True))


def broken() -> list[str]:
    return [one.name.split()[0] for one in check_ledger(SOON) if not one.ok]


@pytest.mark.parametrize("order", list(itertools.permutations(WORDS)))
def test_every_order_of_words_gives_back_once(refund: Refund, order: tuple[str, ...]) -> None:
    Refund.objects.update(state=RefundState.SENT)
    assert hear(refund, *(WORDS[name] for name in order * 2)) is RefundState.SUCCEEDED
    assert LedgerTransaction.objects.filter(kind="refund_settled").count() == 1
    assert (held(), balance("refunds"), balance("cash:test")) == (30_000, 30_000, 60_000)
    assert broken() == []


def test_what_is_refused_is_free_again(refund: Refund) -> None:
    assert hear(refund, REFUSED, REFUSED) is RefundState.DECLINED
    assert (held(), balance("refunds")) == (0, 0)
    assert Refund.objects.get().decline_code == "account_closed"
    assert broken() == []


def test_what_a_bank_returns_is_ours_again_and_stays_so(refund: Refund) -> None:
    assert hear(refund, GIVEN, REFUSED, GIVEN, REFUSED) is RefundState.DECLINED
    assert (held(), balance("refunds"), balance("cash:test")) == (0, 0, 90_000)
    assert LedgerTransaction.objects.filter(kind="refund_returned").count() == 1
    assert broken() == []


@pytest.mark.parametrize(
    "word",
    [
        GatewayState(ChargeOutcome.SUCCEEDED, "", PART),
        GatewayState(ChargeOutcome.SUCCEEDED, "re-1", None),
        GatewayState(ChargeOutcome.SUCCEEDED, "re-1", Money(30_000, "USD")),
    ],
)
def test_a_success_that_cannot_be_is_not_believed(refund: Refund, word: GatewayState) -> None:
    Refund.objects.update(state=RefundState.SENT)
    assert hear(refund, word) is RefundState.UNKNOWN
    assert balance("refunds") == 0


@pytest.mark.parametrize("minor", [29_000, 31_000])
def test_another_amount_than_asked_goes_to_suspense(refund: Refund, minor: int) -> None:
    other = GatewayState(ChargeOutcome.SUCCEEDED, "re-1", Money(minor, "INR"))
    assert hear(refund, other) is RefundState.SUCCEEDED
    assert balance("refunds") == 30_000
    assert balance("suspense") == minor - 30_000
    assert balance("cash:test") == 90_000 - minor
    assert broken() == []


def test_a_pending_refund_ends_later(sale: Sale, refund: Refund) -> None:
    sale.bank.script("pend", "refund")
    assert send_refunds(open_gateway=sale.open_gateway, now=SOON) == {RefundState.PENDING: 1}
    reference = Refund.objects.get().gateway_reference
    assert reap_refunds(open_gateway=sale.open_gateway, now=LATER) == 0
    said = sale.bank.rows("SELECT reference FROM refund WHERE key = ?", refund.key)[0][0]
    assert reference in {None, said}
    sale.bank.post(f"/v1/refunds/{said}/settle", {"state": "succeeded"}).raise_for_status()
    assert reap_refunds(open_gateway=sale.open_gateway, now=LATER + timedelta(hours=1)) == 1
    assert Refund.objects.get().state == RefundState.SUCCEEDED
    assert_books_hold(LATER + timedelta(hours=1))


def test_a_refund_the_bank_declines(sale: Sale, refund: Refund) -> None:
    sale.bank.script("decline", "refund", reason="account_closed")
    assert send_refunds(open_gateway=sale.open_gateway, now=SOON) == {RefundState.DECLINED: 1}
    assert held() == 0
    again = check_refund(
        refund_id=refund.pk, open_gateway=sale.open_gateway, now=LATER, heard_by="test"
    )
    assert again is RefundState.DECLINED
    assert_books_hold(LATER)


def test_the_database_itself_gives_back_no_more_than_was_paid(refund: Refund) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Payment.objects.update(refunded_minor=90_001)
    with pytest.raises(IntegrityError), transaction.atomic():
        Payment.objects.update(refunded_minor=-1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Refund.objects.update(state="succeeded")


def test_the_books_tell_when_refunds_are_wrong(refund: Refund) -> None:
    hear(refund, GIVEN)
    assert broken() == []
    Payment.objects.update(refunded_minor=29_999)
    assert broken() == ["I2"]
    Refund.objects.update(amount_minor=29_999)
    assert broken() == ["I7"]
