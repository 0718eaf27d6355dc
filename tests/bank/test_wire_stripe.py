"""Stripe's wire as the stand-in speaks it: keys, errors, lists, and what moves money."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from broadsheet.bank.book import Book
from broadsheet.bank.faults import Fault, add_fault
from tests.bank.stripe_caller import (
    DECLINED,
    GONE_LATER,
    INDIAN,
    StripeCaller,
    open_caller,
    request,
)

pytestmark = pytest.mark.pure
DAY = 86_400


def script(stripe: StripeCaller, kind: str, deed: str = "charge", reason: str = "x") -> None:
    add_fault(stripe.wire.book, Fault(kind, deed, 1, 3.0, reason))


# -- who asks, and how ----------------------------------------------------------------


@pytest.mark.parametrize("said", ["", "Bearer sk_test_other", "Bearer secret", "Basic c2VjcmV0"])
def test_only_the_merchants_key_opens(stripe: StripeCaller, said: str) -> None:
    reply = stripe.wire.answer(request("GET", "/stripe/v1/events", [], authorization=said))
    assert reply.status == 401
    assert b"secret" not in reply.body


def test_what_is_not_spoken_is_not_found(stripe: StripeCaller) -> None:
    assert stripe.refuse("/v1/prices")["status"] == 404
    assert stripe.call("GET", "/v1/customers/cus_none") == (
        404,
        {
            "error": {
                "type": "invalid_request_error",
                "message": "No such customer: 'cus_none'",
                "code": "resource_missing",
                "param": "id",
            }
        },
    )


@pytest.mark.parametrize(
    ("said", "code", "param"),
    [
        ({"amount": 1, "currency": "inr", "amout": 2}, "parameter_unknown", "amout"),
        ({"currency": "inr"}, "parameter_invalid_integer", "amount"),
        ({"amount": "9.50", "currency": "inr"}, "parameter_invalid_integer", "amount"),
        ({"amount": 0, "currency": "inr"}, "amount_too_small", "amount"),
        ({"amount": 10**8, "currency": "inr"}, "amount_too_small", "amount"),
        ({"amount": 100}, "parameter_missing", "currency"),
        ({"amount": 1, "currency": "inr", "customer": "cus_x"}, "resource_missing", "customer"),
    ],
)
def test_a_wrong_parameter_is_named(
    stripe: StripeCaller, said: dict[str, Any], code: str, param: str
) -> None:
    error = stripe.refuse("/v1/payment_intents", said, key="one")
    assert (error["status"], error["code"], error["param"]) == (400, code, param)
    assert stripe.count("payment_intent") == 0


# -- idempotency keys -----------------------------------------------------------------


def test_the_same_key_gets_the_same_answer(stripe: StripeCaller) -> None:
    session = stripe.subscribe()
    first = stripe.renew(session, key="k")
    again = stripe.reply("POST", "/v1/payment_intents", _renewal(session), key="k")
    assert first[1]["status"] == "succeeded"
    assert ("Idempotent-Replayed", "true") in again.headers
    assert stripe.renew(session, key="k") == first
    assert stripe.count("charge", paid=True) == 2


def test_a_declined_charge_is_declined_again_in_the_same_words(stripe: StripeCaller) -> None:
    session = stripe.subscribe(GONE_LATER)
    first = stripe.renew(session, key="k")
    assert first[0] == 402
    assert stripe.renew(session, key="k") == first
    assert stripe.count("payment_intent") == 2


def test_other_parameters_under_a_key_are_refused(stripe: StripeCaller) -> None:
    session = stripe.subscribe()
    stripe.renew(session, key="k")
    status, answer = stripe.renew(session, key="k", amount=1)
    assert (status, answer["error"]["type"]) == (400, "idempotency_error")
    assert stripe.count("charge", paid=True) == 2


def test_a_key_is_forgotten_after_a_day(stripe: StripeCaller, clock: Any) -> None:
    session = stripe.subscribe()
    first = stripe.renew(session, key="k")
    clock.at += DAY - 1
    assert stripe.renew(session, key="k") == first
    clock.at += 2
    assert stripe.renew(session, key="k")[1]["id"] != first[1]["id"]


def test_a_wrong_parameter_does_not_use_up_the_key(stripe: StripeCaller) -> None:
    stripe.refuse("/v1/customers", {"nam": "x"}, key="k")
    assert stripe.post("/v1/customers", {"name": "x"}, key="k")["name"] == "x"


def test_a_repeat_in_flight_is_told_to_wait(book: Book, stripe: StripeCaller) -> None:
    session = stripe.subscribe()
    working, go_on = threading.Event(), threading.Event()

    def wait(seconds: float) -> None:
        working.set()
        assert go_on.wait(20)

    slow = open_caller(book, wait)
    script(stripe, "in_flight")
    answers: list[tuple[int, Any]] = []
    thread = threading.Thread(target=lambda: answers.append(slow.renew(session, key="k")))
    thread.start()
    assert working.wait(20)
    status, answer = slow.renew(session, key="k")
    go_on.set()
    thread.join()
    assert (status, answer["error"]["code"]) == (409, "idempotency_key_in_use")
    assert answers[0][1]["status"] == "succeeded"
    assert slow.renew(session, key="k") == answers[0]
    assert stripe.count("charge", paid=True) == 2


def test_an_error_of_stripes_own_is_kept_though_the_money_moved(stripe: StripeCaller) -> None:
    session = stripe.subscribe()
    script(stripe, "error_kept")
    assert stripe.renew(session, key="k")[0] == 500
    assert stripe.renew(session, key="k")[0] == 500
    assert stripe.count("charge", paid=True) == 2


def _renewal(session: Any) -> dict[str, Any]:
    return {
        "amount": 90_000,
        "currency": "inr",
        "customer": session["customer"],
        "payment_method": session["payment_intent"]["payment_method"],
        "off_session": True,
        "confirm": True,
    }


# -- lists ------------------------------------------------------------------------------


def test_lists_are_newest_first_and_paged_both_ways(stripe: StripeCaller, clock: Any) -> None:
    names = []
    for _ in range(5):
        names.append(stripe.post("/v1/customers", {})["id"])
        clock.at += 10
    newest = names[::-1]

    def listed(**said: Any) -> tuple[list[str], bool]:
        page = stripe.get("/v1/customers", said)
        return [one["id"] for one in page["data"]], page["has_more"]

    assert listed(limit=2) == (newest[:2], True)
    assert listed(limit=2, starting_after=newest[1]) == (newest[2:4], True)
    assert listed(limit=2, starting_after=newest[3]) == (newest[4:], False)
    assert listed(limit=2, ending_before=newest[4]) == (newest[2:4], True)
    began = int(clock.at) - 50
    assert listed(created={"gte": began + 10, "lt": began + 30}) == (newest[2:4], False)
    assert listed(created={"gt": began + 10, "lte": began + 30}) == (newest[1:3], False)
    assert stripe.call("GET", "/v1/customers", {"limit": 101})[0] == 400


def test_lists_of_one_customer_or_one_intent(stripe: StripeCaller) -> None:
    one, other = stripe.subscribe(), stripe.subscribe()
    stripe.renew(one)
    of_one = stripe.get("/v1/payment_intents", {"customer": one["customer"]})["data"]
    assert [intent["customer"] for intent in of_one] == [one["customer"]] * 2
    name = other["payment_intent"]["id"]
    charges = stripe.get("/v1/charges", {"payment_intent": name, "expand": ["data.customer"]})
    assert [charge["customer"]["id"] for charge in charges["data"]] == [other["customer"]]
    sessions = stripe.get("/v1/checkout/sessions", {"payment_intent": name})["data"]
    assert [session["id"] for session in sessions] == [other["id"]]


# -- charging later ---------------------------------------------------------------------


def test_a_card_that_was_taken_off_cannot_be_charged(stripe: StripeCaller) -> None:
    session = stripe.subscribe()
    card = session["payment_intent"]["payment_method"]
    assert stripe.post(f"/v1/payment_methods/{card}/detach")["customer"] is None
    status, answer = stripe.renew(session)
    assert (status, answer["error"]["code"]) == (400, "payment_method_unexpected_state")
    assert stripe.refuse(f"/v1/payment_methods/{card}/detach")["status"] == 400
    again = stripe.refuse(f"/v1/payment_methods/{card}/attach", {"customer": session["customer"]})
    assert again["status"] == 400
    assert stripe.count("charge", paid=True) == 1


@pytest.mark.parametrize(
    ("reason", "code", "decline_code"),
    [
        ("insufficient_funds", "card_declined", "insufficient_funds"),
        ("stolen_card", "card_declined", "stolen_card"),
        ("expired_card", "expired_card", "expired_card"),
        ("authentication_required", "authentication_required", "authentication_required"),
    ],
)
def test_a_decline_says_why_and_brings_the_intent(
    stripe: StripeCaller, reason: str, code: str, decline_code: str
) -> None:
    session = stripe.subscribe()
    script(stripe, "decline", reason=reason)
    status, answer = stripe.renew(session)
    error = answer["error"]
    assert (status, error["type"], error["code"], error["decline_code"]) == (
        402,
        "card_error",
        code,
        decline_code,
    )
    intent = stripe.get(f"/v1/payment_intents/{error['payment_intent']['id']}")
    assert intent == error["payment_intent"]
    assert (intent["status"], intent["payment_method"]) == ("requires_payment_method", None)


def test_an_indian_card_needs_its_e_mandate_and_a_days_notice(
    stripe: StripeCaller, clock: Any
) -> None:
    session = stripe.subscribe(INDIAN)
    status, answer = stripe.renew(session)
    assert (status, answer["error"]["code"]) == (402, "authentication_required")
    charge = stripe.get(f"/v1/charges/{session['payment_intent']['latest_charge']}")
    mandate = charge["payment_method_details"]["card"]["mandate"]
    assert stripe.get(f"/v1/mandates/{mandate}")["status"] == "active"
    above = stripe.renew(session, mandate=mandate, amount=1_500_001)
    assert above[1]["error"]["code"] == "authentication_required"

    _, waiting = stripe.renew(session, mandate=mandate)
    notice = waiting["processing"]["card"]["customer_notification"]
    assert (waiting["status"], notice["completes_at"]) == ("processing", int(clock.at) + 26 * 3600)
    path = f"/v1/payment_intents/{waiting['id']}"
    clock.at += 26 * 3600 - 1
    assert stripe.get(path)["status"] == "processing"
    stripe.post("/stand-in/clock", {"advance": 1})
    assert stripe.get(path)["status"] == "succeeded"
    assert stripe.refuse(f"{path}/cancel")["code"] == "payment_intent_unexpected_state"


def test_a_mandate_ends_with_its_card(stripe: StripeCaller) -> None:
    session = stripe.subscribe(INDIAN)
    stripe.post(f"/v1/payment_methods/{session['payment_intent']['payment_method']}/detach")
    mandates = stripe.get("/v1/mandates")["data"]
    assert [mandate["status"] for mandate in mandates] == ["inactive"]


@pytest.mark.parametrize(
    ("succeeded", "status"), [(True, "succeeded"), (False, "requires_payment_method")]
)
def test_a_waiting_charge_is_settled_once(
    stripe: StripeCaller, succeeded: bool, status: str
) -> None:
    session = stripe.subscribe()
    script(stripe, "pend")
    _, intent = stripe.renew(session)
    assert intent["status"] == "processing"
    said = {"name": intent["id"], "succeeded": succeeded, "reason": "insufficient_funds"}
    assert stripe.post("/stand-in/settle", said)["status"] == status
    said["succeeded"] = not succeeded
    assert stripe.post("/stand-in/settle", said)["status"] == status


def test_an_intent_is_confirmed_and_cancelled_by_hand(stripe: StripeCaller) -> None:
    said = {"amount": 500, "currency": "usd", "payment_method": "pm_card_visa"}
    intent = stripe.post("/v1/payment_intents", said)
    assert intent["status"] == "requires_confirmation"
    confirmed = stripe.post(f"/v1/payment_intents/{intent['id']}/confirm")
    assert (confirmed["status"], confirmed["amount_received"]) == ("succeeded", 500)
    again = stripe.refuse(f"/v1/payment_intents/{intent['id']}/confirm")
    assert again["code"] == "payment_intent_unexpected_state"
    other = stripe.post("/v1/payment_intents", said)
    assert stripe.post(f"/v1/payment_intents/{other['id']}/cancel")["status"] == "canceled"
    assert stripe.count("charge") == 1


# -- refunds, disputes, the balance ----------------------------------------------------


def test_no_more_is_given_back_than_was_taken(stripe: StripeCaller) -> None:
    intent = stripe.subscribe()["payment_intent"]["id"]
    part = stripe.post("/v1/refunds", {"payment_intent": intent, "amount": 30_000})
    assert (part["status"], part["amount"]) == ("succeeded", 30_000)
    assert stripe.refuse("/v1/refunds", {"payment_intent": intent, "amount": 60_001})["param"] == (
        "amount"
    )
    assert stripe.post("/v1/refunds", {"payment_intent": intent})["amount"] == 60_000
    over = stripe.refuse("/v1/refunds", {"payment_intent": intent})
    assert over["code"] == "charge_already_refunded"
    balance = stripe.get("/v1/balance_transactions")["data"]
    assert sorted(line["amount"] for line in balance) == [-60_000, -30_000, 90_000]


@pytest.mark.parametrize(("succeeded", "left"), [(True, 60_000), (False, 90_000)])
def test_a_refund_may_end_later_and_fail(stripe: StripeCaller, succeeded: bool, left: int) -> None:
    intent = stripe.subscribe()["payment_intent"]["id"]
    script(stripe, "pend", "refund")
    refund = stripe.post("/v1/refunds", {"payment_intent": intent, "amount": 30_000})
    assert refund["status"] == "pending"
    ended = stripe.post("/stand-in/settle", {"name": refund["id"], "succeeded": succeeded})
    assert ended["status"] == ("succeeded" if succeeded else "failed")
    assert stripe.post("/v1/refunds", {"payment_intent": intent})["amount"] == left


@pytest.mark.parametrize(("won", "sum_left"), [(True, 90_000), (False, 0)])
def test_a_dispute_takes_the_money_until_it_is_won(
    stripe: StripeCaller, won: bool, sum_left: int
) -> None:
    intent = stripe.subscribe()["payment_intent"]["id"]
    dispute = stripe.post("/stand-in/disputes", {"payment_intent": intent})
    assert dispute["status"] == "needs_response"
    closed = stripe.post(f"/stand-in/disputes/{dispute['id']}/close", {"won": won})
    assert closed["status"] == ("won" if won else "lost")
    balance = stripe.get("/v1/balance_transactions")["data"]
    assert sum(line["amount"] for line in balance) == sum_left
    assert stripe.events()[-2:] == ["charge.dispute.created", "charge.dispute.closed"]


def test_what_happened_is_told_in_order(stripe: StripeCaller) -> None:
    session = stripe.open_session()
    stripe.pay(session["url"], DECLINED)
    stripe.pay(session["url"], "4242424242424242")
    assert stripe.events() == [
        "customer.created",
        "payment_intent.created",
        "charge.failed",
        "payment_intent.payment_failed",
        "payment_method.attached",
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
    ]
