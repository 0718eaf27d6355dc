from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.factories.bank import RunningBank, open_for_business

pytestmark = [pytest.mark.db, pytest.mark.django_db]
ORDER = {
    "amount": 90_000,
    "currency": "INR",
    "merchant": "The Lantern",
    "description": "Smart Quarterly",
    "return_url": "/subscribe/return/1/",
}


@pytest.fixture(scope="module")
def running_bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBank]:
    folder: Path = tmp_path_factory.mktemp("bank")
    with open_for_business(folder) as bank:
        yield bank


@pytest.fixture
def bank(running_bank: RunningBank, settings: Any) -> RunningBank:
    settings.PLANT = replace(settings.PLANT, demo=True, bank_url=running_bank.address)
    return running_bank


def page_of(bank: RunningBank, key: str) -> str:
    return str(bank.post("/v1/checkouts", ORDER, key=key).json()["path"])


def test_a_reader_pays_through_our_own_address(bank: RunningBank, client: Client) -> None:
    page = page_of(bank, "key-paying")
    shown = client.get(page)
    assert shown.status_code == 200
    assert "Bank of Kadalpur" in shown.text
    assert shown["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
    assert (shown["X-Frame-Options"], shown["Referrer-Policy"]) == ("DENY", "no-referrer")
    assert shown["Cache-Control"] == "no-store"
    assert not shown.cookies
    done = client.post(page, "choice=approve", content_type="application/x-www-form-urlencoded")
    assert (done.status_code, done["Location"]) == (303, "/subscribe/return/1/")
    sql = "SELECT count(*) FROM charge WHERE key = 'key-paying'"
    assert bank.rows(sql) == [(1,)]


def test_the_style_sheet_comes_along(bank: RunningBank, client: Client) -> None:
    sheet = client.get("/bank/bank.css")
    assert (sheet.status_code, sheet["Content-Type"]) == (200, "text/css; charset=utf-8")


@pytest.mark.parametrize(
    "path",
    [
        "/bank/",
        "/bank/health",
        "/bank/../health",
        "/bank/pay/short/",
        "/bank/pay/../../v1/charges/aaaaaaaaaaaaaaaaaaaa/",
        "/bank/v1/charges",
        "/bank/faults",
    ],
)
def test_only_pages_for_people_are_forwarded(bank: RunningBank, client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_no_such_address_outside_the_demo(bank: RunningBank, client: Client, settings: Any) -> None:
    page = page_of(bank, "key-outside")
    settings.PLANT = replace(settings.PLANT, demo=False)
    assert client.get(page).status_code == 404
    assert client.post(page, {"choice": "approve"}).status_code == 404
    assert client.get("/bank/bank.css").status_code == 404
    assert client.get("/demo/mail/").status_code == 404
    assert bank.rows("SELECT state FROM checkout WHERE key = 'key-outside'") == [("open",)]


def test_a_bank_out_of_reach_is_said_plainly(
    bank: RunningBank, client: Client, settings: Any
) -> None:
    page = page_of(bank, "key-away")
    settings.PLANT = replace(settings.PLANT, bank_url="http://127.0.0.1:1")
    shown = client.get(page)
    assert shown.status_code == 504
    assert "cannot be reached, so nothing was paid" in shown.text


def test_a_lost_reply_is_said_plainly_too(bank: RunningBank, client: Client) -> None:
    page = page_of(bank, "key-lost")
    bank.script("lose_reply_after_commit", "decide")
    shown = client.post(page, "choice=approve", content_type="application/x-www-form-urlencoded")
    assert shown.status_code == 504
    assert "You will not be charged twice" in shown.text
    assert bank.rows("SELECT state FROM checkout WHERE key = 'key-lost'") == [("approved",)]


def test_a_huge_form_is_refused(bank: RunningBank, client: Client) -> None:
    page = page_of(bank, "key-huge")
    body = "choice=" + "a" * 70_000
    assert (
        client.post(page, body, content_type="application/x-www-form-urlencoded").status_code == 413
    )
