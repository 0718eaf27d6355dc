"""What the bank tells its merchant, and how badly the fault script lets it."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from broadsheet.bank import deeds
from broadsheet.bank.book import Book
from broadsheet.bank.disputes import close_dispute, open_dispute
from broadsheet.bank.faults import Fault, add_fault
from broadsheet.bank.records import DisputeState
from broadsheet.bank.telling import point_webhook
from broadsheet.bank.webhook_calls import send_webhook_calls
from tests.bank.conftest import Clock
from tests.bank.test_deeds import mandate_of
from tests.factories.bank import start_bank, stop_bank
from tests.factories.ear import Ear, listening

pytestmark = pytest.mark.db
SECRET = "whsec"


@pytest.fixture
def mandate(book: Book) -> str:
    return mandate_of(book)


@pytest.fixture
def ear(book: Book, mandate: str) -> Iterator[Ear]:
    with listening() as ear:
        point_webhook(book, url=ear.url, secret=SECRET)
        yield ear


def charge(book: Book, mandate: str) -> str:
    return deeds.take_charge(
        book,
        key="key-renewal",
        mandate=mandate,
        amount=100,
        currency="INR",
        description="Renewal",
    ).reference


def test_a_charge_is_told_with_a_good_signature(
    book: Book, mandate: str, ear: Ear, clock: Clock
) -> None:
    reference = charge(book, mandate)
    assert send_webhook_calls(book) == 1
    ((headers, body),) = ear.heard
    said = json.loads(body)
    assert (said["kind"], said["key"], said["reference"]) == ("charge", "key-renewal", reference)
    stamp, signature = headers["Bank-Signature"].split(",")
    assert stamp == f"t={int(clock.at)}"
    signed = f"{int(clock.at)}.".encode() + body
    assert signature == "v1=" + hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert headers["Bank-Event"] == said["id"]


def test_nothing_is_told_where_nobody_listens(book: Book, mandate: str, ear: Ear) -> None:
    point_webhook(book, url="", secret="")
    charge(book, mandate)
    assert send_webhook_calls(book) == 0
    assert ear.heard == []


def test_a_refusal_is_told_again_later(book: Book, mandate: str, ear: Ear, clock: Clock) -> None:
    charge(book, mandate)
    ear.status = 500
    assert send_webhook_calls(book) == 0
    ear.status = 200
    assert send_webhook_calls(book) == 0
    clock.at += 2
    assert send_webhook_calls(book) == 1
    assert ear.kinds() == ["charge", "charge"]


@pytest.mark.parametrize(
    ("kind", "heard"),
    [
        ("drop_webhook", ["refund"]),
        ("duplicate_webhook", ["charge", "charge", "refund"]),
        ("reorder_webhook", ["refund", "charge"]),
        ("delay_webhook", ["refund"]),
    ],
)
def test_the_script_spoils_the_telling(
    book: Book, mandate: str, ear: Ear, clock: Clock, kind: str, heard: list[str]
) -> None:
    add_fault(book, Fault(kind, "webhook", 1, 60.0, ""))
    reference = charge(book, mandate)
    deeds.give_refund(book, key="key-refund", charge=reference, amount=10)
    clock.at += 1
    while send_webhook_calls(book):
        pass
    assert ear.kinds() == heard


def test_every_change_is_told(book: Book, mandate: str, ear: Ear) -> None:
    reference = charge(book, mandate)
    opened = open_dispute(book, charge=reference, amount=None, reason="")
    close_dispute(book, reference=opened.reference, state=DisputeState.WON)
    deeds.revoke_mandate(book, reference=mandate)
    deeds.revoke_mandate(book, reference=mandate)
    send_webhook_calls(book)
    assert ear.kinds() == ["charge", "dispute", "dispute", "mandate"]


def test_a_bank_is_told_at_its_start_whom_to_tell(tmp_path: Path) -> None:
    for old in ("", "kept from last year"):
        if old:
            (tmp_path / "webhook.secret").write_text(f"new one,{old}")
        bank = start_bank(tmp_path, webhook_url="http://127.0.0.1:9/webhooks/test/")
        stop_bank(bank)
        ((url, secret),) = bank.rows("SELECT url, secret FROM webhook_address")
        kept = (tmp_path / "webhook.secret").read_text().split(",")
        assert (url, secret) == ("http://127.0.0.1:9/webhooks/test/", kept[0])
        assert len(secret) >= 7
