"""Our book beside the bank's, both ways."""

from __future__ import annotations

from datetime import timedelta

import pytest

from broadsheet.apps.payments.actions.reap_charges import reap_charges
from broadsheet.apps.payments.actions.reconcile_gateway import reconcile_gateway
from broadsheet.apps.payments.gateways import NoSuchGateway, find_gateway_for, open_gateway
from broadsheet.apps.payments.gateways.contract import CannotReachGateway
from broadsheet.apps.payments.models import Charge
from broadsheet.apps.subscriptions.models import Subscription
from tests.factories.sale import assert_books_hold

pytestmark = [pytest.mark.db, pytest.mark.django_db]


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
