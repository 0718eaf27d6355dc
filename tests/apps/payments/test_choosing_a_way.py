"""Where the gateway's page takes one way to pay, the reader chooses before it is opened."""

from __future__ import annotations

from datetime import datetime

import pytest

from broadsheet.apps.payments.actions.begin_checkout import (
    CheckoutStanding,
    begin_checkout,
    void_checkout,
)
from broadsheet.apps.payments.models import Charge, Mandate, Order
from broadsheet.domain.charge import ChargeState
from tests.factories.bank import RunningBank
from tests.factories.razorpay_peer import ABROAD, UPI, RazorpayPeer, razorpay_peer
from tests.factories.sale import Sale, assert_books_hold, lay_out_plans, make_reader

pytestmark = [pytest.mark.db, pytest.mark.django_db]


@pytest.fixture
def peer(bank: RunningBank) -> RazorpayPeer:
    return razorpay_peer(bank)


@pytest.fixture
def choosing(db: None, bank: RunningBank, peer: RazorpayPeer) -> Sale:
    lay_out_plans()
    return Sale(bank, peer.gateway, make_reader())


def go_on(sale: Sale, uid: str, now: datetime, method: str = "") -> CheckoutStanding:
    """What the order's page does with its buttons."""
    return begin_checkout(
        order_id=Order.objects.get(uid=uid).pk,
        gateway=sale.gateway,
        return_url=f"/subscribe/checkout/{uid}/",
        method=method,
        now=now,
    )


@pytest.mark.parametrize(("method", "instrument"), [("upi", UPI), ("card", ABROAD)])
def test_nothing_is_opened_before_the_reader_chose(
    choosing: Sale, peer: RazorpayPeer, now: datetime, method: str, instrument: str
) -> None:
    standing = choosing.check_out(now)
    assert (standing.url, Charge.objects.count()) == ("", 0)
    assert go_on(choosing, standing.order_uid, now, "carrier pigeon").url == ""
    assert Charge.objects.count() == 0
    page = go_on(choosing, standing.order_uid, now, method).url
    assert peer.pay(page, instrument).status_code == 303
    assert choosing.come_back(now) is ChargeState.SUCCEEDED
    mandate = Mandate.objects.get()
    assert (mandate.kind, mandate.gateway) == (method, "razorpay")
    assert_books_hold(now)


def test_an_open_page_is_found_again_whatever_is_pressed(
    choosing: Sale, peer: RazorpayPeer, now: datetime
) -> None:
    standing = choosing.check_out(now)
    page = go_on(choosing, standing.order_uid, now, "card").url
    assert choosing.check_out(now).url == page
    assert go_on(choosing, standing.order_uid, now, "upi").url == page
    assert Charge.objects.count() == 1


def test_choosing_again_closes_the_first_page(
    choosing: Sale, peer: RazorpayPeer, now: datetime
) -> None:
    uid = choosing.check_out(now).order_uid
    first = go_on(choosing, uid, now, "card").url
    order = Order.objects.get(uid=uid)
    assert void_checkout(order_id=order.pk, gateway=choosing.gateway, now=now) is True
    second = go_on(choosing, uid, now, "upi").url
    assert second not in {first, ""}
    assert peer.pay(first, ABROAD).status_code == 200  # "Payment taken back"
    assert peer.pay(second, UPI).status_code == 303
    assert choosing.come_back(now) is ChargeState.SUCCEEDED
    assert list(Charge.objects.order_by("n").values_list("state", "decline_code")) == [
        ("declined", "voided"),
        ("succeeded", ""),
    ]
    assert_books_hold(now)
