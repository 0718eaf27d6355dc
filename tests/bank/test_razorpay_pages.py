"""The pages behind Razorpay's wire: what a person can do there, and what never happens."""

from __future__ import annotations

import pytest

from broadsheet.bank.book import Book
from broadsheet.bank.faults import Fault, FaultyAnswer, add_fault
from broadsheet.bank.razorpay_instruments import INSTRUMENTS
from tests.bank.razorpay_caller import (
    ABROAD,
    AT_HOME,
    LATE,
    POOR,
    UPI,
    RazorpayCaller,
    open_caller,
    place,
)

pytestmark = pytest.mark.pure
WAY_BACK = "/subscribe/checkout/1/"


@pytest.fixture
def caller(book: Book) -> RazorpayCaller:
    return open_caller(book, lambda _seconds: None)


def test_a_registration_page_takes_one_way_and_says_what_it_allows(caller: RazorpayCaller) -> None:
    link = caller.open_registration()
    page = caller.browse("GET", link["short_url"])
    text = page.body.decode()
    assert page.status == 200
    for words in ("₹900.00", "Smart Quarterly", "paper.example", "No real money moves here"):
        assert words in text
    assert "later payments of up to ₹15,000.00 each" in text
    cards = [one for one in INSTRUMENTS.values() if one.method == "card"]
    assert all(one.written in text for one in cards)
    assert UPI not in text
    headers = dict(page.headers)
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"


def test_a_payment_page_takes_any_way_and_leaves_no_token(caller: RazorpayCaller) -> None:
    link = caller.open_link()
    assert "later payments" not in caller.browse("GET", link["short_url"]).body.decode()
    assert place(caller.pay(link["short_url"], UPI)) == WAY_BACK
    paid = caller.get(f"/v1/payment_links/{link['id']}")
    assert (paid["status"], paid["amount_paid"]) == ("paid", 90_000)
    payment = caller.payments_of(paid)[0]
    assert (payment["status"], payment["token_id"]) == ("captured", None)


def test_a_card_of_the_country_pays_with_its_code(caller: RazorpayCaller) -> None:
    link = caller.open_registration()
    assert place(caller.type_in(link["short_url"], AT_HOME)) == f"{link['short_url']}ask/"
    assert caller.payments_of(link)[0]["status"] == "created"
    assert place(caller.confirm(link["short_url"])) == WAY_BACK
    payment = caller.payments_of(link)[0]
    assert (payment["status"], payment["card"]["last4"]) == ("captured", "4366")
    assert payment["token_id"].startswith("token_")
    assert caller.get(f"/v1/invoices/{link['id']}")["status"] == "paid"


def test_a_upi_mandate_is_approved_with_a_pin(caller: RazorpayCaller) -> None:
    asked = {"method": "upi", "max_amount": 1_500_000}
    link = caller.open_registration(subscription_registration=asked)
    caller.type_in(link["short_url"], UPI)
    asks = caller.browse("GET", f"{link['short_url']}ask/").body.decode()
    assert "Approve in your UPI app" in asks
    assert caller.confirm(link["short_url"], "12").status == 422
    assert place(caller.confirm(link["short_url"], "1234")) == WAY_BACK
    payment = caller.payments_of(link)[0]
    assert (payment["status"], payment["vpa"]) == ("captured", UPI)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"instrument": "4111111111111111"}, "Type one of those listed below."),
        ({"instrument": UPI, "method": "card"}, "Type one of those listed below."),
        ({"instrument": "", "method": "card"}, "Type one of those listed below."),
        ({"instrument": AT_HOME, "method": "upi"}, "Choose one of the ways to pay."),
        ({"instrument": AT_HOME, "method": ""}, "Choose one of the ways to pay."),
        ({"instrument": AT_HOME, "contact": "12"}, "Write a mobile number"),
    ],
)
def test_what_is_typed_wrong_is_said_and_begins_nothing(
    caller: RazorpayCaller, typed: dict[str, str], says: str
) -> None:
    link = caller.open_registration()
    said = {"method": "card", "contact": "+919123456780", **typed}
    page = caller.browse("POST", link["short_url"], **said)
    assert (page.status, says in page.body.decode()) == (422, True)
    assert caller.payments_of(link) == []


def test_a_number_that_is_not_known_is_not_written_down(caller: RazorpayCaller, book: Book) -> None:
    link = caller.open_registration()
    caller.type_in(link["short_url"], "4111 1111 1111 1111")
    with book.reading() as db:
        assert "4111" not in "".join(
            row["body"] for row in db.execute("SELECT body FROM razorpay_object")
        )


def test_declined_the_page_stays_open_for_another(caller: RazorpayCaller) -> None:
    link = caller.open_registration()
    page = caller.pay(link["short_url"], POOR)
    assert (page.status, b"insufficient account balance" in page.body) == (422, True)
    assert place(caller.pay(link["short_url"], ABROAD)) == WAY_BACK
    assert [one["status"] for one in caller.payments_of(link)] == ["captured", "failed"]


def test_the_holder_refuses(caller: RazorpayCaller) -> None:
    link = caller.open_registration()
    caller.type_in(link["short_url"], AT_HOME)
    page = caller.browse("POST", f"{link['short_url']}ask/", answer="refuse")
    assert (page.status, b"cancelled by user" in page.body) == (422, True)
    payment = caller.payments_of(link)[0]
    assert (payment["status"], payment["error_reason"]) == ("failed", "payment_cancelled")
    # What was refused is not asked again.
    assert place(caller.browse("GET", f"{link['short_url']}ask/")) == link["short_url"]


def test_three_wrong_codes_and_the_bank_refuses(caller: RazorpayCaller) -> None:
    link = caller.open_registration()
    caller.type_in(link["short_url"], AT_HOME)
    assert [caller.confirm(link["short_url"], "000").status for _ in range(3)] == [422] * 3
    payment = caller.payments_of(link)[0]
    assert (payment["status"], payment["error_reason"]) == ("failed", "incorrect_otp")


def test_paying_twice_takes_the_money_once(caller: RazorpayCaller) -> None:
    link = caller.open_registration()
    # Two windows: one waits for its code while the other pays.
    caller.type_in(link["short_url"], AT_HOME)
    waiting = caller.payments_of(link)[0]["id"]
    caller.pay(link["short_url"], ABROAD)
    caller.post("/stand-in/clock", {"advance": 60})
    again = caller.pay(link["short_url"], ABROAD)
    assert (again.status, b"Payment made" in again.body) == (200, True)
    taken = [one["id"] for one in caller.payments_of(link) if one["status"] == "captured"]
    assert len(taken) == 1
    assert waiting not in taken


def test_a_late_answer_pays_by_itself(caller: RazorpayCaller) -> None:
    link = caller.open_registration()
    page = caller.pay(link["short_url"], LATE)
    assert (page.status, b"Payment under way" in page.body) == (200, True)
    caller.post("/stand-in/clock", {"advance": 119})
    assert caller.payments_of(link)[0]["status"] == "created"
    caller.post("/stand-in/clock", {"advance": 1})
    assert caller.payments_of(link)[0]["status"] == "captured"
    assert caller.get(f"/v1/invoices/{link['id']}")["status"] == "paid"


def test_a_late_answer_to_what_was_paid_otherwise_takes_nothing(caller: RazorpayCaller) -> None:
    link = caller.open_registration()
    caller.pay(link["short_url"], LATE)
    caller.pay(link["short_url"], ABROAD)
    caller.post("/stand-in/clock", {"advance": 120})
    tried = [(one["status"], one["error_reason"]) for one in caller.payments_of(link)]
    assert tried == [("captured", None), ("failed", "order_already_paid")]


def test_a_page_taken_back_takes_no_money(caller: RazorpayCaller) -> None:
    link = caller.open_registration()
    caller.type_in(link["short_url"], AT_HOME)
    caller.post(f"/v1/invoices/{link['id']}/cancel")
    page = caller.type_in(link["short_url"], ABROAD)
    assert (page.status, b"Payment taken back" in page.body) == (200, True)
    assert place(caller.browse("GET", f"{link['short_url']}ask/")) == link["short_url"]
    assert [one["status"] for one in caller.payments_of(link)] == ["failed"]


def test_an_unknown_address_and_a_strange_request(caller: RazorpayCaller) -> None:
    assert caller.browse("GET", "/bank/razorpay/" + "x" * 32 + "/").status == 404
    link = caller.open_registration()
    assert caller.browse("PUT", link["short_url"]).status == 405


def test_the_way_back_leads_to_our_own_site_or_where_the_bank_was_told(
    caller: RazorpayCaller,
) -> None:
    told = caller.open_registration(callback_url="https://told.example/back/")
    assert place(caller.pay(told["short_url"], ABROAD)) == "https://told.example/back/"
    evil = caller.open_link(callback_url="https://evil.example//evil.example/back/")
    assert place(caller.pay(evil["short_url"], ABROAD)) == "/"


def test_a_bank_in_trouble_says_so_and_takes_nothing(caller: RazorpayCaller, book: Book) -> None:
    link = caller.open_registration()
    add_fault(book, Fault("error_before", "decide", 1, 0, ""))
    page = caller.type_in(link["short_url"], ABROAD)
    assert (page.status, b"in trouble" in page.body) == (500, True)
    assert caller.payments_of(link) == []
    assert FaultyAnswer(500).status == page.status
