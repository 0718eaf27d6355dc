"""The card page behind Stripe's wire: what a person can do there, and what never happens."""

from __future__ import annotations

from typing import Any

import pytest

from broadsheet.bank.faults import Fault, add_fault
from broadsheet.bank.stripe_cards import CARDS
from tests.bank.stripe_caller import ASKS, DECLINED, LATE, PAYS, StripeCaller

pytestmark = pytest.mark.pure
WAY_BACK = "/subscribe/checkout/1/"
ASKS_THEN_DECLINES = "4000008400001629"


def place(reply: Any) -> str:
    """Where a reply sends the browser."""
    assert reply.status == 303, reply.body
    return dict(reply.headers)["Location"]


def standing(stripe: StripeCaller, session: Any) -> tuple[str, str, str]:
    now = stripe.session(session["id"])
    intent = now["payment_intent"]
    return now["status"], now["payment_status"], intent["status"] if intent else ""


def test_the_page_says_what_for_and_that_it_is_no_real_bank(stripe: StripeCaller) -> None:
    session = stripe.open_session()
    page = stripe.browse("GET", session["url"])
    text = page.body.decode()
    assert page.status == 200
    for words in ("₹900.00", "Smart Quarterly", "paper.example", "No real money moves here"):
        assert words in text
    assert "later payments with this card" in text
    assert all(card.spaced in text for card in CARDS.values())
    headers = dict(page.headers)
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert standing(stripe, session) == ("open", "unpaid", "")


def test_a_card_that_pays(stripe: StripeCaller) -> None:
    session = stripe.open_session()
    assert place(stripe.pay(session["url"], "4242 4242 4242 4242")) == WAY_BACK
    assert standing(stripe, session) == ("complete", "paid", "succeeded")
    card = stripe.session(session["id"])["payment_intent"]["payment_method"]
    method = stripe.get(f"/v1/payment_methods/{card}")
    assert (method["card"]["last4"], method["card"]["exp_year"]) == ("4242", 2034)
    assert method["customer"] == stripe.session(session["id"])["customer"]


def test_paying_twice_takes_the_money_once(stripe: StripeCaller) -> None:
    session = stripe.open_session()
    stripe.pay(session["url"], PAYS)
    again = stripe.pay(session["url"], PAYS)
    assert (again.status, b"Payment made" in again.body) == (200, True)
    assert stripe.count("charge") == 1


def test_declined_then_another_card(stripe: StripeCaller) -> None:
    session = stripe.open_session()
    declined = stripe.pay(session["url"], DECLINED)
    assert (declined.status, b"Your card was declined." in declined.body) == (422, True)
    assert standing(stripe, session) == ("open", "unpaid", "requires_payment_method")
    assert place(stripe.pay(session["url"], PAYS)) == WAY_BACK
    assert standing(stripe, session) == ("complete", "paid", "succeeded")
    assert (stripe.count("charge", paid=True), stripe.count("payment_intent")) == (1, 1)


def test_the_holder_confirms(stripe: StripeCaller) -> None:
    session = stripe.open_session()
    question = place(stripe.pay(session["url"], ASKS))
    assert question == session["url"] + "ask/"
    assert standing(stripe, session) == ("open", "unpaid", "requires_action")
    assert b"Your bank asks" in stripe.browse("GET", question).body
    assert stripe.browse("POST", question, answer="perhaps").status == 200
    assert stripe.count("charge") == 0
    assert place(stripe.browse("POST", question, answer="confirm")) == WAY_BACK
    assert standing(stripe, session) == ("complete", "paid", "succeeded")
    assert place(stripe.browse("GET", question)) == session["url"]


def test_the_holder_refuses_and_may_try_another_card(stripe: StripeCaller) -> None:
    session = stripe.open_session()
    question = place(stripe.pay(session["url"], ASKS))
    refused = stripe.browse("POST", question, answer="refuse")
    assert (refused.status, b"could not confirm" in refused.body) == (422, True)
    assert standing(stripe, session) == ("open", "unpaid", "requires_payment_method")
    assert stripe.count("charge") == 0
    assert place(stripe.pay(session["url"], PAYS)) == WAY_BACK


def test_confirmed_and_declined_all_the_same(stripe: StripeCaller) -> None:
    session = stripe.open_session()
    question = place(stripe.pay(session["url"], ASKS_THEN_DECLINES))
    assert stripe.browse("POST", question, answer="confirm").status == 422
    assert standing(stripe, session) == ("open", "unpaid", "requires_payment_method")
    assert stripe.count("charge", paid=True) == 0


@pytest.mark.parametrize(
    ("succeeded", "paid", "status", "told"),
    [
        (True, "paid", "succeeded", "checkout.session.async_payment_succeeded"),
        (False, "unpaid", "requires_payment_method", "checkout.session.async_payment_failed"),
    ],
)
def test_a_late_answer(
    stripe: StripeCaller, succeeded: bool, paid: str, status: str, told: str
) -> None:
    session = stripe.open_session()
    assert place(stripe.pay(session["url"], LATE)) == WAY_BACK
    assert standing(stripe, session) == ("complete", "unpaid", "processing")
    assert b"under way" in stripe.browse("GET", session["url"]).body
    name = stripe.session(session["id"])["payment_intent"]["id"]
    stripe.post("/stand-in/settle", {"name": name, "succeeded": succeeded})
    assert standing(stripe, session) == ("complete", paid, status)
    assert stripe.events()[-1] == told


def test_a_late_answer_comes_by_itself(stripe: StripeCaller, clock: Any) -> None:
    session = stripe.open_session()
    stripe.pay(session["url"], LATE)
    clock.at += 121
    assert standing(stripe, session) == ("complete", "paid", "succeeded")


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"number": "4111 1111 1111 1111"}, "number"),
        ({"number": ""}, "number"),
        ({"expiry": "13/34"}, "expiry"),
        ({"cvc": "12"}, "cvc"),
        ({"cvc": "１２３"}, "cvc"),
    ],
)
def test_what_is_typed_wrong_is_said_at_its_field(
    stripe: StripeCaller, typed: dict[str, str], field: str
) -> None:
    session = stripe.open_session()
    whole = {"number": PAYS, "expiry": "12/34", "cvc": "123", **typed}
    page = stripe.browse("POST", session["url"], **whole)
    assert page.status == 422
    assert f'id="{field}-error"' in page.body.decode()
    assert standing(stripe, session) == ("open", "unpaid", "")


def test_a_real_card_is_not_written_down(stripe: StripeCaller) -> None:
    session = stripe.open_session()
    stripe.pay(session["url"], "4111 1111 1111 1111")
    with stripe.wire.book.reading() as db:
        held = db.execute("SELECT count(*) FROM stripe_object WHERE body LIKE '%4111%'").fetchone()
    assert (held[0], stripe.count("payment_method")) == (0, 0)


def test_a_page_closes_by_time_or_by_the_merchant(stripe: StripeCaller, clock: Any) -> None:
    old, taken_back = stripe.open_session(expires_at=int(clock.at) + 1800), stripe.open_session()
    stripe.post(f"/v1/checkout/sessions/{taken_back['id']}/expire")
    clock.at += 1800
    for session in (old, taken_back):
        page = stripe.pay(session["url"], PAYS)
        assert (page.status, b"This page is closed" in page.body) == (200, True)
        assert standing(stripe, session) == ("expired", "unpaid", "")
    assert stripe.count("charge") == 0
    again = stripe.refuse(f"/v1/checkout/sessions/{old['id']}/expire")
    assert again["status"] == 400


@pytest.mark.parametrize("seconds", [1700, 86_500])
def test_a_page_lasts_half_an_hour_to_a_day(stripe: StripeCaller, clock: Any, seconds: int) -> None:
    with pytest.raises(AssertionError, match="at least 30 minutes"):
        stripe.open_session(expires_at=int(clock.at) + seconds)
    assert stripe.count("checkout.session") == 0


@pytest.mark.parametrize(
    ("url", "back"),
    [
        ("https://told.example/a/?b=c", "https://told.example/a/?b=c"),
        ("https://elsewhere.example/a/?b=c", "/a/?b=c"),
        ("https://elsewhere.example//evil.example/", "/"),
    ],
)
def test_people_go_back_only_where_the_bank_was_told(
    stripe: StripeCaller, url: str, back: str
) -> None:
    session = stripe.open_session(success_url=url, cancel_url=url)
    assert f"href='{back}'" in stripe.browse("GET", session["url"]).body.decode()
    assert place(stripe.pay(session["url"], PAYS)) == back


def test_an_address_nobody_was_given(stripe: StripeCaller) -> None:
    assert stripe.browse("GET", "/bank/stripe/aaaaaaaaaaaaaaaaaaaaaaaa/").status == 404
    session = stripe.open_session()
    assert stripe.browse("DELETE", session["url"]).status == 405


def test_the_fault_script_reaches_the_page(stripe: StripeCaller) -> None:
    session = stripe.open_session()
    add_fault(stripe.wire.book, Fault("error_before", "decide", 1, 1.0, "x"))
    assert stripe.pay(session["url"], PAYS).status == 500
    assert standing(stripe, session) == ("open", "unpaid", "")
    add_fault(stripe.wire.book, Fault("error_after_commit", "decide", 1, 1.0, "x"))
    assert stripe.pay(session["url"], PAYS).status == 500
    assert standing(stripe, session) == ("complete", "paid", "succeeded")
