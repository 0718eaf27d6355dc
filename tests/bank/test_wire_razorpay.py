"""Razorpay's wire at the stand-in: receipts, one payment an order, notice, tokens, refunds."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest

from broadsheet.bank.book import Book
from broadsheet.bank.faults import CutConnection, Fault, add_fault
from broadsheet.bank.webhook_calls import sign_as_razorpay
from tests.bank.conftest import Clock
from tests.bank.razorpay_caller import (
    ABROAD,
    AT_HOME,
    BEARER,
    POOR_LATER,
    UPI,
    RazorpayCaller,
    basic,
    open_caller,
)

pytestmark = pytest.mark.pure
ORDER = {"amount": 90_000, "currency": "INR", "receipt": "bs-9", "notes": {"a": "b"}}
HOUR = 3600


@pytest.fixture
def caller(book: Book) -> RazorpayCaller:
    return open_caller(book, lambda _seconds: None)


def test_only_the_merchant_is_let_in(caller: RazorpayCaller) -> None:
    for said in (
        "",
        "Basic",
        "Basic é",
        f"Bearer {BEARER}",
        basic("rzp_test_1", "wrong"),
        basic("rzp_test_1", ""),
        basic("rzp_live_1", BEARER),
    ):
        caller.authorization = said
        status, answer = caller.call("POST", "/v1/orders", ORDER)
        assert (status, answer["error"]["code"]) == (401, "BAD_REQUEST_ERROR")
    caller.authorization = basic("rzp_test_2", BEARER)
    assert caller.get("/v1/orders")["count"] == 0


def test_an_order_with_a_unique_receipt_is_placed_once(caller: RazorpayCaller) -> None:
    first = caller.post("/v1/orders", {**ORDER, "unique_receipt": True})
    assert first == caller.post("/v1/orders", {**ORDER, "unique_receipt": True})
    assert (first["status"], first["amount_due"], first["attempts"]) == ("created", 90_000, 0)
    refused = caller.refuse("/v1/orders", {**ORDER, "amount": 100, "unique_receipt": True})
    assert (refused["status"], refused["field"]) == (400, "receipt")
    assert caller.get("/v1/orders", {"receipt": "bs-9"})["items"] == [first]
    other = caller.post("/v1/orders", ORDER)
    assert other["id"] != first["id"]


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": 99},
        {"amount": -1},
        {"amount": 1.5},
        {"amount": True},
        {"amount": None},
        {"currency": "USD"},
        {"currency": 7},
        {"receipt": "x" * 41},
        {"receipt": 7},
        {"notes": {"a": 1}},
        {"notes": {"a": "x" * 257}},
        {"notes": {str(n): "" for n in range(16)}},
    ],
)
def test_a_request_that_is_wrong_places_nothing(
    caller: RazorpayCaller, changes: dict[str, Any]
) -> None:
    refused = caller.refuse("/v1/orders", {**ORDER, **changes})
    assert (refused["status"], refused["code"], refused["reason"]) == (
        400,
        "BAD_REQUEST_ERROR",
        "input_validation_failed",
    )
    assert caller.get("/v1/orders")["items"] == []


def test_what_is_not_there_is_told_as_razorpay_tells_it(caller: RazorpayCaller) -> None:
    for path in ("orders/order_1", "payments/pay_1", "invoices/inv_1", "customers/cust_1/tokens/t"):
        status, answer = caller.call("GET", f"/v1/{path}")
        assert (status, answer["error"]["description"]) == (400, "The id provided does not exist")
    assert caller.call("GET", "/v1/nothing")[0] == 404
    assert caller.call("GET", "/v1/payments", {"count": "101"})[0] == 400


# -- debits on a token ----------------------------------------------------------------------


def test_a_token_from_abroad_is_debited_at_once(caller: RazorpayCaller) -> None:
    token = caller.subscribe(ABROAD)
    status, answer = caller.renew(token)
    assert status == 200
    payment = caller.get(f"/v1/payments/{answer['razorpay_payment_id']}")
    assert (payment["status"], payment["amount"], payment["token_id"]) == (
        "captured",
        90_000,
        token["id"],
    )
    signed = f"{answer['razorpay_order_id']}|{answer['razorpay_payment_id']}".encode()
    digest = hmac.new(BEARER.encode(), signed, hashlib.sha256).hexdigest()
    assert answer["razorpay_signature"] == digest
    assert caller.get(f"/v1/orders/{payment['order_id']}")["status"] == "paid"


@pytest.mark.parametrize(("instrument", "seconds"), [(AT_HOME, 36 * HOUR + 300), (UPI, 25 * HOUR)])
def test_in_the_country_a_debit_waits_out_its_notice(
    caller: RazorpayCaller, clock: Clock, instrument: str, seconds: int
) -> None:
    status, answer = caller.renew(caller.subscribe(instrument))
    assert status == 200
    path = f"/v1/payments/{answer['razorpay_payment_id']}"
    clock.at += seconds - 1
    assert caller.get(path)["status"] == "created"
    clock.at += 1
    assert caller.get(path)["status"] == "captured"


def test_an_order_takes_one_payment(caller: RazorpayCaller) -> None:
    token = caller.subscribe(UPI)
    assert caller.renew(token)[0] == 200
    status, answer = caller.renew(token)
    assert (status, answer["error"]["reason"]) == (400, "payment_in_progress")
    caller.post("/stand-in/clock", {"advance": 26 * HOUR})
    status, answer = caller.renew(token)
    assert (status, answer["error"]["reason"]) == (400, "order_already_paid")
    order = caller.get("/v1/orders", {"receipt": "bs-2"})["items"][0]
    assert [one["status"] for one in caller.payments_of({"order_id": order["id"]})] == ["captured"]


def test_a_debit_that_fails_when_its_time_has_come(caller: RazorpayCaller) -> None:
    _, answer = caller.renew(caller.subscribe(POOR_LATER))
    caller.post("/stand-in/clock", {"advance": 37 * HOUR})
    payment = caller.get(f"/v1/payments/{answer['razorpay_payment_id']}")
    assert (payment["status"], payment["error_reason"], payment["error_source"]) == (
        "failed",
        "insufficient_funds",
        "issuer_bank",
    )


def test_a_debit_that_is_declined_at_once_stays_in_the_book(
    caller: RazorpayCaller, book: Book
) -> None:
    token = caller.subscribe()
    add_fault(book, Fault("decline", "charge", 1, 0, "insufficient_funds"))
    status, answer = caller.renew(token)
    assert (status, answer["error"]["reason"]) == (400, "insufficient_funds")
    name = answer["error"]["metadata"]["payment_id"]
    assert caller.get(f"/v1/payments/{name}")["status"] == "failed"


def test_a_cancelled_token_is_debited_no_more(caller: RazorpayCaller) -> None:
    token = caller.subscribe(UPI)
    path = f"/v1/customers/{token['customer']}/tokens/{token['id']}"
    assert caller.call("PUT", f"{path}/cancel") == (200, {"status": "cancellation_initiated"})
    assert caller.get(path)["recurring_details"]["status"] == "cancelled"
    status, answer = caller.renew(token)
    assert (status, answer["error"]["reason"]) == (400, "token_not_confirmed")
    assert caller.call("PUT", f"{path}/cancel")[0] == 400


def test_a_cards_token_is_thrown_away(caller: RazorpayCaller) -> None:
    token = caller.subscribe(ABROAD)
    path = f"/v1/customers/{token['customer']}/tokens/{token['id']}"
    assert caller.call("PUT", f"{path}/cancel")[0] == 400
    assert caller.call("DELETE", path) == (200, {"deleted": True})
    assert caller.call("GET", path)[0] == 400
    assert caller.renew(token)[0] == 400


@pytest.mark.parametrize("amount", [1_500_001, 1_600_000])
def test_above_the_mandate_nothing_is_debited(caller: RazorpayCaller, amount: int) -> None:
    status, answer = caller.renew(caller.subscribe(), amount=amount)
    assert (status, answer["error"]["reason"]) == (400, "amount_above_mandate")
    order = caller.get("/v1/orders", {"receipt": "bs-2"})["items"][0]
    assert (order["status"], order["attempts"]) == ("created", 0)


# -- refunds, disputes, webhooks ----------------------------------------------------------------


def paid(caller: RazorpayCaller) -> str:
    _, answer = caller.renew(caller.subscribe())
    return str(answer["razorpay_payment_id"])


def test_a_refund_under_a_key_is_given_once(caller: RazorpayCaller) -> None:
    path = f"/v1/payments/{paid(caller)}"
    part = {"amount": 30_000, "receipt": "bs-rf-1"}
    first = caller.post(f"{path}/refund", part, key="bs-rf-0001")
    assert caller.post(f"{path}/refund", part, key="bs-rf-0001") == first
    assert (first["status"], first["amount"], first["receipt"]) == ("processed", 30_000, "bs-rf-1")
    other = caller.refuse(f"{path}/refund", {"amount": 100}, key="bs-rf-0001")
    assert "idempotency" in other["description"]
    assert "10 characters" in caller.refuse(f"{path}/refund", part, key="short")["description"]
    payment = caller.get(path)
    assert (payment["amount_refunded"], payment["refund_status"]) == (30_000, "partial")


def test_no_more_is_given_back_than_was_taken(caller: RazorpayCaller) -> None:
    path = f"/v1/payments/{paid(caller)}"
    assert "greater" in caller.refuse(f"{path}/refund", {"amount": 90_001})["description"]
    caller.post(f"{path}/refund")
    assert "fully refunded" in caller.refuse(f"{path}/refund", {"amount": 100})["description"]
    assert caller.get(path)["status"] == "refunded"
    assert caller.get(f"{path}/refunds")["count"] == 1


def test_a_refund_that_fails_later_puts_the_money_back(caller: RazorpayCaller, book: Book) -> None:
    name = paid(caller)
    add_fault(book, Fault("pend", "refund", 1, 0, ""))
    refund = caller.post(f"/v1/payments/{name}/refund", {"amount": 90_000})
    assert refund["status"] == "pending"
    caller.post("/stand-in/settle", {"name": refund["id"], "succeeded": False})
    assert caller.get(f"/v1/refunds/{refund['id']}")["status"] == "failed"
    payment = caller.get(f"/v1/payments/{name}")
    assert (payment["status"], payment["amount_refunded"]) == ("captured", 0)


def test_a_dispute_is_decided_once(caller: RazorpayCaller) -> None:
    opened = caller.post("/stand-in/disputes", {"payment_id": paid(caller)})
    assert (opened["status"], opened["phase"], opened["amount"]) == ("open", "chargeback", 90_000)
    lost = caller.post(f"/stand-in/disputes/{opened['id']}/close", {"status": "lost"})
    assert (lost["status"], lost["amount_deducted"]) == ("lost", 90_000)
    caller.post(f"/stand-in/disputes/{opened['id']}/close", {"status": "won"})
    assert caller.get(f"/v1/disputes/{opened['id']}")["status"] == "lost"


def test_what_happened_is_told_signed_and_by_name(caller: RazorpayCaller, book: Book) -> None:
    hook = {"url": "http://paper.example/webhooks/razorpay/", "secret": "a secret"}
    caller.post("/stand-in/webhook", hook)
    token = caller.subscribe(UPI)
    caller.renew(token)
    caller.post("/stand-in/clock", {"advance": 26 * HOUR})
    assert caller.told() == [
        "payment.authorized",
        "payment.captured",
        "order.paid",
        "token.confirmed",
        "invoice.paid",
        "payment.authorized",
        "payment.captured",
        "order.paid",
    ]
    with book.reading() as db:
        row = db.execute("SELECT * FROM webhook_call ORDER BY id").fetchone()
    headers = sign_as_razorpay(row["secret"], row["event"], row["body"], 0.0)
    digest = hmac.new(b"a secret", row["body"].encode(), hashlib.sha256).hexdigest()
    assert headers == {"X-Razorpay-Signature": digest, "X-Razorpay-Event-Id": row["event"]}
    said = json.loads(row["body"])
    assert said["payload"]["payment"]["entity"]["notes"] == {"broadsheet_key": "bs-1"}
    assert "_" not in {name[0] for name in said["payload"]["payment"]["entity"]}
    assert "a secret" not in row["body"]


# -- links, faults --------------------------------------------------------------------------------


def test_a_link_is_opened_once_for_a_receipt(caller: RazorpayCaller) -> None:
    link = caller.open_registration()
    assert (link["status"], link["amount_due"], link["type"]) == ("issued", 90_000, "link")
    again = caller.call(
        "POST",
        "/v1/subscription_registration/auth_links",
        {
            "type": "link",
            "amount": 90_000,
            "currency": "INR",
            "description": "x",
            "receipt": "bs-1",
            "subscription_registration": {"method": "upi", "max_amount": 100},
        },
    )
    assert (again[0], again[1]["error"]["field"]) == (400, "receipt")
    assert caller.get("/v1/invoices", {"receipt": "bs-1"})["items"] == [link]
    page = caller.open_link()
    assert caller.get("/v1/payment_links", {"reference_id": "bs-1"})["payment_links"] == [page]
    refused = caller.refuse(
        "/v1/payment_links", {"amount": 100, "currency": "INR", "reference_id": "bs-1"}
    )
    assert "already exists" in refused["description"]


def test_a_link_is_open_for_a_quarter_of_an_hour_at_least(
    caller: RazorpayCaller, clock: Clock
) -> None:
    soon = int(clock.at) + 14 * 60
    said = {"amount": 100, "currency": "INR", "expire_by": soon}
    assert "15 minutes" in caller.refuse("/v1/payment_links", said)["description"]
    link = caller.open_link(expire_by=int(clock.at) + 16 * 60)
    clock.at += 16 * 60
    assert caller.get(f"/v1/payment_links/{link['id']}")["status"] == "expired"
    assert caller.call("POST", f"/v1/payment_links/{link['id']}/cancel")[0] == 400


def test_faults_come_before_or_after_the_deed(caller: RazorpayCaller, book: Book) -> None:
    add_fault(book, Fault("error_before", "order", 1, 0, ""))
    status, answer = caller.call("POST", "/v1/orders", ORDER)
    assert (status, answer["error"]["code"]) == (500, "SERVER_ERROR")
    assert caller.get("/v1/orders")["count"] == 0
    add_fault(book, Fault("busy", "order", 1, 0, ""))
    assert caller.call("POST", "/v1/orders", ORDER)[0] == 429
    add_fault(book, Fault("lose_reply_after_commit", "order", 1, 0, ""))
    with pytest.raises(CutConnection):
        caller.call("POST", "/v1/orders", ORDER)
    assert caller.get("/v1/orders")["count"] == 1
