"""Razorpay's signatures, compared with its own library; and what a webhook is about."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest
import razorpay
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.apps.payments.gateways.contract import BadSignature, WebhookKind, WebhookWord
from broadsheet.apps.payments.gateways.razorpay.webhooks import verify_webhook

pytestmark = pytest.mark.pure
NEW, OLD, LAST_YEARS = "a new secret", "an old secret", "last year's secret"
AT = datetime.fromtimestamp(1_795_000_000, UTC)
NOTES = {"broadsheet_key": "bs-1"}
PAYMENT = {"id": "pay_1", "entity": "payment", "status": "captured", "notes": NOTES}


def event(kind: str, **about: dict[str, Any]) -> bytes:
    said = {
        "entity": "event",
        "event": kind,
        "contains": list(about),
        "payload": {name: {"entity": thing} for name, thing in about.items()},
        "created_at": 1_795_000_000,
    }
    return json.dumps(said).encode()


def sign(body: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def signed(body: bytes, secret: str = NEW, name: str = "Nf1") -> dict[str, str]:
    return {"x-razorpay-signature": sign(body, secret), "x-razorpay-event-id": name}


def verify(
    headers: dict[str, str], body: bytes, secrets: tuple[str, ...] = (NEW, OLD)
) -> tuple[WebhookWord, ...]:
    return verify_webhook(headers, body, secrets=secrets)


@pytest.mark.parametrize("secret", [NEW, OLD])
def test_current_and_previous_secret_are_good(secret: str) -> None:
    body = event("payment.captured", payment=PAYMENT)
    assert verify(signed(body, secret), body) == (
        WebhookWord("Nf1", WebhookKind.CHARGE, "bs-1", "pay_1", AT),
    )


@pytest.mark.parametrize("secrets", [(NEW, OLD), (), ("",)])
@pytest.mark.parametrize("secret", [LAST_YEARS, ""])
def test_last_years_secret_and_an_empty_one_are_not(secrets: tuple[str, ...], secret: str) -> None:
    body = event("payment.captured", payment=PAYMENT)
    with pytest.raises(BadSignature):
        verify(signed(body, secret), body, secrets)


@pytest.mark.parametrize(
    "header", [None, "", "0", "ſ" * 64, "é", "0" * 64, "0" * 100_000, sign(b"", NEW)]
)
def test_a_missing_or_strange_signature_is_bad_and_never_an_accident(header: str | None) -> None:
    body = event("payment.captured", payment=PAYMENT)
    headers = {} if header is None else {"x-razorpay-signature": header}
    with pytest.raises(BadSignature):
        verify(headers, body)


@given(body=st.text(max_size=60), secret=st.text(st.characters(codec="ascii"), min_size=1))
def test_it_says_the_same_as_the_companys_own_library(body: str, secret: str) -> None:
    theirs = razorpay.Client(auth=("", "")).utility
    good, bad = sign(body.encode(), secret), sign(body.encode() + b" ", secret)
    assert theirs.verify_webhook_signature(body, good, secret) is True
    assert len(verify({"x-razorpay-signature": good}, body.encode(), (secret,))) == 1
    with pytest.raises(razorpay.errors.SignatureVerificationError):
        theirs.verify_webhook_signature(body, bad, secret)
    with pytest.raises(BadSignature):
        verify({"x-razorpay-signature": bad}, body.encode(), (secret,))


def test_the_traps_of_their_library_are_not_ours() -> None:
    """With theirs a raw body breaks, so does a header that is not there, and no secret is one."""
    theirs = razorpay.Client(auth=("", "")).utility
    body = event("payment.captured", payment=PAYMENT)
    with pytest.raises(TypeError):
        theirs.verify_webhook_signature(body, sign(body, NEW), NEW)
    assert len(verify(signed(body), body)) == 1
    with pytest.raises((TypeError, AttributeError)):
        theirs.verify_webhook_signature(body.decode(), None, NEW)
    with pytest.raises(TypeError):
        theirs.verify_webhook_signature(body.decode(), "é", NEW)
    for headers in ({}, {"x-razorpay-signature": "é"}):
        with pytest.raises(BadSignature):
            verify(headers, body)
    assert theirs.verify_webhook_signature(body.decode(), sign(body, ""), "") is True
    with pytest.raises(BadSignature):
        verify(signed(body, ""), body, ("",))


LINK = {"id": "inv_1", "entity": "invoice", "notes": NOTES}
ORDER = {"id": "order_1", "entity": "order", "notes": NOTES}
FOREIGN = {"id": "pay_9", "entity": "payment", "notes": []}
REFUND = {"id": "rfnd_1", "notes": NOTES}
DISPUTE = {"id": "disp_1", "phase": "chargeback", "amount_deducted": 0}
INQUIRY = {"id": "disp_2", "phase": "retrieval", "amount_deducted": 0}
CASES: list[tuple[str, dict[str, Any], tuple[WebhookKind, str, str]]] = [
    ("payment.authorized", {"payment": PAYMENT}, (WebhookKind.CHARGE, "bs-1", "pay_1")),
    ("payment.failed", {"payment": PAYMENT}, (WebhookKind.CHARGE, "bs-1", "pay_1")),
    ("order.paid", {"payment": FOREIGN, "order": ORDER}, (WebhookKind.CHARGE, "bs-1", "pay_9")),
    ("invoice.expired", {"invoice": LINK}, (WebhookKind.CHARGE, "bs-1", "")),
    ("payment.captured", {"payment": FOREIGN}, (WebhookKind.OTHER, "", "")),
    ("refund.processed", {"refund": REFUND}, (WebhookKind.REFUND, "bs-1", "rfnd_1")),
    (
        "payment.dispute.created",
        {"payment": PAYMENT, "dispute": DISPUTE},
        (WebhookKind.DISPUTE, "", "disp_1"),
    ),
    (
        "payment.dispute.created",
        {"payment": PAYMENT, "dispute": INQUIRY},
        (WebhookKind.OTHER, "", "disp_2"),
    ),
    ("token.cancelled", {"token": {"id": "token_1"}}, (WebhookKind.MANDATE, "", "token_1")),
    ("settlement.processed", {"settlement": {"id": "setl_1"}}, (WebhookKind.OTHER, "", "")),
]


@pytest.mark.parametrize(("told", "about", "says"), CASES)
def test_what_an_event_is_about(
    told: str, about: dict[str, Any], says: tuple[WebhookKind, str, str]
) -> None:
    body = event(told, **about)
    assert verify(signed(body), body) == (WebhookWord("Nf1", *says, AT),)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b"\xff", b'{"event": 1, "payload": []}', b"[" * 20_000]
)
def test_a_signed_body_that_cannot_be_read_is_another_word(body: bytes) -> None:
    assert verify(signed(body), body) == (WebhookWord("Nf1", WebhookKind.OTHER),)


def test_an_event_says_the_same_name_at_each_repeat_and_may_come_without() -> None:
    body = event("payment.captured", payment=PAYMENT)
    assert verify(signed(body), body) == verify(signed(body), body)
    word = verify({"x-razorpay-signature": sign(body, NEW)}, body)[0]
    assert word.event_id == ""
