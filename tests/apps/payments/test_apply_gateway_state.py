"""T3, the one door: any word, any number of times, in any order."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError

from broadsheet.apps.payments.actions.apply_gateway_state import apply_gateway_state
from broadsheet.apps.payments.actions.open_order import (
    CannotOrder,
    close_order,
    open_checkout_order,
    plan_charge,
)
from broadsheet.apps.payments.actions.post_ledger import DoesNotBalance, post_ledger
from broadsheet.apps.payments.gateways.contract import GatewayState
from broadsheet.apps.payments.models import (
    Charge,
    LedgerEntry,
    LedgerTransaction,
    NumberSeries,
    Order,
    Payment,
)
from broadsheet.apps.payments.queries import check_ledger
from broadsheet.domain.charge import ChargeOutcome, DeclineKind
from broadsheet.domain.money import Money
from tests.factories.sale import make_reader

pytestmark = [pytest.mark.db, pytest.mark.django_db]
PRICE = Money(90_000, "INR")
SUCCEEDED = GatewayState(ChargeOutcome.SUCCEEDED, "ref-1", PRICE)
DECLINED = GatewayState(ChargeOutcome.DECLINED, "ref-1", decline_kind=DeclineKind.SOFT)
WORDS = {
    "succeeded": SUCCEEDED,
    "declined": DECLINED,
    "pending": GatewayState(ChargeOutcome.PENDING, "ref-1"),
    "unknown": GatewayState(ChargeOutcome.UNKNOWN),
    "not_sent": GatewayState(ChargeOutcome.NOT_SENT),
}


@pytest.fixture
def reader(db):
    return make_reader()


def order_for(reader, now, source="test:1", amount=PRICE) -> Order:
    return open_checkout_order(
        reader_id=reader.pk,
        source=source,
        amount=amount,
        description="Smart Quarterly, 3 months",
        gateway="test",
        continue_to="",
        expires_at=now + timedelta(hours=1),
        now=now,
    )


@pytest.fixture
def charge(reader, now) -> Charge:
    planned = plan_charge(order_id=order_for(reader, now).pk, mandate_id=None, now=now)
    Charge.objects.update(
        state="sent", sent_at=now, deadline_at=now, next_check_at=now, owner="test"
    )
    return planned


def hear(charge, said, now):
    return apply_gateway_state(charge_id=charge.pk, said=said, heard_by="test", now=now)


def broken(now):
    return [found.name for found in check_ledger(now + timedelta(days=1)) if not found.ok]


@pytest.mark.parametrize("words", list(itertools.permutations(WORDS, 3)))
def test_any_order_of_words_ends_the_same_way(charge, now, words):
    for word in (*words, *words):
        hear(charge, WORDS[word], now)
    charge.refresh_from_db()
    paid = "succeeded" in words
    assert (charge.state == "succeeded") == paid
    assert Payment.objects.count() == paid
    assert LedgerEntry.objects.count() == 2 * paid
    assert Order.objects.get().state == ("paid" if paid else "open")
    late = [name for name in broken(now) if not name.startswith("I9")]
    assert late == []


def test_a_success_without_a_reference_is_not_known_yet(charge, now):
    assert hear(charge, GatewayState(ChargeOutcome.SUCCEEDED, "", PRICE), now) == "unknown"
    assert hear(charge, GatewayState(ChargeOutcome.SUCCEEDED, "ref"), now) == "unknown"
    assert Payment.objects.count() == 0


@pytest.mark.parametrize("taken", [Money(89_999, "INR"), Money(90_000, "USD")])
def test_another_amount_is_quarantined(charge, now, taken):
    hear(charge, GatewayState(ChargeOutcome.SUCCEEDED, "ref-1", taken), now)
    charge.refresh_from_db()
    assert charge.quarantined_for == "amount differs from what was asked"
    assert Order.objects.get().state == "open"
    assert Payment.objects.count() == 0
    lines = set(LedgerEntry.objects.values_list("account", "amount_minor", "currency"))
    assert lines == {
        ("cash:test", taken.minor, taken.currency),
        ("suspense", -taken.minor, taken.currency),
    }
    assert broken(now) == []
    # Until a person has looked, nothing more is asked of this reader.
    assert plan_charge(order_id=charge.order_id, mandate_id=None, now=now) is None


def test_an_order_paid_twice_gives_one_payment_and_one_suspense(charge, now):
    hear(charge, DECLINED, now)
    second = plan_charge(order_id=charge.order_id, mandate_id=None, now=now)
    hear(second, GatewayState(ChargeOutcome.SUCCEEDED, "ref-2", PRICE), now)
    hear(charge, SUCCEEDED, now)
    charge.refresh_from_db()
    assert charge.quarantined_for == "the order was paid before"
    assert Payment.objects.get().charge == second
    assert broken(now) == []


def test_two_charges_of_one_order_cannot_both_be_open(charge, now):
    assert plan_charge(order_id=charge.order_id, mandate_id=None, now=now) is None
    with pytest.raises(IntegrityError), transaction.atomic():
        Charge.objects.create(
            order_id=charge.order_id,
            n=2,
            key="second",
            gateway="test",
            amount_minor=1,
            currency="INR",
            planned_at=now,
        )


def test_two_charges_cannot_claim_one_reference(charge, reader, now):
    hear(charge, SUCCEEDED, now)
    other = plan_charge(order_id=order_for(reader, now, "test:2").pk, mandate_id=None, now=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        hear(other, SUCCEEDED, now)
    other.refresh_from_db()
    assert other.state == "planned"
    assert Payment.objects.count() == 1


def test_an_open_charge_keeps_its_order_open(charge, now):
    assert close_order(order_id=charge.order_id, reason="test", now=now) is False
    hear(charge, DECLINED, now)
    assert close_order(order_id=charge.order_id, reason="test", now=now) is True
    assert close_order(order_id=charge.order_id, reason="test", now=now) is False
    assert plan_charge(order_id=charge.order_id, mandate_id=None, now=now) is None


def test_late_money_for_a_closed_order_is_taken_in(charge, now):
    hear(charge, DECLINED, now)
    close_order(order_id=charge.order_id, reason="test", now=now)
    hear(charge, SUCCEEDED, now)
    assert Order.objects.get().state == "paid"
    assert Payment.objects.count() == 1
    assert broken(now) == []


@pytest.mark.parametrize("minor", [0, -1, 10**12 + 1])
def test_an_amount_out_of_bounds_is_refused_before_it_is_stored(reader, now, minor):
    with pytest.raises(CannotOrder):
        order_for(reader, now, amount=Money(minor, "INR"))
    assert Order.objects.count() == 0


def test_a_reader_has_one_open_checkout(charge, reader, now):
    with pytest.raises(IntegrityError), transaction.atomic():
        order_for(reader, now, "test:2")


def test_receipt_numbers_have_no_gap_when_one_is_rolled_back(reader, now):
    for n in range(3):
        order = order_for(reader, now, f"test:{n}")
        planned = plan_charge(order_id=order.pk, mandate_id=None, now=now)
        said = GatewayState(ChargeOutcome.SUCCEEDED, f"ref-{n}", PRICE)
        with pytest.raises(RuntimeError), transaction.atomic():
            hear(planned, said, now)
            raise RuntimeError
        hear(planned, said, now)
    year = now.year
    numbers = list(Payment.objects.order_by("pk").values_list("number", flat=True))
    assert numbers == [f"R-{year}-{n:06d}" for n in (1, 2, 3)]
    assert NumberSeries.objects.get().next == 4
    assert broken(now) == []


def test_the_ledger_balances_or_refuses(db, now):
    with pytest.raises(DoesNotBalance):
        post_ledger(kind="t", source="1", lines={"a": PRICE}, now=now)
    with pytest.raises(DoesNotBalance):
        post_ledger(kind="t", source="1", lines={}, now=now)
    with pytest.raises(DoesNotBalance):
        post_ledger(kind="t", source="1", lines={"a": PRICE, "b": Money(-90_000, "USD")}, now=now)
    assert LedgerTransaction.objects.count() == 0
    assert post_ledger(kind="t", source="1", lines={"a": PRICE, "b": -PRICE}, now=now) is True
    assert post_ledger(kind="t", source="1", lines={"a": PRICE, "b": -PRICE}, now=now) is False
    assert LedgerEntry.objects.count() == 2


def test_the_ledger_cannot_be_rewritten(db, now):
    post_ledger(kind="t", source="1", lines={"a": PRICE, "b": -PRICE}, now=now)
    for table in (LedgerEntry, LedgerTransaction):
        column = "account" if table is LedgerEntry else "kind"
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            table.objects.update(**{column: "x"})
    if connection.vendor == "postgresql":
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            LedgerEntry.objects.all().delete()


def test_the_books_tell_when_they_are_wrong(charge, now):
    hear(charge, SUCCEEDED, now)
    assert broken(now) == []
    Payment.objects.update(number=None)
    Order.objects.update(state="open", amount_minor=1)
    assert [name.split()[0] for name in broken(now)] == ["I2", "I7", "I8"]
