"""The inbox against a real bank process: what it posts is handed on as it came, or worse."""

from __future__ import annotations

import itertools
import json
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import transaction

from broadsheet.apps.payments.actions.give_refund import plan_refund, send_refunds
from broadsheet.apps.payments.actions.keep_webhook import keep_words
from broadsheet.apps.payments.actions.see_to_inbox import Seen, drop_old_words, see_to_inbox
from broadsheet.apps.payments.gateways.contract import WebhookKind, WebhookWord
from broadsheet.apps.payments.models import (
    Charge,
    Dispute,
    GatewayEvent,
    LedgerEntry,
    LedgerTransaction,
    Mandate,
    Order,
    Payment,
    Refund,
)
from broadsheet.apps.payments.queries import list_silent_gateways
from broadsheet.domain.money import Money
from tests.factories.sale import assert_books_hold
from tests.web.webhooks.conftest import SECRET

pytestmark = [pytest.mark.db, pytest.mark.django_db]
PART = Money(30_000, "INR")


def see(sale, at):
    """A minute later: what is handed on is received by the real clock."""
    return see_to_inbox(now=at + timedelta(minutes=1), open_gateway=sale.open_gateway)


def told(call):
    return json.loads(call[1])


def pay(sale, now):
    """Approve at the bank and never come back."""
    standing = sale.check_out(now)
    assert sale.bank.decide(standing.url, "approve").status_code == 303


def refund(now):
    payment = Payment.objects.get()
    return plan_refund(payment_id=payment.pk, amount=PART, reason="asked", actor="staff:1", now=now)


def dispute(sale, state=""):
    """Have the reader's bank take the payment back, and decide."""
    reference = Payment.objects.get().charge.gateway_reference
    opened = sale.bank.post("/v1/disputes", {"charge": reference, "reason": "fraud"}).json()
    if state:
        sale.bank.post(f"/v1/disputes/{opened['reference']}/close", {"state": state})
    return opened["reference"]


def balance(account):
    return sum(LedgerEntry.objects.filter(account=account).values_list("amount_minor", flat=True))


def test_a_payment_whose_reader_never_came_back_is_told_and_applied(sale, ear, hand_on, now):
    pay(sale, now)
    assert hand_on(ear.wait_for(1)[0]) == 200
    assert Order.objects.get().state == "open"
    assert see(sale, now) == {Seen.APPLIED: 1}
    assert Order.objects.get().state == "paid"
    assert see(sale, now + timedelta(days=1)) == {}
    assert_books_hold(now + timedelta(minutes=2))


def test_a_word_told_twice_is_kept_once(sale, ear, hand_on, now):
    sale.bank.script("duplicate_webhook")
    pay(sale, now)
    first, second = ear.wait_for(2)
    assert first[1] == second[1]
    assert [hand_on(call) for call in (first, second, first)] == [200] * 3
    assert GatewayEvent.objects.count() == 1
    assert see(sale, now) == {Seen.APPLIED: 1}
    assert Payment.objects.count() == 1


@pytest.mark.parametrize(
    "spoil",
    [
        lambda headers: {},
        lambda headers: {**headers, "Bank-Signature": "t=1,v1=" + "0" * 64},
        lambda headers: {**headers, "Bank-Signature": headers["Bank-Signature"][:-1] + "g"},
        lambda headers: {**headers, "Bank-Signature": "½" * 10},
    ],
)
def test_a_bad_signature_is_refused_and_nothing_is_kept(sale, ear, hand_on, now, spoil):
    pay(sale, now)
    headers, body = ear.wait_for(1)[0]
    assert hand_on((spoil(headers), body)) == 400
    assert hand_on((headers, body.replace(b'"charge"', b'"refund"'))) == 400
    assert GatewayEvent.objects.count() == 0


def test_last_years_secret_is_refused_and_the_one_before_is_good(sale, ear, hand_on, now, tmp_path):
    pay(sale, now)
    (call,) = ear.wait_for(1)
    kept = tmp_path / "bank" / "webhook.secret"
    kept.write_text(f"the secret of tomorrow, {SECRET}\n")
    assert hand_on(call) == 200
    kept.write_text("the secret of next year,the secret of tomorrow")
    assert hand_on(call) == 400
    kept.write_text("")
    assert hand_on(call) == 400
    assert GatewayEvent.objects.count() == 1


def test_an_old_signature_is_refused(sale, ear, hand_on, now, time_machine):
    pay(sale, now)
    (call,) = ear.wait_for(1)
    time_machine.move_to(now + timedelta(minutes=6))
    assert hand_on(call) == 400
    time_machine.move_to(now - timedelta(minutes=6))
    assert hand_on(call) == 400


def test_addresses_and_sizes_that_are_refused(sale, ear, client, hand_on):
    assert client.get("/webhooks/test/").status_code == 405
    assert hand_on(({}, b"{}"), "barter") == 404
    assert hand_on(({}, b"{}"), "stripe") == 404
    assert hand_on(({}, b"x" * (256 * 1024 + 1))) == 413
    assert hand_on(({}, b"x" * (256 * 1024))) == 400
    assert GatewayEvent.objects.count() == 0


def test_what_is_told_before_its_row_stands_waits_for_it(sale, ear, hand_on, now):
    """A payment of a page whose order another process has not written yet."""
    pay(sale, now)
    hand_on(ear.wait_for(1)[0])
    charge = Charge.objects.get()
    Charge.objects.filter(pk=charge.pk).update(key="bs-not-yet-1")
    assert see(sale, now) == {Seen.EARLY: 1}
    assert GatewayEvent.objects.get().state == "early"
    assert see(sale, now + timedelta(seconds=1)) == {}
    Charge.objects.filter(pk=charge.pk).update(key=charge.key)
    assert see(sale, now + timedelta(seconds=2)) == {Seen.APPLIED: 1}
    assert Order.objects.get().state == "paid"


def test_what_nobody_ever_knows_of_is_given_up_loudly(sale, ear, hand_on, now, caplog):
    sale.subscribe(now)
    ear.wait_for(1)
    token = Mandate.objects.get().token
    body = {"mandate": token, "amount": 100, "currency": "INR", "description": "x"}
    sale.bank.post("/v1/charges", body, key="somebody-elses-key")
    hand_on(ear.wait_for(1)[0])
    assert see(sale, now) == {Seen.EARLY: 1}
    assert see(sale, now + timedelta(days=4)) == {Seen.EARLY: 1}
    assert GatewayEvent.objects.get().state == "ignored"
    assert "a person must look at it" in caplog.text
    assert drop_old_words(now=now + timedelta(days=93)) == 0
    assert drop_old_words(now=now + timedelta(days=95)) == 1


def test_a_company_that_cannot_be_asked_is_asked_later(sale, ear, hand_on, now):
    pay(sale, now)
    hand_on(ear.wait_for(1)[0])
    sale.bank.script("error_before", "lookup")
    assert see(sale, now) == {Seen.LATER: 1}
    assert Order.objects.get().state == "open"
    assert see(sale, now + timedelta(minutes=1)) == {Seen.APPLIED: 1}
    assert Order.objects.get().state == "paid"


def test_what_is_of_no_concern_is_kept_and_left_alone(sale, now):
    words = [
        WebhookWord("ev-1", WebhookKind.OTHER),
        WebhookWord("", WebhookKind.OTHER),
        WebhookWord("ev-1", WebhookKind.OTHER),
        WebhookWord("e" * 121, WebhookKind.OTHER),
    ]
    headers = {"bank-signature": "s", "cookie": "secret", "authorization": "secret"}
    for _ in range(2):
        keep_words(gateway="test", words=words, headers=headers, body=b"{}", now=now)
    rows = GatewayEvent.objects.order_by("pk")
    assert [len(row.event_id) for row in rows] == [4, 64, 6, 64]
    assert {row.state for row in rows} == {"ignored"}
    assert {tuple(row.headers) for row in rows} == {("bank-signature",)}
    assert see(sale, now) == {}


def test_every_order_of_telling_ends_in_the_same_place(sale, ear, hand_on, now, time_machine):
    """Payment, refund, dispute opened and lost, mandate ended: all 120 orders, each twice."""
    pay(sale, now)
    paid = ear.wait_for(1)
    hand_on(paid[0])
    see(sale, now)
    refund(now)
    send_refunds(open_gateway=sale.open_gateway, now=now)
    reference = dispute(sale, "lost")
    sale.bank.post(f"/v1/mandates/{Mandate.objects.get().token}/revoke", {})
    calls = [paid[0], *ear.wait_for(4)]
    assert [told(call)["kind"] for call in calls] == [
        "charge",
        "refund",
        "dispute",
        "dispute",
        "mandate",
    ]
    ends = set()
    for order in itertools.permutations(calls):
        time_machine.move_to(now)  # signatures age, and there is much to hand on
        GatewayEvent.objects.all().delete()
        with _undone():
            for call in (*order, *order):
                hand_on(call)
                see(sale, now)
            assert Dispute.objects.get().gateway_reference == reference
            ends.add(_picture())
    assert len(ends) == 1
    ((*states, sums, _kinds),) = ends
    assert states == ["paid", "succeeded", "lost", True]
    assert dict(sums)["cash:test"] == 90_000 - 30_000 - 90_000


def _picture():
    """Where everything stands, without the times."""
    sums = {a: balance(a) for a in LedgerEntry.objects.values_list("account", flat=True)}
    return (
        Order.objects.get().state,
        Refund.objects.get().state,
        Dispute.objects.get().state,
        Mandate.objects.get().withdrawn_at is not None,
        tuple(sorted(sums.items())),
        tuple(sorted(LedgerTransaction.objects.values_list("kind", flat=True))),
    )


@contextmanager
def _undone():
    """A block whose writes are taken back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    ("state", "disputed", "chargebacks", "cash"),
    [("", 90_000, 0, 0), ("won", 0, 0, 90_000), ("lost", 0, 90_000, 0)],
)
def test_a_dispute_goes_through_the_books(
    sale, ear, hand_on, now, state, disputed, chargebacks, cash
):
    sale.subscribe(now)
    dispute(sale, state)
    for call in ear.wait_for(3 if state else 2):
        hand_on(call)
    see(sale, now)
    assert Dispute.objects.get().state == (state or "opened")
    found = (balance("disputed"), balance("chargebacks"), balance("cash:test"))
    assert found == (disputed, chargebacks, cash)
    assert_books_hold(now + timedelta(minutes=2))


def test_a_refund_given_at_the_companys_desk_is_written_down(sale, ear, hand_on, now):
    sale.subscribe(now)
    reference = Payment.objects.get().charge.gateway_reference
    body = {"charge": reference, "amount": 20_000}
    sale.bank.post("/v1/refunds", body, key="somebody-at-the-bank").raise_for_status()
    for call in ear.wait_for(2):
        hand_on(call)
    see(sale, now)
    row = Refund.objects.get()
    assert (row.amount_minor, row.state, row.actor) == (20_000, "succeeded", "gateway:test")
    assert Payment.objects.get().refunded_minor == 20_000
    assert_books_hold(now + timedelta(minutes=2))


def test_a_gateway_that_falls_silent_is_seen_within_an_hour_or_so(sale, ear, hand_on, now):
    sale.subscribe(now)
    ear.wait_for(1)
    assert list_silent_gateways(now + timedelta(minutes=59)) == []
    (silent,) = list_silent_gateways(now + timedelta(minutes=61))
    assert (silent.code, silent.charges, silent.last_heard_at) == ("test", 1, None)
    hand_on(ear.heard[0])
    assert list_silent_gateways(now + timedelta(minutes=61)) == []


def test_a_gateway_that_does_not_talk_is_never_silent(sale, now, tmp_path):
    sale.subscribe(now)
    (tmp_path / "bank" / "webhook.secret").unlink()
    assert list_silent_gateways(now + timedelta(hours=2)) == []
