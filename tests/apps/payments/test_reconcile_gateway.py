"""Our book beside the bank's, both ways."""

from __future__ import annotations

from datetime import timedelta

import pytest

from broadsheet.apps.payments.actions.apply_refund_state import apply_refund_state
from broadsheet.apps.payments.actions.give_refund import plan_refund, send_refunds
from broadsheet.apps.payments.actions.reap_charges import reap_charges
from broadsheet.apps.payments.actions.reconcile_gateway import reconcile_gateway
from broadsheet.apps.payments.gateways import NoSuchGateway, find_gateway_for, open_gateway
from broadsheet.apps.payments.gateways.contract import CannotReachGateway, GatewayState
from broadsheet.apps.payments.models import Charge, Dispute, Payment, Refund
from broadsheet.apps.subscriptions.models import Subscription
from broadsheet.domain.charge import ChargeOutcome
from broadsheet.domain.money import Money
from tests.factories.sale import assert_books_hold

pytestmark = [pytest.mark.db, pytest.mark.django_db]
PART = Money(30_000, "INR")


@pytest.fixture
def reconcile(sale, now):
    """Compare from now on: the bank of this file has served other tests before."""
    return lambda at: reconcile_gateway(gateway=sale.gateway, since=now, now=at)


def own(found, order_uid):
    return [line for line in found.mismatched if order_uid.replace("-", "") in line]


def test_both_books_agree(sale, now, reconcile):
    subscription = sale.subscribe(now)
    found = reconcile(now + timedelta(minutes=1))
    assert own(found, str(subscription.first_order.uid)) == []
    assert found.settled == 0


def test_a_success_that_only_the_bank_knows_of_is_applied(sale, now, reconcile):
    standing = sale.check_out(now)
    sale.bank.decide(standing.url, "approve")
    found = reconcile(now + timedelta(minutes=1))
    assert found.settled == 1
    assert Subscription.objects.get().state == "active"
    assert reconcile(now + timedelta(minutes=2)).settled == 0
    assert_books_hold(now)


def test_money_we_never_asked_for_is_told(sale, now, reconcile):
    sale.subscribe(now)
    token = Subscription.objects.get().mandate.token
    body = {"mandate": token, "amount": 100, "currency": "INR", "description": "not ours"}
    answer = sale.bank.post("/v1/charges", body, key="somebody-elses-key")
    reference = answer.json()["reference"]
    found = reconcile(now + timedelta(minutes=1))
    assert f"{reference}: the gateway took money we never asked for" in found.mismatched


def test_money_the_bank_has_not_is_told(sale, now, reconcile):
    sale.subscribe(now)
    Charge.objects.update(key="bs-lost-1")
    found = reconcile(now + timedelta(minutes=1))
    assert "bs-lost-1: we have it as settled, the gateway has not" in found.mismatched


def test_a_bank_out_of_reach_is_said_to_be(sale, now, reconcile):
    sale.gateway = type(sale.gateway)(
        address="http://127.0.0.1:9", key_file=sale.bank.key_file, merchant="x"
    )
    with pytest.raises(CannotReachGateway):
        reconcile_gateway(gateway=sale.gateway, since=now, now=now)


def test_two_reapers_ask_once(sale, now):
    sale.check_out(now)
    later = now + timedelta(minutes=1)
    first = reap_charges(now=later, open_gateway=sale.open_gateway)
    second = reap_charges(now=later, open_gateway=sale.open_gateway)
    assert (first.checked, second.checked) == (1, 0)


def test_there_is_no_such_gateway():
    with pytest.raises(NoSuchGateway, match="There is no gateway 'barter'; there are: .*test"):
        open_gateway("barter")
    with pytest.raises(NoSuchGateway, match="XAU"):
        find_gateway_for("XAU")


def of_own_payment(found, text):
    return [line for line in found.mismatched if text in line]


def promise(now):
    payment = Payment.objects.get()
    return plan_refund(payment_id=payment.pk, amount=PART, reason="asked", actor="staff:1", now=now)


def test_a_refund_whose_answer_was_lost_is_settled_by_the_book(sale, now, reconcile):
    sale.subscribe(now)
    refund = promise(now)
    sale.bank.script("lose_reply_after_commit", "refund")
    send_refunds(open_gateway=sale.open_gateway, now=now)
    found = reconcile(now + timedelta(seconds=1))
    refund.refresh_from_db()
    assert (refund.state, of_own_payment(found, refund.key)) == ("succeeded", [])
    assert_books_hold(now + timedelta(minutes=1))


def test_a_refund_given_at_the_bank_is_written_down_once(sale, now, reconcile):
    sale.subscribe(now)
    reference = Payment.objects.get().charge.gateway_reference
    body = {"charge": reference, "amount": 20_000}
    sale.bank.post("/v1/refunds", body, key="given-at-the-bank").raise_for_status()
    for _ in range(2):
        reconcile(now + timedelta(minutes=1))
    refund = Refund.objects.get()
    assert (refund.amount_minor, refund.state) == (20_000, "succeeded")
    assert_books_hold(now + timedelta(minutes=2))


def test_a_refund_the_bank_has_not_is_told(sale, now, reconcile):
    sale.subscribe(now)
    refund = promise(now)
    said = GatewayState(ChargeOutcome.SUCCEEDED, "re_made_up", PART)
    apply_refund_state(refund_id=refund.pk, said=said, heard_by="test", now=now)
    Refund.objects.update(key="bs-rf-made-up")
    found = reconcile(now + timedelta(minutes=1))
    assert of_own_payment(found, "bs-rf-made-up: we have it as given back") != []


def test_a_refund_of_a_charge_we_do_not_know_is_told(sale, now, reconcile):
    sale.subscribe(now)
    token = Subscription.objects.get().mandate.token
    body = {"mandate": token, "amount": 100, "currency": "INR", "description": "not ours"}
    charge = sale.bank.post("/v1/charges", body, key="not-our-charge").json()
    body = {"charge": charge["reference"], "amount": 100}
    refund = sale.bank.post("/v1/refunds", body, key="not-our-refund").json()
    found = reconcile(now + timedelta(minutes=1))
    assert of_own_payment(found, f"{refund['reference']}: given back, of a charge") != []


def test_a_dispute_nobody_told_of_is_heard(sale, now, reconcile):
    sale.subscribe(now)
    reference = Payment.objects.get().charge.gateway_reference
    opened = sale.bank.post("/v1/disputes", {"charge": reference}).json()
    reconcile(now + timedelta(minutes=1))
    assert Dispute.objects.get().state == "opened"
    sale.bank.post(f"/v1/disputes/{opened['reference']}/close", {"state": "won"})
    reconcile(now + timedelta(days=90))
    assert Dispute.objects.get().state == "won"
    assert_books_hold(now + timedelta(minutes=2))


def test_a_charge_of_a_gateway_that_is_gone_waits_and_stops_no_other(sale, now, caplog):
    sale.check_out(now)

    def gone(code):
        raise NoSuchGateway(code)

    assert reap_charges(now=now + timedelta(minutes=5), open_gateway=gone).settled == 0
    assert "waits for a gateway that is not there" in caplog.text
