"""Stripe's signatures, as its own library makes and checks them; and what a webhook is about."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import stripe
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.apps.payments.gateways.contract import BadSignature, WebhookKind, WebhookWord
from broadsheet.apps.payments.gateways.stripe.webhooks import TOLERANCE, verify_webhook

pytestmark = pytest.mark.pure
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
NEW, OLD, LAST_YEARS = "whsec_new", "whsec_old", "whsec_last_years"
SESSION = {"object": "checkout.session", "id": "cs_1", "client_reference_id": "bs-1"}


def event(about: dict[str, Any], kind: str = "checkout.session.completed") -> bytes:
    said = {"id": "evt_1", "type": kind, "created": 1_795_000_000, "data": {"object": about}}
    return json.dumps(said).encode()


def signed(body: bytes, secret: str = NEW, at: datetime = NOON) -> dict[str, str]:
    """The header that Stripe's own library makes."""
    header = stripe.WebhookSignature.generate_signature_header(
        payload=body.decode(), secret=secret, timestamp=int(at.timestamp())
    )
    return {"stripe-signature": header}


def verify(
    headers: dict[str, str], body: bytes, secrets: tuple[str, ...] = (NEW, OLD)
) -> tuple[WebhookWord, ...]:
    return verify_webhook(headers, body, secrets=secrets, now=NOON)


@pytest.mark.parametrize("secret", [NEW, OLD])
def test_current_and_previous_secret_are_good(secret: str) -> None:
    body = event(SESSION)
    at = datetime.fromtimestamp(1_795_000_000, UTC)
    assert verify(signed(body, secret), body) == (
        WebhookWord("evt_1", WebhookKind.CHARGE, "bs-1", "cs_1", at),
    )


@pytest.mark.parametrize("secrets", [(NEW, OLD), (), ("",)])
def test_last_years_secret_is_not(secrets: tuple[str, ...]) -> None:
    body = event(SESSION)
    with pytest.raises(BadSignature):
        verify(signed(body, LAST_YEARS), body, secrets)
    with pytest.raises(BadSignature):
        verify({"stripe-signature": _sign_with_nothing(body)}, body, secrets)


def _sign_with_nothing(body: bytes) -> str:
    digest = stripe.WebhookSignature._compute_signature(
        f"{int(NOON.timestamp())}.{body.decode()}", ""
    )
    return f"t={int(NOON.timestamp())},v1={digest}"


@pytest.mark.parametrize("sign", [1, -1])
def test_five_minutes_either_way_and_no_more(sign: int) -> None:
    body = event(SESSION)
    assert len(verify(signed(body, at=NOON + sign * TOLERANCE), body)) == 1
    too_far = NOON + sign * (TOLERANCE + timedelta(seconds=1))
    with pytest.raises(BadSignature, match="time"):
        verify(signed(body, at=too_far), body)


def test_one_good_signature_among_several_will_do() -> None:
    body = event(SESSION)
    at, _, good = signed(body)["stripe-signature"].partition(",")
    assert len(verify({"stripe-signature": f"{at},v1=00,{good},v0=11"}, body)) == 1
    with pytest.raises(BadSignature):
        verify({"stripe-signature": f"{at},{good.replace('v1', 'v0')}"}, body)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=,v1=",
        "nonsense",
        "t=1e3,v1=ab",
        "t=١٢٣,v1=ab",
        "t=1,v1=é",
        "t=" + "9" * 4000,
        "v1=ab",
    ],
)
def test_a_header_that_is_none(header: str) -> None:
    with pytest.raises(BadSignature):
        verify({"stripe-signature": header}, event(SESSION))
    with pytest.raises(BadSignature):
        verify({}, event(SESSION))


@given(st.binary(max_size=80), st.integers(0, 79), st.integers(1, 255))
def test_a_changed_byte_is_seen(body: bytes, at: int, by: int) -> None:
    text = body.hex().encode() + b"!"
    headers = signed(text)
    assert len(verify(headers, text)) == 1
    changed = bytearray(text)
    changed[at % len(text)] ^= by
    with pytest.raises(BadSignature):
        verify(headers, bytes(changed))


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b"not json", b"\xff\xfe", b'{"id":1,"data":{"object":[]}}', b"[" * 9999],
)
def test_a_signed_body_that_cannot_be_read_is_no_error(body: bytes) -> None:
    at = int(NOON.timestamp())
    import hashlib
    import hmac

    digest = hmac.new(NEW.encode(), b"%d." % at + body, hashlib.sha256).hexdigest()
    words = verify({"stripe-signature": f"t={at},v1={digest}"}, body)
    assert [word.kind for word in words] == [WebhookKind.OTHER]


@pytest.mark.parametrize(
    ("told", "about", "kind", "key", "reference"),
    [
        (
            "payment_intent.succeeded",
            {"object": "payment_intent", "id": "pi_1", "metadata": {"broadsheet_key": "bs-2"}},
            "charge",
            "bs-2",
            "pi_1",
        ),
        (
            "payment_intent.succeeded",
            {"object": "payment_intent", "id": "pi_1"},
            "other",
            "",
            "pi_1",
        ),
        ("refund.created", {"object": "refund", "id": "re_1"}, "refund", "", "re_1"),
        ("charge.dispute.created", {"object": "dispute", "id": "du_1"}, "dispute", "", "du_1"),
        (
            "charge.dispute.created",
            {"object": "dispute", "id": "du_1", "status": "warning_needs_response"},
            "other",
            "",
            "du_1",
        ),
        (
            "payment_method.detached",
            {"object": "payment_method", "id": "pm_1"},
            "mandate",
            "",
            "pm_1",
        ),
        (
            "payment_method.attached",
            {"object": "payment_method", "id": "pm_1"},
            "other",
            "",
            "pm_1",
        ),
        (
            "mandate.updated",
            {"object": "mandate", "id": "m_1", "payment_method": "pm_1", "status": "inactive"},
            "mandate",
            "",
            "pm_1",
        ),
        (
            "mandate.updated",
            {"object": "mandate", "id": "m_1", "payment_method": "pm_1", "status": "active"},
            "other",
            "",
            "m_1",
        ),
        ("customer.created", {"object": "customer", "id": "cus_1"}, "other", "", "cus_1"),
    ],
)
def test_what_it_is_about(
    told: str, about: dict[str, Any], kind: str, key: str, reference: str
) -> None:
    body = event(about, told)
    word = verify(signed(body), body)[0]
    assert (word.kind, word.key, word.gateway_reference) == (WebhookKind(kind), key, reference)
