"""Giving a subscription and opening one, over the pages, with the real bank."""

from __future__ import annotations

import re

import pytest

from broadsheet.apps.payments.models import Order
from broadsheet.apps.subscriptions.actions.give_subscription import make_code
from broadsheet.apps.subscriptions.models import GiftSubscription, Subscription
from broadsheet.domain.billing_calendar import local_day
from tests.factories.sale import make_reader

pytestmark = [pytest.mark.db, pytest.mark.django_db]


@pytest.fixture
def asked(now, settings):
    return {
        "plan": "smart-quarterly",
        "shown-smart-quarterly": "90000",
        "to_name": "Arjun",
        "to_email": "arjun@example.org",
        "from_name": "Meenal",
        "send_on": local_day(now, settings.PAPER.zone).isoformat(),
        "note": "For the long evenings.",
    }


def words(page) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


def buy(sale, client, asked) -> GiftSubscription:
    client.force_login(sale.reader.user)
    answer = client.post("/subscribe/gift/", asked)
    sale.bank.decide(answer["Location"], "approve")
    order = Order.objects.latest("pk")
    back = client.get(f"/subscribe/checkout/{order.uid}/")
    assert "Arjun will hear from us" in words(client.get(back["Location"]))
    return GiftSubscription.objects.get()


def test_given_and_opened(sale, client, asked):
    page = client.get("/subscribe/gift/")
    assert "you need a free account" in words(page)
    gift = buy(sale, client, asked)
    assert "Arjun , Smart quarterly" in words(client.get("/account/given/"))
    code = make_code(gift.uid)
    client.logout()
    page = client.get("/gift-subscription/", {"code": code.lower()})
    assert "Meenal gives you The Lantern" in words(page)
    assert "For the long evenings." in words(page)
    assert f"next=/gift-subscription/%3Fcode%3D{code.lower()}" in page.content.decode()
    client.post("/gift-subscription/", {"code": code})
    assert not Subscription.objects.exists()
    client.force_login(make_reader("arjun@example.org").user)
    answer = client.post("/gift-subscription/", {"code": code})
    assert (answer.status_code, answer["Location"]) == (303, "/account/")
    account = words(client.get("/account/"))
    assert "Your gift is open." in account
    assert "It does not renew by itself." in account
    again = client.post("/gift-subscription/", {"code": code})
    assert "has been opened already" in words(again)
    assert Subscription.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"to_email": "arjun"}, "valid email address"),
        ({"to_name": ""}, "This field is required."),
        ({"note": "see https://evil.example"}, "no links"),
        ({"send_on": "2001-01-01"}, "from today on"),
        ({"send_on": "soon"}, "Enter a valid date."),
        ({"plan": "gold"}, "not on offer any more"),
        ({"shown-smart-quarterly": "1"}, "The price has changed"),
        ({"shown-smart-quarterly": ""}, "The price has changed"),
    ],
)
def test_what_cannot_be_given_is_told(sale, client, asked, wrong, said):
    client.force_login(sale.reader.user)
    page = client.post("/subscribe/gift/", {**asked, **wrong})
    assert page.status_code == 200
    assert said in words(page)
    assert Order.objects.count() == 0


def test_a_stranger_signs_in_first(sale, client, asked):
    answer = client.post("/subscribe/gift/", asked)
    assert answer["Location"] == "/account/login/?next=%2Fsubscribe%2Fgift%2F"
    assert Order.objects.count() == 0


def test_a_wrong_code_opens_nothing(sale, client):
    page = client.get("/gift-subscription/", {"code": "<i>AAAA"})
    assert "We know no gift with this code" in words(page)
    assert "<i>" not in page.content.decode()
