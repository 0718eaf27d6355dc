"""Webhooks on their way: signed, kept over a kill, tried again, and badly sent when told so."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import stripe as sdk

from broadsheet.bank.faults import Fault, add_fault
from broadsheet.bank.webhook_calls import PAUSES, send_webhook_calls
from tests.bank.stripe_caller import PAYS, StripeCaller
from tests.factories.bank import start_bank, stop_bank
from tests.factories.listener import Listener, listen

pytestmark = pytest.mark.journey
MANY = 100


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listen() as listening:
        yield listening


@pytest.fixture
def secret(stripe: StripeCaller, listener: Listener) -> str:
    """A webhook endpoint that hears of sessions and intents that are done."""
    kinds = ["checkout.session.completed", "payment_intent.succeeded"]
    said = {"url": listener.url, "enabled_events": kinds}
    endpoint = stripe.post("/v1/webhook_endpoints", said)
    assert "secret" not in stripe.get(f"/v1/webhook_endpoints/{endpoint['id']}")
    return str(endpoint["secret"])


def kinds(listener: Listener) -> list[str]:
    return [json.loads(body)["type"] for _, body in listener.heard]


def pay(stripe: StripeCaller) -> Any:
    session = stripe.open_session()
    stripe.pay(session["url"], PAYS)
    return session


def script(stripe: StripeCaller, kind: str) -> None:
    add_fault(stripe.wire.book, Fault(kind, "*", 1, 0.0, "x"))


def test_only_what_was_asked_for_is_sent_and_signed(
    stripe: StripeCaller, listener: Listener, secret: str, clock: Any
) -> None:
    session = pay(stripe)
    assert send_webhook_calls(stripe.wire.book) == 2
    assert kinds(listener) == ["payment_intent.succeeded", "checkout.session.completed"]
    for headers, body in listener.heard:
        signature = headers["stripe-signature"]
        assert signature.startswith(f"t={int(clock.at)},v1=")
        sdk.WebhookSignature.verify_header(body.decode(), signature, secret, tolerance=None)
        with pytest.raises(sdk.SignatureVerificationError):
            sdk.WebhookSignature.verify_header(body.decode(), signature, secret + "x")
    done = json.loads(listener.heard[1][1])
    assert done["data"]["object"]["id"] == session["id"]
    assert not any(name.startswith("_") for name in done["data"]["object"])
    assert send_webhook_calls(stripe.wire.book) == 0


def test_it_is_tried_again_and_given_up(
    stripe: StripeCaller, listener: Listener, secret: str, clock: Any
) -> None:
    listener.answers[:] = [500, 302, 404]
    pay(stripe)
    assert send_webhook_calls(stripe.wire.book) == 0
    assert send_webhook_calls(stripe.wire.book) == 0
    clock.at += PAUSES[0]
    assert send_webhook_calls(stripe.wire.book) == 1
    clock.at += PAUSES[1]
    assert send_webhook_calls(stripe.wire.book) == 1
    assert len(listener.heard) == 2
    listener.answers[:] = [500] * MANY
    pay(stripe)
    for pause in (*PAUSES, 0, 0):
        assert send_webhook_calls(stripe.wire.book) == 0
        clock.at += pause
    with stripe.wire.book.reading() as db:
        states = [row[0] for row in db.execute("SELECT state FROM webhook_call ORDER BY id")]
    assert states == ["sent", "sent", "given_up", "given_up"]


@pytest.mark.parametrize(
    ("kind", "heard"),
    [
        ("drop_webhook", ["checkout.session.completed"]),
        (
            "duplicate_webhook",
            ["payment_intent.succeeded", "payment_intent.succeeded", "checkout.session.completed"],
        ),
        ("reorder_webhook", ["checkout.session.completed", "payment_intent.succeeded"]),
    ],
)
def test_badly_sent_when_told_so(
    stripe: StripeCaller, listener: Listener, secret: str, clock: Any, kind: str, heard: list[str]
) -> None:
    script(stripe, kind)
    pay(stripe)
    send_webhook_calls(stripe.wire.book)
    clock.at += 1
    send_webhook_calls(stripe.wire.book)
    assert kinds(listener) == heard


def test_what_was_not_sent_at_a_kill_is_sent_after_it(tmp_path: Path, listener: Listener) -> None:
    bank = start_bank(tmp_path)
    headers = {"Authorization": f"Bearer sk_test_{bank.key_file.read_text()}"}

    def post(path: str, said: dict[str, str]) -> Any:
        return httpx.post(
            f"{bank.address}/stripe{path}", data=said, headers=headers, timeout=20
        ).raise_for_status()

    post("/v1/webhook_endpoints", {"url": listener.url, "enabled_events[0]": "*"})
    listener.answers[:] = [500]
    post("/v1/customers", {"name": "Meenal"})
    stop_bank(bank, by=signal.SIGKILL)
    bank = start_bank(tmp_path)
    try:
        told = json.loads(listener.wait_for(1)[0][1])
        assert told["type"] == "customer.created"
        assert told["data"]["object"]["name"] == "Meenal"
    finally:
        assert stop_bank(bank) == 0
