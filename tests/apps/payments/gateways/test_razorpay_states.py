"""Razorpay's objects in the contract's words."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.apps.payments.gateways.contract import DisputeState, MandateStatus
from broadsheet.apps.payments.gateways.razorpay import states
from broadsheet.domain.charge import ChargeOutcome, DeclineKind
from broadsheet.domain.money import Money

pytestmark = pytest.mark.pure
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def payment(status: str, n: int = 1, **more: Any) -> dict[str, Any]:
    said = {"id": f"pay_{n}", "status": status, "amount": 90_000, "currency": "INR"}
    return {**said, "created_at": 1_795_000_000 + n, **more}


def link(status: str, until: datetime | None = None) -> dict[str, Any]:
    notes = {"broadsheet_until": str(int(until.timestamp()))} if until else []
    return {"id": "inv_1", "status": status, "notes": notes}


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("created", ChargeOutcome.PENDING),
        ("authorized", ChargeOutcome.PENDING),
        ("captured", ChargeOutcome.SUCCEEDED),
        ("refunded", ChargeOutcome.SUCCEEDED),
        ("failed", ChargeOutcome.DECLINED),
        ("something new", ChargeOutcome.UNKNOWN),
    ],
)
def test_a_payment_by_its_status(status: str, outcome: ChargeOutcome) -> None:
    said = states.state_of_payment(payment(status))
    taken = Money(90_000, "INR") if outcome is ChargeOutcome.SUCCEEDED else None
    assert (said.outcome, said.gateway_reference, said.amount) == (outcome, "pay_1", taken)


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("insufficient_funds", DeclineKind.SOFT),
        ("payment_declined", DeclineKind.SOFT),
        ("card_expired", DeclineKind.HARD),
        ("mandate_revoked", DeclineKind.HARD),
        ("", DeclineKind.SOFT),
    ],
)
def test_a_failed_payment_says_whether_to_ask_again(reason: str, kind: DeclineKind) -> None:
    said = states.state_of_payment(
        payment("failed", error_reason=reason, error_description="No." * 200)
    )
    assert (said.decline_kind, said.decline_code) == (kind, reason or "refused")
    assert len(said.says) == 240


def test_an_order_is_what_its_payments_are() -> None:
    assert states.state_of_order([]) is None
    said = states.state_of_order([payment("failed", 1), payment("created", 2)])
    assert said is not None
    assert (said.outcome, said.gateway_reference) == (ChargeOutcome.PENDING, "pay_2")
    said = states.state_of_order([payment("failed", 3), payment("captured", 2)])
    assert said is not None
    assert (said.outcome, said.gateway_reference) == (ChargeOutcome.SUCCEEDED, "pay_2")


@given(st.permutations([payment("failed", 1), payment("captured", 2), payment("failed", 3)]))
def test_money_that_was_taken_is_seen_in_any_order(payments: list[dict[str, Any]]) -> None:
    said = states.state_of_order(payments)
    assert said is not None
    assert (said.outcome, said.gateway_reference) == (ChargeOutcome.SUCCEEDED, "pay_2")


LATE, EARLY = datetime(2026, 11, 26, 11, tzinfo=UTC), datetime(2026, 11, 26, 13, tzinfo=UTC)


@pytest.mark.parametrize(
    ("page", "tried", "outcome", "code"),
    [
        (link("issued"), [], ChargeOutcome.PENDING, ""),
        (link("created"), [payment("failed")], ChargeOutcome.PENDING, ""),
        (link("cancelled", EARLY), [], ChargeOutcome.DECLINED, "voided"),
        (link("cancelled", LATE), [], ChargeOutcome.DECLINED, "abandoned"),
        (link("cancelled"), [payment("failed")], ChargeOutcome.DECLINED, "voided"),
        (link("expired", EARLY), [], ChargeOutcome.DECLINED, "abandoned"),
        # Closed, but somebody's bank may still say yes; and then it has.
        (link("cancelled", EARLY), [payment("created")], ChargeOutcome.PENDING, ""),
        (link("expired"), [payment("authorized")], ChargeOutcome.PENDING, ""),
        (link("cancelled"), [payment("captured")], ChargeOutcome.SUCCEEDED, ""),
        (link("paid"), [payment("captured")], ChargeOutcome.SUCCEEDED, ""),
        (link("paid"), [], ChargeOutcome.UNKNOWN, ""),
    ],
)
def test_a_page_with_what_was_tried_on_it(
    page: dict[str, Any], tried: list[dict[str, Any]], outcome: ChargeOutcome, code: str
) -> None:
    said = states.state_of_link(page, tried, NOW)
    assert (said.outcome, said.decline_code) == (outcome, code)


def test_a_receipt_is_our_key_as_far_as_it_fits() -> None:
    short = "bs-" + "0" * 32 + "-1"
    assert states.receipt_of(short) == short
    long = "bs-" + "0" * 38
    assert len(states.receipt_of(long)) == 40
    assert states.receipt_of(long) != states.receipt_of(long + "0")


CARD = {
    "id": "token_1",
    "method": "card",
    "card": {"network": "Visa", "last4": "4366"},
    "recurring_details": {"status": "confirmed"},
    "max_amount": 500_000,
    "expired_at": 1_924_905_600,
}
UPI = {
    "id": "token_2",
    "method": "upi",
    "vpa": {"username": "meenal", "handle": "okbank"},
    "recurring_details": {"status": "confirmed"},
}


def test_a_token_is_a_mandate_with_its_label_limit_and_end() -> None:
    card = states.mandate_of(CARD, "cust_1")
    assert card is not None
    assert (card.token, card.kind, card.label) == ("token_1/cust_1", "card", "Visa ending 4366")
    assert (card.max_amount, card.valid_until) == (Money(500_000, "INR"), date(2030, 12, 31))
    upi = states.mandate_of(UPI, "cust_1")
    assert upi is not None
    assert (upi.kind, upi.label) == ("upi", "UPI meenal@••••bank")
    assert (upi.max_amount, upi.valid_until) == (Money(1_500_000, "INR"), None)
    assert states.read_token(upi.token) == states.Token("token_2", "cust_1")


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("confirmed", MandateStatus.ACTIVE),
        ("initiated", MandateStatus.UNKNOWN),
        ("paused", MandateStatus.UNKNOWN),
        ("cancellation_initiated", MandateStatus.ENDED),
        ("cancelled", MandateStatus.ENDED),
        ("rejected", MandateStatus.ENDED),
    ],
)
def test_only_a_confirmed_token_is_a_mandate(said: str, status: MandateStatus) -> None:
    token = {**UPI, "recurring_details": {"status": said}}
    assert states.status_of(token) is status
    assert (states.mandate_of(token, "cust_1") is not None) is (status is MandateStatus.ACTIVE)
    assert states.mandate_of(token, "") is None


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("processed", ChargeOutcome.SUCCEEDED),
        ("pending", ChargeOutcome.PENDING),
        ("failed", ChargeOutcome.DECLINED),
        ("something new", ChargeOutcome.UNKNOWN),
    ],
)
def test_a_refund_by_its_status(status: str, outcome: ChargeOutcome) -> None:
    refund = {"id": "rfnd_1", "status": status, "amount": 100, "currency": "INR"}
    said = states.state_of_refund({**refund, "payment_id": "pay_1"})
    assert (said.outcome, said.charge_reference) == (outcome, "pay_1")
    assert said.amount == Money(100, "INR")


@pytest.mark.parametrize(
    ("phase", "status", "state"),
    [
        ("chargeback", "open", DisputeState.OPENED),
        ("chargeback", "under_review", DisputeState.OPENED),
        ("arbitration", "won", DisputeState.WON),
        ("chargeback", "closed", DisputeState.WON),
        ("chargeback", "lost", DisputeState.LOST),
        ("retrieval", "open", None),
        ("fraud", "open", None),
    ],
)
def test_a_dispute_by_phase_and_status(phase: str, status: str, state: DisputeState | None) -> None:
    facts = states.facts_of_dispute(
        {
            "id": "disp_1",
            "payment_id": "pay_1",
            "amount": 90_000,
            "amount_deducted": 0,
            "currency": "INR",
            "status": status,
            "phase": phase,
            "created_at": 1_795_000_000,
            "reason_code": "goods_not_received",
        }
    )
    assert (facts and facts.state) == state
    assert facts is None or (facts.amount, facts.charge_reference) == (
        Money(90_000, "INR"),
        "pay_1",
    )


@pytest.mark.parametrize("minor", [None, "90000", 1.5, True])
def test_an_amount_that_is_none(minor: object) -> None:
    assert states.money_of(minor, "INR") is None
