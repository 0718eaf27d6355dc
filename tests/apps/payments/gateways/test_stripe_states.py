"""Stripe's objects read in our words."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from broadsheet.apps.payments.gateways.contract import DisputeState
from broadsheet.apps.payments.gateways.stripe import states
from broadsheet.apps.payments.gateways.stripe.states import Token
from broadsheet.domain.charge import ChargeOutcome, DeclineKind
from broadsheet.domain.money import Money

pytestmark = pytest.mark.pure
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


def intent(**changes: Any) -> dict[str, Any]:
    card = {"brand": "visa", "country": "US", "last4": "4242", "exp_month": 2, "exp_year": 2028}
    return {
        "id": "pi_1",
        "object": "payment_intent",
        "amount": 90_000,
        "amount_received": 90_000,
        "currency": "inr",
        "customer": "cus_1",
        "latest_charge": {"payment_method_details": {"card": {"mandate": None}}},
        "metadata": {"broadsheet_key": "bs-1"},
        "payment_method": {"id": "pm_1", "card": card},
        "setup_future_usage": "off_session",
        "status": "succeeded",
        **changes,
    }


def test_a_success_names_money_and_mandate() -> None:
    state = states.state_of_intent(intent())
    assert (state.outcome, state.gateway_reference, state.amount) == (
        ChargeOutcome.SUCCEEDED,
        "pi_1",
        Money(90_000, "INR"),
    )
    assert state.mandate is not None
    assert (state.mandate.token, state.mandate.label) == ("pm_1/cus_1", "Visa ending 4242")
    assert (state.mandate.max_amount, state.mandate.valid_until) == (None, date(2028, 2, 29))


def test_what_was_received_counts_not_what_was_asked() -> None:
    assert states.state_of_intent(intent(amount_received=1)).amount == Money(1, "INR")


@pytest.mark.parametrize(
    ("e_mandate", "token"), [("mandate_1", "pm_1/cus_1/mandate_1"), (None, None)]
)
def test_an_indian_card_leaves_a_mandate_only_with_its_e_mandate(
    e_mandate: str | None, token: str | None
) -> None:
    paid = intent()
    paid["payment_method"]["card"]["country"] = "IN"
    paid["latest_charge"]["payment_method_details"]["card"]["mandate"] = e_mandate
    mandate = states.state_of_intent(paid).mandate
    assert (mandate and mandate.token) == token
    if mandate is not None:
        assert mandate.max_amount == Money(1_500_000, "INR")
        assert states.read_token(mandate.token) == Token("pm_1", "cus_1", "mandate_1")


@pytest.mark.parametrize(
    "changes",
    [{"setup_future_usage": None}, {"customer": None}, {"payment_method": "pm_1"}],
)
def test_no_mandate_where_none_can_be_charged(changes: dict[str, Any]) -> None:
    assert states.state_of_intent(intent(**changes)).mandate is None


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"status": "processing"}, ChargeOutcome.PENDING),
        (
            {"status": "requires_action", "next_action": {"type": "card_await_notification"}},
            ChargeOutcome.PENDING,
        ),
        ({"status": "requires_confirmation", "last_payment_error": None}, ChargeOutcome.UNKNOWN),
        ({"status": "a state to come"}, ChargeOutcome.UNKNOWN),
    ],
)
def test_what_is_not_over(changes: dict[str, Any], outcome: ChargeOutcome) -> None:
    assert states.state_of_intent(intent(**changes)).outcome is outcome


@pytest.mark.parametrize(
    ("error", "code", "kind"),
    [
        (
            {"code": "card_declined", "decline_code": "insufficient_funds"},
            "insufficient_funds",
            "soft",
        ),
        ({"code": "card_declined", "decline_code": "do_not_honor"}, "do_not_honor", "soft"),
        ({"code": "processing_error"}, "processing_error", "soft"),
        ({"code": "card_declined"}, "card_declined", "soft"),
        ({"code": "card_declined", "decline_code": "stolen_card"}, "stolen_card", "hard"),
        ({"code": "expired_card"}, "expired_card", "hard"),
        ({"code": "authentication_required"}, "authentication_required", "hard"),
        (
            {"code": "card_declined", "decline_code": "revocation_of_authorization"},
            "revocation_of_authorization",
            "hard",
        ),
    ],
)
def test_a_decline_says_whether_to_ask_again(error: dict[str, str], code: str, kind: str) -> None:
    state = states.state_of_intent(
        intent(status="requires_payment_method", last_payment_error=error)
    )
    assert (state.outcome, state.decline_code, state.decline_kind) == (
        ChargeOutcome.DECLINED,
        code,
        DeclineKind(kind),
    )


def test_a_bank_that_asks_an_absent_reader_has_said_no() -> None:
    state = states.state_of_intent(intent(status="requires_action", next_action={"type": "x"}))
    assert (state.decline_code, state.decline_kind) == ("authentication_required", DeclineKind.HARD)


@pytest.mark.parametrize(
    ("changes", "outcome", "code"),
    [
        ({"status": "open"}, ChargeOutcome.PENDING, ""),
        ({"status": "expired"}, ChargeOutcome.DECLINED, "voided"),
        ({"status": "complete", "payment_intent": None}, ChargeOutcome.UNKNOWN, ""),
        ({"status": "complete", "payment_intent": intent()}, ChargeOutcome.SUCCEEDED, ""),
        (
            {"status": "complete", "payment_intent": intent(status="processing")},
            ChargeOutcome.PENDING,
            "",
        ),
    ],
)
def test_a_page(changes: dict[str, Any], outcome: ChargeOutcome, code: str) -> None:
    state = states.state_of_session({"id": "cs_1", **changes})
    assert (state.outcome, state.decline_code) == (outcome, code)


def test_a_page_left_alone_was_abandoned() -> None:
    session = {"id": "cs_1", "status": "expired", "metadata": {states.UNTIL: "1000"}}
    assert states.is_late(session, NOON) is True
    assert states.is_late({**session, "metadata": {states.UNTIL: "99999999999"}}, NOON) is False
    assert states.is_late({**session, "metadata": {states.UNTIL: "soon"}}, NOON) is False
    assert states.state_of_session(session, late=True).decline_code == "abandoned"


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("succeeded", ChargeOutcome.SUCCEEDED),
        ("pending", ChargeOutcome.PENDING),
        ("requires_action", ChargeOutcome.PENDING),
        ("failed", ChargeOutcome.DECLINED),
        ("canceled", ChargeOutcome.DECLINED),
        ("a state to come", ChargeOutcome.UNKNOWN),
    ],
)
def test_a_refund(status: str, outcome: ChargeOutcome) -> None:
    refund = {
        "id": "re_1",
        "status": status,
        "amount": 5,
        "currency": "inr",
        "payment_intent": "pi_1",
    }
    state = states.state_of_refund(refund)
    assert (state.outcome, state.charge_reference, state.amount) == (
        outcome,
        "pi_1",
        Money(5, "INR"),
    )


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("needs_response", DisputeState.OPENED),
        ("under_review", DisputeState.OPENED),
        ("won", DisputeState.WON),
        ("lost", DisputeState.LOST),
        ("warning_needs_response", None),
        ("warning_closed", None),
    ],
)
def test_a_dispute(status: str, state: DisputeState | None) -> None:
    dispute = {
        "id": "du_1",
        "status": status,
        "amount": 90_000,
        "currency": "inr",
        "payment_intent": "pi_1",
        "reason": "fraudulent",
        "created": int(NOON.timestamp()),
    }
    facts = states.facts_of_dispute(dispute)
    assert (facts and facts.state) == state
    if facts is not None:
        assert (facts.charge_reference, facts.amount, facts.opened_at) == (
            "pi_1",
            Money(90_000, "INR"),
            NOON,
        )
