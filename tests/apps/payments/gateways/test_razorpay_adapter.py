"""Razorpay's adapter against the stand-in, beyond what the suite of all gateways asks."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings

from broadsheet.apps.payments.gateways import list_gateways, open_gateway
from broadsheet.apps.payments.gateways.contract import (
    ChargeQuery,
    ChargeRequest,
    CheckoutRequest,
    DisputeState,
    GatewayState,
    MandateStatus,
    RefundQuery,
    RefundRequest,
)
from broadsheet.apps.payments.gateways.razorpay import wire
from broadsheet.domain.charge import ChargeOutcome, DeclineKind
from broadsheet.domain.money import Money
from broadsheet.plumbing.outbound import NotSent
from tests.factories.bank import RunningBank, open_for_business
from tests.factories.razorpay_peer import (
    ABROAD,
    AT_HOME,
    LATE,
    POOR,
    POOR_LATER,
    UPI,
    UPI_FAILS,
    RazorpayPeer,
    razorpay_peer,
)

pytestmark = pytest.mark.journey
PRICE = Money(90_000, "INR")


@pytest.fixture
def peer(bank: RunningBank) -> RazorpayPeer:
    return razorpay_peer(bank)


@pytest.fixture
def timely(tmp_path: Path) -> Iterator[RazorpayPeer]:
    """A stand-in of one's own, whose clock may be moved."""
    with open_for_business(tmp_path) as bank:
        yield razorpay_peer(bank)


def new_key() -> str:
    return f"bs-{uuid.uuid4().hex}-1"


def open_page(peer: RazorpayPeer, **changes: object) -> tuple[CheckoutRequest, str]:
    asked = CheckoutRequest(
        key=new_key(),
        amount=PRICE,
        description="Smart Quarterly, 3 months",
        return_url="/subscribe/checkout/17/",
        expires_at=datetime.now(UTC) + timedelta(hours=1),
        reader_reference="reader-12",
        wants_mandate=True,
    )
    asked = replace(asked, **changes)
    step = peer.gateway.start_checkout(asked)
    assert step.state.outcome is ChargeOutcome.PENDING, step
    return asked, step.url


def look(peer: RazorpayPeer, key: str, reference: str = "", **more: object) -> GatewayState:
    state = peer.gateway.lookup(ChargeQuery(key, reference, **more))
    assert state is not None
    return state


def leave_mandate(peer: RazorpayPeer, instrument: str = ABROAD) -> str:
    asked, url = open_page(peer, method="upi" if "@" in instrument else "card")
    assert peer.pay(url, instrument).status_code == 303
    state = look(peer, asked.key)
    assert state.mandate is not None, state
    return state.mandate.token


def renewal(token: str, **changes: object) -> ChargeRequest:
    asked = ChargeRequest(key=new_key(), amount=PRICE, description="Renewal", mandate_token=token)
    return replace(asked, **changes)


# -- the page -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "refused", "paid", "label"),
    [
        ("card", POOR, AT_HOME, "Visa ending 4366"),
        ("upi", UPI_FAILS, UPI, "UPI success@••••rpay"),
    ],
)
def test_refused_then_paid_on_the_same_page(
    peer: RazorpayPeer, method: str, refused: str, paid: str, label: str
) -> None:
    asked, url = open_page(peer, method=method)
    assert peer.pay(url, refused).status_code == 422
    assert look(peer, asked.key).outcome is ChargeOutcome.PENDING
    refused_name = peer.payments(asked.key)[0][0]
    # A webhook names the refused payment, though the reader may yet try again.
    assert look(peer, asked.key, refused_name).outcome is ChargeOutcome.PENDING
    assert peer.pay(url, paid).status_code == 303
    state = look(peer, asked.key, refused_name)
    assert (state.outcome, state.amount) == (ChargeOutcome.SUCCEEDED, PRICE)
    assert state.mandate is not None
    assert (state.mandate.kind, state.mandate.label) == (method, label)
    assert state.mandate.max_amount == Money(1_500_000, "INR")
    assert look(peer, asked.key, state.gateway_reference) == state
    assert peer.count_taken(asked.key) == 1


def test_above_what_a_mandate_may_take_none_is_asked_for(peer: RazorpayPeer) -> None:
    asked, url = open_page(peer, amount=Money(1_500_001, "INR"))
    assert peer.pay(url, UPI).status_code == 303
    state = look(peer, asked.key)
    assert (state.outcome, state.mandate) == (ChargeOutcome.SUCCEEDED, None)


def test_the_code_is_wrong_three_times(peer: RazorpayPeer) -> None:
    asked, url = open_page(peer)
    peer.type_in(url, AT_HOME)
    assert [peer.answer(url, "confirm", "0").status_code for _ in range(3)] == [422] * 3
    assert peer.payments(asked.key)[0][1] == "failed"
    assert look(peer, asked.key).outcome is ChargeOutcome.PENDING
    assert peer.count_taken(asked.key) == 0


def test_a_late_success_after_the_page_was_taken_back(peer: RazorpayPeer) -> None:
    """The bank says yes when nobody waits any more: the money is seen, never lost."""
    asked, url = open_page(peer)
    assert peer.pay(url, LATE).status_code == 200
    voided = peer.gateway.void_checkout(ChargeQuery(asked.key))
    assert voided.outcome is ChargeOutcome.PENDING
    peer.settle(asked.key, succeeded=True)
    state = look(peer, asked.key)
    assert (state.outcome, state.amount) == (ChargeOutcome.SUCCEEDED, PRICE)


def test_a_failure_that_turns_into_a_success(peer: RazorpayPeer) -> None:
    asked, url = open_page(peer)
    peer.pay(url, LATE)
    peer.settle(asked.key, succeeded=False)
    assert peer.gateway.void_checkout(ChargeQuery(asked.key)).decline_code == "voided"
    peer.settle(asked.key, succeeded=True)
    assert look(peer, asked.key).outcome is ChargeOutcome.SUCCEEDED
    assert peer.count_taken(asked.key) == 1


def test_a_page_whose_time_is_over_is_closed_by_asking(timely: RazorpayPeer) -> None:
    peer = timely
    asked, url = open_page(peer, expires_at=datetime.now(UTC) + timedelta(minutes=20))
    hurried = replace(peer.gateway, clock=lambda: datetime.now(UTC) + timedelta(minutes=21))
    state = hurried.lookup(ChargeQuery(asked.key))
    assert state is not None
    assert (state.outcome, state.decline_code) == (ChargeOutcome.DECLINED, "abandoned")
    peer.pay(url, ABROAD)
    assert peer.count_taken(asked.key) == 0


def test_a_company_out_of_reach_leaves_a_page_in_doubt(peer: RazorpayPeer) -> None:
    asked, _ = open_page(peer)
    voided = peer.out_of_reach().void_checkout(ChargeQuery(asked.key))
    assert voided.outcome is ChargeOutcome.UNKNOWN


def test_another_ones_reference_is_not_ours(peer: RazorpayPeer) -> None:
    asked, url = open_page(peer)
    peer.approve(url)
    theirs = look(peer, asked.key).gateway_reference
    assert peer.gateway.lookup(ChargeQuery(new_key(), theirs)) is None
    refund = RefundRequest(new_key(), theirs, PRICE, "asked for")
    given = peer.gateway.refund(refund)
    assert given.outcome is ChargeOutcome.SUCCEEDED
    assert peer.gateway.lookup_refund(RefundQuery(new_key(), given.gateway_reference)) is None
    assert peer.gateway.lookup_refund(RefundQuery(refund.key, given.gateway_reference)) == given
    assert peer.gateway.lookup_refund(RefundQuery(refund.key)) == given


# -- charging a mandate -------------------------------------------------------------------


@pytest.mark.parametrize(("instrument", "hours"), [(AT_HOME, 36.1), (UPI, 25)])
def test_a_debit_waits_for_its_notice(timely: RazorpayPeer, instrument: str, hours: float) -> None:
    peer = timely
    token = leave_mandate(peer, instrument)
    asked = renewal(token)
    waiting = peer.gateway.charge(asked)
    assert (waiting.outcome, waiting.gateway_reference[:4]) == (ChargeOutcome.PENDING, "pay_")
    assert peer.gateway.charge(asked) == waiting
    peer.let_pass(hours - 0.5)
    assert look(peer, asked.key, waiting.gateway_reference) == waiting
    assert len(peer.payments(asked.key)) == 1
    peer.let_pass(0.5)
    paid = look(peer, asked.key, waiting.gateway_reference)
    assert (paid.outcome, paid.amount) == (ChargeOutcome.SUCCEEDED, PRICE)
    assert paid.gateway_reference == waiting.gateway_reference
    assert look(peer, asked.key, mandate_token=token) == paid
    assert timedelta(hours=hours) < peer.gateway.capabilities.notice


def test_withdrawn_while_the_notice_runs(timely: RazorpayPeer) -> None:
    peer = timely
    token = leave_mandate(peer, UPI)
    asked = renewal(token)
    assert peer.gateway.charge(asked).outcome is ChargeOutcome.PENDING
    peer.revoke(token)
    peer.let_pass(26)
    state = look(peer, asked.key)
    assert (state.decline_code, state.decline_kind) == ("mandate_revoked", DeclineKind.HARD)
    assert peer.count_taken(asked.key) == 0


def test_paid_at_first_and_too_little_money_later(timely: RazorpayPeer) -> None:
    peer = timely
    asked = renewal(leave_mandate(peer, POOR_LATER))
    assert peer.gateway.charge(asked).outcome is ChargeOutcome.PENDING
    peer.let_pass(37)
    state = look(peer, asked.key)
    assert (state.decline_code, state.decline_kind) == ("insufficient_funds", DeclineKind.SOFT)


def test_more_than_the_mandate_allows_is_a_hard_no(peer: RazorpayPeer) -> None:
    asked = renewal(leave_mandate(peer), amount=Money(1_500_001, "INR"))
    state = peer.gateway.charge(asked)
    assert (state.decline_code, state.decline_kind) == ("amount_above_mandate", DeclineKind.HARD)
    assert peer.count_taken(asked.key) == 0


@pytest.mark.parametrize("fault", ["lose_reply_after_commit", "error_after_commit", "error_before"])
def test_an_order_whose_reply_was_lost_takes_the_payment_once(
    peer: RazorpayPeer, fault: str
) -> None:
    """Nothing was charged so far, so it was surely not sent; the repeat finds the order."""
    asked = renewal(leave_mandate(peer))
    peer.fail(fault, "order")
    assert peer.gateway.charge(asked).outcome is ChargeOutcome.NOT_SENT
    assert peer.count_taken(asked.key) == 0
    assert peer.gateway.charge(asked).outcome is ChargeOutcome.SUCCEEDED
    assert peer.count_taken(asked.key) == 1
    orders = "SELECT count(*) FROM razorpay_object WHERE kind = 'order' AND receipt = ?"
    assert peer.bank.rows(orders, asked.key) == [(1,)]


def test_a_question_that_is_refused_is_no_decline(peer: RazorpayPeer) -> None:
    """A wrong address or a right that the account lacks must not cost a reader the subscription."""
    asked = renewal(leave_mandate(peer))
    lost = replace(peer.gateway, address=f"{peer.gateway.address}/nowhere")
    assert lost.charge(asked).outcome is ChargeOutcome.NOT_SENT
    found = lost.lookup(ChargeQuery(asked.key))
    assert found is not None
    assert found.outcome is ChargeOutcome.UNKNOWN
    assert lost.mandate_status(asked.mandate_token) is MandateStatus.UNKNOWN
    refund = RefundRequest(new_key(), "pay_any", PRICE, "asked for")
    assert lost.refund(refund).outcome is ChargeOutcome.NOT_SENT
    assert peer.gateway.charge(asked).outcome is ChargeOutcome.SUCCEEDED


# -- mandates, refunds, disputes, the book ------------------------------------------------------


@pytest.mark.parametrize("instrument", [ABROAD, AT_HOME, UPI])
def test_a_mandate_is_revoked_once_and_for_all(peer: RazorpayPeer, instrument: str) -> None:
    token = leave_mandate(peer, instrument)
    assert peer.gateway.mandate_status(token) is MandateStatus.ACTIVE
    peer.fail("lose_reply_after_commit", "revoke")
    assert peer.gateway.revoke_mandate(token) is True
    assert peer.gateway.revoke_mandate(token) is True
    assert peer.gateway.mandate_status(token) is MandateStatus.ENDED
    state = peer.gateway.charge(renewal(token))
    assert (state.outcome, state.decline_kind) == (ChargeOutcome.DECLINED, DeclineKind.HARD)


def test_a_mandate_of_a_company_out_of_reach(peer: RazorpayPeer) -> None:
    token = leave_mandate(peer)
    away = peer.out_of_reach()
    assert away.mandate_status(token) is MandateStatus.UNKNOWN
    assert away.revoke_mandate(token) is False
    assert peer.gateway.mandate_status(token) is MandateStatus.ACTIVE


@pytest.mark.parametrize("succeeded", [True, False])
def test_a_pending_refund_ends_later(peer: RazorpayPeer, succeeded: bool) -> None:
    taken = peer.gateway.charge(renewal(leave_mandate(peer)))
    asked = RefundRequest(new_key(), taken.gateway_reference, PRICE, "asked for")
    peer.fail("pend", "refund")
    waiting = peer.gateway.refund(asked)
    assert waiting.outcome is ChargeOutcome.PENDING
    assert peer.gateway.refund(asked) == waiting
    peer.ask("settle", {"name": waiting.gateway_reference, "succeeded": succeeded})
    state = peer.gateway.lookup_refund(RefundQuery(asked.key, waiting.gateway_reference))
    assert state is not None
    assert state.outcome is (ChargeOutcome.SUCCEEDED if succeeded else ChargeOutcome.DECLINED)
    assert state.charge_reference == taken.gateway_reference


def test_a_refund_key_for_another_amount_gives_nothing(peer: RazorpayPeer) -> None:
    taken = peer.gateway.charge(renewal(leave_mandate(peer)))
    asked = RefundRequest(new_key(), taken.gateway_reference, Money(30_000, "INR"), "asked for")
    peer.gateway.refund(asked)
    other = peer.gateway.refund(replace(asked, amount=Money(30_001, "INR")))
    assert other.outcome is ChargeOutcome.UNKNOWN
    assert peer.count_refunds(taken.gateway_reference) == 1


@pytest.mark.parametrize(
    ("status", "ended"), [("won", DisputeState.WON), ("lost", DisputeState.LOST)]
)
def test_a_dispute_is_told_as_it_stands(
    peer: RazorpayPeer, status: str, ended: DisputeState
) -> None:
    began = datetime.now(UTC)
    taken = peer.gateway.charge(renewal(leave_mandate(peer)))
    opened = peer.ask("disputes", {"payment_id": taken.gateway_reference})
    peer.ask("disputes", {"payment_id": taken.gateway_reference, "phase": "retrieval"})
    facts = peer.gateway.lookup_dispute(opened["id"])
    assert facts is not None
    assert (facts.state, facts.charge_reference, facts.amount) == (
        DisputeState.OPENED,
        taken.gateway_reference,
        PRICE,
    )
    ours = [
        one
        for one in peer.gateway.list_disputes(began)
        if one.charge_reference == taken.gateway_reference
    ]
    assert ours == [facts]
    peer.ask(f"disputes/{opened['id']}/close", {"status": status})
    closed = peer.gateway.lookup_dispute(opened["id"])
    assert closed is not None
    assert closed.state is ended
    assert peer.gateway.lookup_dispute("disp_none") is None


def test_the_book_is_read_oldest_first_in_small_pieces(
    timely: RazorpayPeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    peer = timely
    token = leave_mandate(peer)
    began = datetime.now(UTC)
    first = [peer.gateway.charge(renewal(token)).gateway_reference for _ in range(5)]
    peer.let_pass(1)
    then = [peer.gateway.charge(renewal(token)).gateway_reference for _ in range(3)]
    monkeypatch.setattr("broadsheet.apps.payments.gateways.razorpay.book.PAGE", 2)
    later = replace(peer.gateway, clock=lambda: datetime.now(UTC) + timedelta(hours=2))
    lines = list(later.list_settled(began))
    ours = [line.gateway_reference for line in lines if line.gateway_reference in {*first, *then}]
    assert ours == first + then
    for name in first[:3]:
        peer.gateway.refund(RefundRequest(new_key(), name, PRICE, "asked for"))
    given = [line.charge_reference for line in later.list_refunds(began)]
    assert given == first[:3]


def test_a_payment_without_our_notes_is_known_by_what_stands_before_it(
    timely: RazorpayPeer,
) -> None:
    """Whether payments carry the notes of their link, Razorpay does not say."""
    peer = timely
    began = datetime.now(UTC)
    by_page, url = open_page(peer)
    peer.approve(url)
    token = look(peer, by_page.key).mandate
    assert token is not None
    by_order = renewal(token.token)
    taken = peer.gateway.charge(by_order)
    peer.forget_notes()
    assert look(peer, by_page.key).outcome is ChargeOutcome.SUCCEEDED
    assert look(peer, by_order.key, taken.gateway_reference) == taken
    assert [line.key for line in peer.gateway.list_settled(began)] == [by_page.key, by_order.key]


# -- limits, secrets, set-up ---------------------------------------------------------------------


def test_the_secrets_and_the_readers_account_reach_no_log(
    peer: RazorpayPeer, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        token = leave_mandate(peer, UPI)
        peer.gateway.charge(renewal(token))
        peer.with_wrong_key().charge(renewal(token))
        peer.out_of_reach().health()
    written = caplog.text + repr(peer.gateway) + repr(peer.gateway._wire())
    for secret in (peer.gateway.key_secret, *peer.gateway.webhook_secrets, "not-the-secret"):
        assert secret not in written
    assert "success@razorpay" not in written


def test_no_call_outlasts_its_limit(peer: RazorpayPeer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "WHOLE_SECONDS", 0.2)
    with pytest.raises(NotSent, match="no time left"):
        peer.gateway._wire().get("payments")


def test_it_is_offered_where_a_key_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "razorpay" not in list_gateways()
    plant = replace(
        django_settings.PLANT, razorpay_key_id="rzp_test_x", razorpay_key_secret="a secret"
    )
    monkeypatch.setattr(django_settings, "PLANT", plant)
    assert "razorpay" in list_gateways()
    gateway = open_gateway("razorpay")
    can = gateway.capabilities
    assert (gateway.code, can.notice, can.webhooks) == ("razorpay", timedelta(hours=48), False)
    assert (can.methods, can.one_method_a_page) == (frozenset({"card", "upi"}), True)
