"""Buying, over the pages, with the real bank: as a browser without script does it."""

from __future__ import annotations

import html
import re

import pytest
from django.test import Client

from broadsheet.apps.payments.models import Charge, Order, Payment
from broadsheet.apps.subscriptions.models import Subscription
from broadsheet.protocol.reader_pass import ENVIRON_KEY, hash_session

pytestmark = [pytest.mark.db, pytest.mark.django_db]
PLAN = "/subscribe/checkout/?plan=smart-quarterly&next=/city/night-ferries-12/"


def press_pay(client: Client, page) -> str:
    """Send the form of the plan's page; the address the browser is sent to."""
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    answer = client.post("/subscribe/checkout/", fields)
    assert answer.status_code == 303
    return answer["Location"]


def order_path() -> str:
    return f"/subscribe/checkout/{Order.objects.latest('pk').uid}/"


def held(client: Client):
    return client.get("/account/pass/", **{ENVIRON_KEY: "1"}).json()


def test_a_reader_buys_and_reads_on(sale, client):
    client.force_login(sale.reader.user)
    page = client.get(PLAN)
    assert 'data-plan="smart-quarterly"' in page.text
    assert "₹900" in page.text
    bank_page = press_pay(client, page)
    assert bank_page.startswith("/bank/pay/")
    assert sale.bank.decide(bank_page, "approve").headers["Location"] == order_path()
    back = client.get(order_path())
    assert (back.status_code, back["Location"]) == (303, order_path() + "done/")
    assert back.cookies["bs_pass"].value == ""
    done = client.get(back["Location"])
    assert 'href="/city/night-ferries-12/"' in done.text
    account = client.get("/account/")
    assert "₹900" in account.text
    receipt = client.get(f"/account/receipts/{Payment.objects.get().pk}/")
    assert Payment.objects.get().number in receipt.text
    assert held(client) == {
        "reader": sale.reader.pk,
        "kind": "subscriber",
        "benefits": ["ad-free", "premium", "unlimited"],
        "segments": [],
        "session": hash_session(client.session.session_key),
    }


def test_a_stranger_signs_up_and_the_plan_is_kept(sale, client):
    page = client.get(PLAN)
    assert 'action="/account/signup/"' in page.text
    here = "/subscribe/checkout/?plan=smart-quarterly&next=%2Fcity%2Fnight-ferries-12%2F"
    answer = client.post(
        "/account/signup/",
        {"email": "new@example.org", "password1": "a long one indeed", "next": here},
    )
    assert answer.status_code == 302
    assert answer["Location"] == here
    page = client.get(here)
    assert 'name="shown" value="90000"' in page.text
    assert press_pay(client, page).startswith("/bank/pay/")


def test_a_stranger_cannot_pay_or_look(sale, client):
    assert client.post("/subscribe/checkout/", {"plan": "smart-quarterly"}).status_code == 200
    assert Order.objects.count() == 0
    client.force_login(sale.reader.user)
    press_pay(client, client.get(PLAN))
    stranger = Client()
    assert stranger.get(order_path()).status_code == 302
    assert stranger.get("/account/").status_code == 302
    assert stranger.get("/account/pass/").status_code == 404
    assert held(stranger) == {
        "reader": None,
        "kind": "",
        "benefits": [],
        "session": hash_session(""),
    }


def test_one_reader_sees_nothing_of_another(sale, client):
    from tests.factories.sale import make_reader

    client.force_login(sale.reader.user)
    bank_page = press_pay(client, client.get(PLAN))
    sale.bank.decide(bank_page, "approve")
    client.get(order_path())
    client.force_login(make_reader("other@example.org").user)
    assert client.get(order_path()).status_code == 404
    assert client.post(order_path()).status_code == 404
    assert client.get(f"/account/receipts/{Payment.objects.get().pk}/").status_code == 404


def test_two_tabs_and_a_refresh_make_one_order(sale, client):
    client.force_login(sale.reader.user)
    first, second = client.get(PLAN), client.get(PLAN)
    pages = {press_pay(client, page) for page in (first, second, first)}
    assert len(pages) == 1
    assert (Order.objects.count(), Charge.objects.count()) == (1, 1)
    sale.bank.decide(pages.pop(), "approve")
    client.get(order_path())
    client.get(order_path())
    late = client.post(
        "/subscribe/checkout/", {"plan": "smart-quarterly", "shown": "90000", "next": ""}
    )
    assert late["Location"] == "/account/"
    assert Payment.objects.count() == Order.objects.count() == 1


def test_a_forged_or_old_price_is_asked_about_again(sale, client):
    client.force_login(sale.reader.user)
    for shown in ("1", "", "ninety", "-90000", "9" * 30):
        page = client.post("/subscribe/checkout/", {"plan": "smart-quarterly", "shown": shown})
        assert page.status_code == 200
        assert "The price has changed" in page.text
    assert Order.objects.count() == 0


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example/", "javascript:x", "x"])
def test_the_way_back_is_only_to_the_paper(sale, client, back):
    client.force_login(sale.reader.user)
    page = client.get("/subscribe/checkout/", {"plan": "smart-quarterly", "next": back})
    assert 'name="next" value=""' in page.text
    assert "evil" not in page.text


def test_a_plan_that_is_gone_leads_to_the_plans(sale, client):
    answer = client.get("/subscribe/checkout/?plan=gold&next=/city/")
    assert (answer.status_code, answer["Location"]) == (303, "/subscribe/?next=%2Fcity%2F")


def test_declined_and_tried_again_from_the_page(sale, client):
    client.force_login(sale.reader.user)
    sale.bank.decide(press_pay(client, client.get(PLAN)), "decline")
    page = client.get(order_path())
    assert "You said no at the bank." in page.text
    assert 'http-equiv="refresh"' not in page.text
    answer = client.post(order_path())
    assert answer["Location"].startswith("/bank/pay/")
    sale.bank.decide(answer["Location"], "approve")
    assert client.get(order_path())["Location"].endswith("/done/")
    assert Payment.objects.count() == 1


def test_a_lost_answer_is_told_in_plain_words(sale, client):
    client.force_login(sale.reader.user)
    sale.bank.script("lose_reply_after_commit", "checkout")
    where = press_pay(client, client.get(PLAN))
    assert where == order_path()
    page = client.get(where)
    assert "You have not been charged twice" in page.text
    assert '<meta http-equiv="refresh" content="4">' in page.text
    again = client.post(where)
    assert again["Location"].startswith("/bank/pay/")
    sale.bank.decide(again["Location"], "approve")
    assert client.get(where)["Location"].endswith("/done/")
    assert Charge.objects.count() == 1


def test_ending_takes_two_clicks_and_keeps_everything(sale, client, now):
    sale.subscribe(now)
    client.force_login(sale.reader.user)
    account = client.get("/account/")
    assert 'href="/account/subscription/end/"' in account.text
    page = client.get("/account/subscription/end/")
    assert 'action="/account/subscription/end/"' in page.text
    assert Subscription.objects.get().cancelled_at is None
    answer = client.post("/account/subscription/end/")
    assert (answer.status_code, answer["Location"]) == (303, "/account/")
    account = client.get("/account/")
    assert "You keep everything until" in account.text
    assert held(client)["kind"] == "subscriber"
    client.post("/account/subscription/keep/")
    assert Subscription.objects.get().cancelled_at is None
    assert "Next charge" in client.get("/account/").text


def test_signing_out_forgets_pass_and_session(sale, client):
    from broadsheet.apps.meter.models import RevokedSession

    client.force_login(sale.reader.user)
    key = client.session.session_key
    answer = client.post("/account/logout/")
    assert answer.status_code == 302
    assert answer.cookies["bs_session"].value == ""
    assert answer.cookies["bs_pass"].value == ""
    assert answer.cookies["bs_shown"].value == ""
    assert list(RevokedSession.objects.values_list("session", flat=True)) == [hash_session(key)]


HERE = "/subscribe/checkout/?plan=smart-quarterly&next=%2Fcity%2F"


def test_a_refused_sign_up_loses_nothing(sale, client):
    answer = client.post(
        "/account/signup/", {"email": "new@example.org", "password1": "short", "next": HERE}
    )
    assert answer.status_code == 200
    assert 'value="new@example.org"' in answer.text
    assert "plan=smart-quarterly" in answer.text
    assert "at least 10 characters" in answer.text


def test_signing_in_by_password_keeps_the_plan(sale, client):
    sale.reader.user.set_password("a lamp for every stair")
    sale.reader.user.save()
    page = client.get("/account/login/", {"next": HERE})
    assert "plan=smart-quarterly" in page.text
    answer = client.post(
        "/account/login/",
        {"login": "meenal@example.org", "password": "a lamp for every stair", "next": HERE},
    )
    assert answer["Location"] == HERE
    assert answer.cookies["bs_pass"].value == ""


def test_signing_in_by_code_keeps_the_plan(sale, client, mailoutbox):
    sent = client.post("/account/login/code/", {"email": "meenal@example.org", "next": HERE})
    page = client.get(sent["Location"])
    kept = html.unescape(re.search(r'name="next" value="([^"]*)"', page.text)[1])
    code = re.search(r"^\s*([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})\s*$", mailoutbox[0].body, re.MULTILINE)[1]
    answer = client.post("/account/login/code/confirm/", {"code": code, "next": kept})
    assert answer.status_code == 302
    assert answer["Location"] == HERE


def test_what_counted_is_shown_to_readers_and_strangers(sale, client):
    from broadsheet.apps.meter.actions import ensure_first_policy
    from tests.factories.sale import LONG_AGO

    assert "cannot be read at the moment" in client.get("/account/meter/").text
    ensure_first_policy(actor="test", now=LONG_AGO)
    assert "0 of 5 read this month" in client.get("/account/meter/").text
    client.force_login(sale.reader.user)
    assert "0 of 8 read this month" in client.get("/account/meter/").text


def test_a_subscriber_reads_without_counting(sale, client, now):
    sale.subscribe(now)
    client.force_login(sale.reader.user)
    assert "Nothing is counted" in client.get("/account/meter/").text


def test_a_past_due_reader_pays_from_the_account(sale, client, now):
    from broadsheet.apps.subscriptions.actions.renew_terms import renew_due_terms

    subscription = sale.subscribe(now)
    sale.bank.script("decline", "charge", reason="insufficient_funds")
    renew_due_terms(now=now, gateway=sale.gateway, as_of=subscription.ends_on)
    client.force_login(sale.reader.user)
    page = client.get("/account/")
    assert "Your bank did not pay." in page.text
    pay = re.search(r'action="(/subscribe/checkout/[-0-9a-f]+/)"', page.text)[1]
    answer = client.post(pay)
    sale.bank.decide(answer["Location"], "approve")
    assert client.get(pay)["Location"] == pay + "done/"
    subscription.refresh_from_db()
    assert (subscription.state, subscription.seq) == ("active", 2)


@pytest.mark.parametrize("address", ["/account/subscription/keep/", "/account/subscription/end/"])
def test_nothing_to_end_or_keep(sale, client, address):
    client.force_login(sale.reader.user)
    answer = client.post(address)
    assert (answer.status_code, answer["Location"]) == (303, "/account/")
    assert Subscription.objects.count() == 0


def test_money_that_does_not_fit_is_told_and_not_asked_for_again(sale, client, now):
    from broadsheet.apps.payments.actions.apply_gateway_state import apply_gateway_state
    from broadsheet.apps.payments.gateways.contract import GatewayState
    from broadsheet.domain.charge import ChargeOutcome
    from broadsheet.domain.money import Money

    client.force_login(sale.reader.user)
    press_pay(client, client.get(PLAN))
    said = GatewayState(ChargeOutcome.SUCCEEDED, "odd", Money(1, "INR"))
    apply_gateway_state(charge_id=Charge.objects.get().pk, said=said, heard_by="test", now=now)
    page = client.get(order_path())
    assert "A person is looking at this payment" in page.text
    assert "Nothing was charged" not in page.text
    assert "Pay ₹900" not in page.text
    assert client.post(order_path())["Location"] == order_path()
    assert Charge.objects.count() == 1
