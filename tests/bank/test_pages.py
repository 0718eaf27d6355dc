from __future__ import annotations

import re

import httpx
import pytest
from lxml import html

from tests.factories.bank import RunningBank

pytestmark = pytest.mark.journey
ORDER = {
    "amount": 12_345_678,
    "currency": "INR",
    "merchant": "The <Lantern>",
    "description": 'Smart & "Essential"',
    "return_url": "/subscribe/return/1/?a=1&b=2",
    "mandate": True,
}


def page_of(bank: RunningBank, key: str = "key-0001") -> str:
    path = bank.post("/v1/checkouts", ORDER, key=key).json()["path"]
    assert isinstance(path, str)
    return path


def text_of(response: httpx.Response) -> str:
    return " ".join(html.fromstring(response.text).text_content().split())


def test_the_page_says_what_is_paid_to_whom_and_offers_four_answers(bank: RunningBank) -> None:
    path = page_of(bank)
    shown = httpx.get(bank.address + path)
    tree = html.fromstring(shown.text)
    words = text_of(shown)
    assert shown.status_code == 200
    assert "₹1,23,456.78" in words
    assert "The <Lantern>" in words
    assert 'Smart & "Essential"' in words
    assert "No real money moves here." in words
    assert [button.get("value") for button in tree.xpath("//button")] == [
        "approve",
        "decline",
        "code",
        "silence",
    ]
    assert tree.xpath("//form/@action") == [path]
    assert tree.xpath("//script|//@style") == []


def test_the_page_guards_its_secret_address(bank: RunningBank) -> None:
    shown = httpx.get(bank.address + page_of(bank))
    assert shown.headers["Cache-Control"] == "no-store"
    assert shown.headers["Referrer-Policy"] == "no-referrer"
    assert shown.headers["X-Frame-Options"] == "DENY"
    assert shown.headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        "form-action 'self'"
    )
    style = html.fromstring(shown.text).xpath("//link[@rel='stylesheet']/@href")
    assert style == ["/bank/bank.css"]
    sheet = httpx.get(bank.address + style[0])
    assert (sheet.status_code, sheet.headers["Content-Type"]) == (200, "text/css; charset=utf-8")


@pytest.mark.parametrize(
    ("choice", "state", "charges"),
    [("approve", "approved", 1), ("decline", "declined", 0), ("silence", "silent", 0)],
)
def test_a_choice_is_written_and_leads_back(
    bank: RunningBank, choice: str, state: str, charges: int
) -> None:
    path = page_of(bank)
    done = bank.decide(path, choice)
    assert (done.status_code, done.headers["Location"]) == (303, ORDER["return_url"])
    assert bank.rows("SELECT state FROM checkout") == [(state,)]
    assert bank.count_taken() == charges


def test_choosing_twice_pays_once(bank: RunningBank) -> None:
    path = page_of(bank)
    for _ in range(2):
        again = httpx.post(bank.address + path, data={"choice": "approve"})
        assert again.status_code == 303
    late = httpx.post(bank.address + path, data={"choice": "decline"})
    assert late.status_code == 200
    assert "Payment approved" in text_of(late)
    assert bank.count_taken() == 1


@pytest.mark.parametrize("choice", ["", "steal", "APPROVE"])
def test_another_choice_changes_nothing(bank: RunningBank, choice: str) -> None:
    shown = httpx.post(bank.address + page_of(bank), data={"choice": choice})
    assert shown.status_code == 422
    assert "Choose one of the four." in text_of(shown)
    assert bank.rows("SELECT state FROM checkout") == [("open",)]


def test_a_code_from_the_text_message_approves(bank: RunningBank) -> None:
    done = bank.approve_by_code(page_of(bank))
    assert (done.status_code, done.headers["Location"]) == (303, ORDER["return_url"])
    assert bank.count_taken() == 1


def test_a_wrong_code_is_told_beside_the_field(bank: RunningBank) -> None:
    path = page_of(bank)
    code_page = bank.decide(path, "code").headers["Location"]
    assert code_page == path + "code/"
    shown = httpx.post(bank.address + code_page, data={"code": "1234<"})
    tree = html.fromstring(shown.text)
    field = tree.xpath("//input[@name='code']")[0]
    assert shown.status_code == 422
    assert (field.get("value"), field.get("aria-invalid")) == ("1234<", "true")
    told = tree.get_element_by_id(field.get("aria-describedby")).text_content()
    assert told == "This is not the code. You have 4 tries left."
    assert bank.count_taken() == 0
    for _ in range(3):
        shown = httpx.post(bank.address + code_page, data={"code": "x"})
    assert "You have one try left." in text_of(shown)
    last = httpx.post(bank.address + code_page, data={"code": "x"})
    assert (last.status_code, bank.rows("SELECT state, reason FROM checkout")) == (
        303,
        [("declined", "wrong_code")],
    )


def test_the_code_page_without_a_code_shows_the_choices(bank: RunningBank) -> None:
    shown = httpx.get(bank.address + page_of(bank) + "code/")
    assert 'value="silence"' in shown.text


def test_a_silent_page_can_be_decided_later(bank: RunningBank) -> None:
    path = page_of(bank)
    bank.decide(path, "silence")
    assert "You can still decide." in text_of(httpx.get(bank.address + path))
    assert bank.decide(path, "approve").status_code == 303
    assert bank.count_taken() == 1


def test_a_page_taken_back_offers_only_the_way_home(bank: RunningBank) -> None:
    path = page_of(bank)
    bank.post("/v1/checkouts/cancel", {"key": "key-0001"}).raise_for_status()
    shown = httpx.get(bank.address + path)
    tree = html.fromstring(shown.text)
    assert tree.xpath("//button") == []
    assert tree.xpath("//main//a/@href") == [ORDER["return_url"]]
    assert "The <Lantern> no longer asks for this payment." in text_of(shown)


@pytest.mark.parametrize("path", ["/bank/pay/nothing/", "/bank/", "/bank/pay/", "/bank/../faults"])
def test_unknown_pages_are_typeset_and_plain(bank: RunningBank, path: str) -> None:
    shown = httpx.get(bank.address + path)
    assert shown.status_code in {401, 404}
    assert re.search(r"knows no payment|has no page|bearer", shown.text)


def test_the_way_back_to_another_origin_must_be_named_at_start(bank: RunningBank) -> None:
    elsewhere = ORDER | {"return_url": "http://127.0.0.1:9/subscribe/"}
    assert bank.post("/v1/checkouts", elsewhere, key="key-0002").status_code == 422


def test_the_readers_page_says_so_when_the_bank_is_in_trouble(bank: RunningBank) -> None:
    path = page_of(bank)
    bank.script("error_after_commit", "decide")
    done = bank.decide(path, "approve")
    assert done.status_code == 500
    assert "The bank is in trouble" in text_of(done)
    assert bank.count_taken() == 1
