"""Stripe's library, our transport and our reading against a stand-in that we did not write.

``localstripe`` knows customers, cards, intents, 3-D Secure, one decline, refunds and signed
webhooks. It knows neither Checkout nor e-mandates, ignores idempotency keys, and refuses some
parameters that Stripe takes (``description``, ``reason``), so requests here leave those out.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from broadsheet.apps.payments.gateways.contract import (
    BadSignature,
    ChargeQuery,
    MandateStatus,
    WebhookKind,
)
from broadsheet.apps.payments.gateways.stripe import states
from broadsheet.apps.payments.gateways.stripe.adapter import StripeGateway
from broadsheet.apps.payments.gateways.stripe.states import Refused
from broadsheet.apps.payments.gateways.stripe.wire import Wire
from broadsheet.domain.charge import ChargeOutcome, DeclineKind
from broadsheet.domain.money import Money
from tests.factories.listener import Listener, listen
from tests.factories.localstripe_server import has_localstripe, serve_localstripe

pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(not has_localstripe(), reason="localstripe is not installed here"),
]
PAYS, ASKS = "4242424242424242", "4000002760003184"
DECLINED_WHEN_CHARGED = "4000000000000341"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StripeGateway]:
    with serve_localstripe(tmp_path_factory.mktemp("localstripe")) as address:
        yield StripeGateway(key="sk_test_12345", address=address, webhook_secrets=("whsec_a",))


@pytest.fixture
def wire(gateway: StripeGateway) -> Wire:
    return gateway._wire()


def hold_card(wire: Wire, number: str) -> tuple[str, str]:
    """A card of a new customer: their names."""
    customer = wire.ask(lambda v1: v1.customers.create({"name": "Meenal"}))["id"]
    card = {"number": number, "exp_month": 12, "exp_year": 2034, "cvc": "123"}
    method = wire.ask(lambda v1: v1.payment_methods.create({"type": "card", "card": card}))["id"]
    wire.ask(lambda v1: v1.payment_methods.attach(method, {"customer": customer}))
    return method, customer


def charge(wire: Wire, number: str, key: str = "bs-1") -> dict[str, Any]:
    method, customer = hold_card(wire, number)
    asked = {
        "amount": 90_000,
        "currency": "inr",
        "customer": customer,
        "payment_method": method,
        "off_session": True,
        "confirm": True,
        "metadata": {states.KEY: key},
    }
    return wire.ask(lambda v1: v1.payment_intents.create(asked, {"idempotency_key": key}))


def test_it_answers(gateway: StripeGateway) -> None:
    assert gateway.health().ok is True


def test_an_intent_is_read_and_found_again(gateway: StripeGateway, wire: Wire) -> None:
    intent = charge(wire, PAYS, "bs-found")
    state = states.state_of_intent(intent)
    assert (state.outcome, state.gateway_reference) == (ChargeOutcome.SUCCEEDED, intent["id"])
    assert states.key_of(intent) == "bs-found"
    assert gateway.lookup(ChargeQuery("bs-found", intent["id"])) == state


def test_an_intent_is_confirmed_or_cancelled(wire: Wire) -> None:
    method, customer = hold_card(wire, PAYS)
    asked = {"amount": 500, "currency": "usd", "customer": customer, "payment_method": method}
    first = wire.ask(lambda v1: v1.payment_intents.create(asked))
    confirmed = wire.ask(lambda v1: v1.payment_intents.confirm(first["id"]))
    assert states.state_of_intent(confirmed).outcome is ChargeOutcome.SUCCEEDED
    second = wire.ask(lambda v1: v1.payment_intents.create(asked))
    cancelled = wire.ask(lambda v1: v1.payment_intents.cancel(second["id"]))
    assert states.state_of_intent(cancelled).decline_code == "voided"


def test_a_bank_that_asks_is_a_no_when_the_reader_is_away(wire: Wire) -> None:
    state = states.state_of_intent(charge(wire, ASKS))
    assert (state.outcome, state.decline_code, state.decline_kind) == (
        ChargeOutcome.DECLINED,
        "authentication_required",
        DeclineKind.HARD,
    )


def test_a_decline_is_a_refusal_with_its_code(wire: Wire) -> None:
    with pytest.raises(Refused) as refused:
        charge(wire, DECLINED_WHEN_CHARGED)
    assert (refused.value.status, refused.value.code) == (402, "card_declined")
    state = states.declined(refused.value.error)
    assert (state.outcome, state.decline_kind) == (ChargeOutcome.DECLINED, DeclineKind.SOFT)


def test_a_refund_is_read(wire: Wire) -> None:
    intent = charge(wire, PAYS)
    asked = {"payment_intent": intent["id"], "amount": 30_000, "metadata": {states.KEY: "bs-rf-1"}}
    refund = wire.ask(lambda v1: v1.refunds.create(asked, {"idempotency_key": "bs-rf-1"}))
    state = states.state_of_refund(refund)
    assert (state.outcome, state.amount) == (ChargeOutcome.SUCCEEDED, Money(30_000, "INR"))
    assert states.key_of(refund) == "bs-rf-1"
    listed = wire.ask(lambda v1: v1.refunds.list({"limit": 100}))["data"]
    assert refund["id"] in {one["id"] for one in listed}


def test_a_mandate_ends_when_its_card_is_taken_off(gateway: StripeGateway, wire: Wire) -> None:
    token = "/".join(hold_card(wire, PAYS))
    assert gateway.mandate_status(token) is MandateStatus.ACTIVE
    assert gateway.revoke_mandate(token) is True
    assert gateway.mandate_status(token) is MandateStatus.ENDED


def test_its_webhooks_are_verified(gateway: StripeGateway, wire: Wire) -> None:
    with listen() as listener:
        _subscribe(gateway, listener)
        intent = charge(wire, PAYS, "bs-told")
        headers, body = listener.wait_for(1, holding=b"bs-told")[0]
    now = datetime.now(UTC)
    word = gateway.verify_webhook(headers, body, now=now)[0]
    assert (word.kind, word.key, word.gateway_reference) == (
        WebhookKind.CHARGE,
        "bs-told",
        intent["id"],
    )
    with pytest.raises(BadSignature):
        gateway.verify_webhook(headers, body + b" ", now=now)


def _subscribe(gateway: StripeGateway, listener: Listener) -> None:
    said = {"url": listener.url, "secret": "whsec_a", "events": ["payment_intent.succeeded"]}
    httpx.post(f"{gateway.address}/_config/webhooks/one", json=said, timeout=20).raise_for_status()
