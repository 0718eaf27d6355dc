"""What every payment company's adapter must do. A new gateway adds one ``Peer`` and no test."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from broadsheet.apps.payments.gateways.contract import (
    CannotReachGateway,
    ChargeQuery,
    ChargeRequest,
    CheckoutRequest,
    Idempotency,
    RefundQuery,
    RefundRequest,
)
from broadsheet.domain.charge import ChargeOutcome, DeclineKind
from broadsheet.domain.money import Money
from tests.factories.bank import RunningBank
from tests.factories.gateway_peers import PEERS, Peer

pytestmark = pytest.mark.journey
PRICE = Money(90_000, "INR")


@pytest.fixture(params=sorted(PEERS))
def peer(request: pytest.FixtureRequest, running_bank: RunningBank) -> Iterator[Peer]:
    yield PEERS[request.param](running_bank)
    httpx.delete(f"{running_bank.address}/faults", headers=running_bank.headers)


def new_key() -> str:
    return f"bs-{uuid.uuid4()}-1"


def checkout(**changes: object) -> CheckoutRequest:
    asked = CheckoutRequest(
        key=new_key(),
        amount=PRICE,
        description="Smart Quarterly, 3 months",
        return_url="/subscribe/return/17/",
        expires_at=datetime.now(UTC) + timedelta(minutes=30),
        reader_reference="reader-12",
        wants_mandate=True,
    )
    return replace(asked, **changes)


def mandate_of(peer: Peer) -> str:
    """A standing permission, left with a first payment."""
    asked = checkout()
    peer.approve(peer.gateway.start_checkout(asked).url)
    state = peer.gateway.lookup(ChargeQuery(key=asked.key))
    assert state is not None
    assert state.mandate is not None
    return state.mandate.token


def charge(peer: Peer, **changes: object) -> ChargeRequest:
    asked = ChargeRequest(
        key=new_key(), amount=PRICE, description="Renewal", mandate_token=mandate_of(peer)
    )
    return replace(asked, **changes)


# -- the payment page ---------------------------------------------------------


def test_a_checkout_waits_for_its_reader_and_takes_nothing(peer: Peer) -> None:
    asked = checkout()
    step = peer.gateway.start_checkout(asked)
    assert step.state.outcome is ChargeOutcome.PENDING
    assert step.url != ""
    found = peer.gateway.lookup(ChargeQuery(key=asked.key))
    assert found is not None
    assert (found.outcome, found.amount) == (ChargeOutcome.PENDING, None)
    assert peer.gateway.lookup(ChargeQuery(asked.key, found.gateway_reference)) == found
    assert peer.count_taken(asked.key) == 0


@pytest.mark.parametrize("how", ["approve", "approve_by_code"])
def test_an_approved_checkout_names_money_and_mandate(peer: Peer, how: str) -> None:
    asked = checkout()
    getattr(peer, how)(peer.gateway.start_checkout(asked).url)
    state = peer.gateway.lookup(ChargeQuery(key=asked.key))
    assert state is not None
    assert (state.outcome, state.amount) == (ChargeOutcome.SUCCEEDED, PRICE)
    assert state.gateway_reference != ""
    assert state.mandate is not None
    assert state.mandate.token != ""
    assert state.mandate.label != ""
    assert peer.count_taken(asked.key) == 1


def test_no_mandate_is_left_where_none_was_asked_for(peer: Peer) -> None:
    asked = checkout(wants_mandate=False)
    peer.approve(peer.gateway.start_checkout(asked).url)
    state = peer.gateway.lookup(ChargeQuery(key=asked.key))
    assert state is not None
    assert (state.outcome, state.mandate) == (ChargeOutcome.SUCCEEDED, None)


def test_a_declined_checkout_takes_nothing(peer: Peer) -> None:
    asked = checkout()
    peer.decline(peer.gateway.start_checkout(asked).url)
    state = peer.gateway.lookup(ChargeQuery(key=asked.key))
    assert state is not None
    if state.outcome is ChargeOutcome.PENDING:  # the page waits for another card
        state = peer.gateway.void_checkout(ChargeQuery(key=asked.key))
    assert (state.outcome, state.decline_kind) == (ChargeOutcome.DECLINED, DeclineKind.SOFT)
    assert peer.count_taken(asked.key) == 0


def test_a_silent_checkout_stays_pending_and_can_still_be_decided(peer: Peer) -> None:
    asked = checkout()
    step = peer.gateway.start_checkout(asked)
    peer.say_nothing(step.url)
    state = peer.gateway.lookup(ChargeQuery(key=asked.key))
    assert state is not None
    assert state.outcome is ChargeOutcome.PENDING
    peer.approve(step.url)
    state = peer.gateway.lookup(ChargeQuery(key=asked.key))
    assert state is not None
    assert state.outcome is ChargeOutcome.SUCCEEDED


def test_an_old_checkout_can_no_longer_be_paid(peer: Peer) -> None:
    asked = checkout(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert peer.gateway.start_checkout(asked).state.outcome is ChargeOutcome.PENDING
    state = peer.gateway.lookup(ChargeQuery(key=asked.key))
    assert state is not None
    assert (state.outcome, state.decline_code) == (ChargeOutcome.DECLINED, "abandoned")


def test_a_repeated_checkout_is_the_same_page(peer: Peer) -> None:
    asked = checkout()
    first, second = peer.gateway.start_checkout(asked), peer.gateway.start_checkout(asked)
    assert first == second
    peer.approve(first.url)
    assert peer.gateway.start_checkout(asked).url in {first.url, ""}
    assert peer.count_taken(asked.key) == 1


def test_a_key_used_for_another_amount_gets_no_page(peer: Peer) -> None:
    asked = checkout()
    first = peer.gateway.start_checkout(asked)
    other = peer.gateway.start_checkout(replace(asked, amount=Money(1, "INR")))
    assert (other.state.outcome, other.url) == (ChargeOutcome.UNKNOWN, "")
    peer.approve(first.url)
    state = peer.gateway.lookup(ChargeQuery(key=asked.key))
    assert state is not None
    assert state.amount == PRICE


def test_a_checkout_whose_reply_was_lost_is_opened_once(peer: Peer) -> None:
    asked = checkout()
    peer.fail("lose_reply_after_commit", "checkout")
    lost = peer.gateway.start_checkout(asked)
    assert (lost.state.outcome, lost.url) == (ChargeOutcome.UNKNOWN, "")
    peer.approve(peer.gateway.start_checkout(asked).url)
    assert peer.count_taken(asked.key) == 1


def test_voiding_closes_an_unpaid_page(peer: Peer) -> None:
    asked = checkout()
    peer.gateway.start_checkout(asked)
    query = ChargeQuery(key=asked.key)
    voided = peer.gateway.void_checkout(query)
    assert (voided.outcome, voided.decline_code) == (ChargeOutcome.DECLINED, "voided")
    assert peer.gateway.void_checkout(query) == voided
    assert peer.gateway.lookup(query) == voided


def test_voiding_comes_too_late_for_a_paid_page(peer: Peer) -> None:
    asked = checkout()
    peer.approve(peer.gateway.start_checkout(asked).url)
    state = peer.gateway.void_checkout(ChargeQuery(key=asked.key))
    assert (state.outcome, state.amount) == (ChargeOutcome.SUCCEEDED, PRICE)


def test_voiding_what_never_arrived(peer: Peer) -> None:
    state = peer.gateway.void_checkout(ChargeQuery(key=new_key()))
    assert state.outcome is ChargeOutcome.NOT_SENT


# -- charging a mandate -------------------------------------------------------


def test_a_charge_takes_the_money_once(peer: Peer) -> None:
    asked = charge(peer)
    state = peer.gateway.charge(asked)
    assert (state.outcome, state.amount) == (ChargeOutcome.SUCCEEDED, PRICE)
    again = peer.gateway.charge(asked)
    assert again == state
    assert peer.gateway.lookup(ChargeQuery(key=asked.key)) == state
    by_theirs = ChargeQuery(key="", gateway_reference=state.gateway_reference)
    assert peer.gateway.lookup(by_theirs) == state
    assert peer.count_taken(asked.key) == 1


def test_many_at_once_with_one_key_take_the_money_once(peer: Peer) -> None:
    asked = charge(peer)
    states = []
    threads = [
        threading.Thread(target=lambda: states.append(peer.gateway.charge(asked))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sure = [state for state in states if state.outcome is ChargeOutcome.SUCCEEDED]
    assert sure != []
    assert {state.outcome for state in states} <= {ChargeOutcome.SUCCEEDED, ChargeOutcome.UNKNOWN}
    assert len({state.gateway_reference for state in sure}) == 1
    assert peer.count_taken(asked.key) == 1


def test_a_key_used_for_another_amount_shows_what_was_taken(peer: Peer) -> None:
    asked = charge(peer)
    peer.gateway.charge(asked)
    state = peer.gateway.charge(replace(asked, amount=Money(90_001, "INR")))
    assert state.amount in {PRICE, None}
    assert state.outcome in {ChargeOutcome.SUCCEEDED, ChargeOutcome.UNKNOWN}
    assert peer.count_taken(asked.key) == 1


@pytest.mark.parametrize(
    ("reason", "kind"),
    [("insufficient_funds", DeclineKind.SOFT), ("stolen_card", DeclineKind.HARD)],
)
def test_a_declined_charge_says_whether_to_ask_again(
    peer: Peer, reason: str, kind: DeclineKind
) -> None:
    asked = charge(peer)
    peer.fail("decline", "charge", reason=reason)
    state = peer.gateway.charge(asked)
    assert (state.outcome, state.decline_kind, state.decline_code) == (
        ChargeOutcome.DECLINED,
        kind,
        reason,
    )
    assert peer.gateway.lookup(ChargeQuery(key=asked.key)) == state
    assert peer.gateway.charge(asked) == state
    assert peer.count_taken(asked.key) == 0


def test_a_revoked_or_unknown_mandate_is_a_hard_no(peer: Peer) -> None:
    revoked = charge(peer)
    peer.revoke(revoked.mandate_token)
    for asked in (revoked, replace(revoked, key=new_key(), mandate_token="ma_unheard_of")):
        state = peer.gateway.charge(asked)
        assert (state.outcome, state.decline_kind) == (ChargeOutcome.DECLINED, DeclineKind.HARD)
        assert peer.count_taken(asked.key) == 0


@pytest.mark.parametrize("succeeded", [True, False])
def test_a_pending_charge_ends_later(peer: Peer, succeeded: bool) -> None:
    asked = charge(peer)
    peer.fail("pend", "charge")
    assert peer.gateway.charge(asked).outcome is ChargeOutcome.PENDING
    query = ChargeQuery(key=asked.key)
    waiting = peer.gateway.lookup(query)
    assert waiting is not None
    assert waiting.outcome is ChargeOutcome.PENDING
    peer.settle(asked.key, succeeded=succeeded)
    state = peer.gateway.lookup(query)
    assert state is not None
    assert state.outcome is (ChargeOutcome.SUCCEEDED if succeeded else ChargeOutcome.DECLINED)
    assert peer.count_taken(asked.key) == int(succeeded)


# -- what goes wrong on the way -----------------------------------------------


@pytest.mark.parametrize(
    "fault", ["lose_reply_after_commit", "error_after_commit", "hang_after_commit"]
)
def test_taken_but_not_heard_is_unknown_and_then_found(peer: Peer, fault: str) -> None:
    asked = charge(peer)
    peer.fail(fault, "charge", seconds=30)
    assert peer.gateway.charge(asked).outcome is ChargeOutcome.UNKNOWN
    found = peer.gateway.lookup(ChargeQuery(key=asked.key))
    assert found is not None
    assert (found.outcome, found.amount) == (ChargeOutcome.SUCCEEDED, PRICE)
    assert peer.gateway.charge(asked) == found
    assert peer.count_taken(asked.key) == 1


@pytest.mark.parametrize("fault", ["reset_before", "error_before", "hang"])
def test_not_taken_and_not_heard_is_unknown_and_then_absent(peer: Peer, fault: str) -> None:
    asked = charge(peer)
    peer.fail(fault, "charge", seconds=30)
    assert peer.gateway.charge(asked).outcome is ChargeOutcome.UNKNOWN
    assert peer.gateway.lookup(ChargeQuery(key=asked.key)) is None
    assert peer.count_taken(asked.key) == 0
    assert peer.gateway.charge(asked).outcome is ChargeOutcome.SUCCEEDED
    assert peer.count_taken(asked.key) == 1


def test_a_slow_answer_within_the_limit_is_an_answer(peer: Peer) -> None:
    asked = charge(peer)
    peer.fail("slow", "charge", seconds=0.5)
    assert peer.gateway.charge(asked).outcome is ChargeOutcome.SUCCEEDED


def test_a_busy_company_was_not_sent_anything(peer: Peer) -> None:
    asked = charge(peer)
    peer.fail("busy", "charge")
    assert peer.gateway.charge(asked).outcome is ChargeOutcome.NOT_SENT
    assert peer.count_taken(asked.key) == 0


def test_a_company_out_of_reach_was_not_sent_anything(peer: Peer) -> None:
    gateway = peer.out_of_reach()
    asked = charge(peer)
    assert gateway.charge(asked).outcome is ChargeOutcome.NOT_SENT
    assert gateway.start_checkout(checkout()).state.outcome is ChargeOutcome.NOT_SENT
    refund = RefundRequest(new_key(), "ch_any", PRICE, "")
    assert gateway.refund(refund).outcome is ChargeOutcome.NOT_SENT
    voided = gateway.void_checkout(ChargeQuery(key=asked.key))
    assert voided.outcome is ChargeOutcome.UNKNOWN  # the page may be open all the same
    looked = gateway.lookup(ChargeQuery(key=asked.key))
    assert looked is not None
    assert looked.outcome is ChargeOutcome.UNKNOWN
    with pytest.raises(CannotReachGateway):
        list(gateway.list_settled(datetime.now(UTC)))
    assert gateway.health().ok is False


def test_a_wrong_key_never_looks_like_a_decline(peer: Peer) -> None:
    asked = charge(peer)
    gateway = peer.with_wrong_key()
    assert gateway.charge(asked).outcome is ChargeOutcome.NOT_SENT
    looked = gateway.lookup(ChargeQuery(key=asked.key))
    assert looked is not None
    assert looked.outcome is ChargeOutcome.UNKNOWN
    assert peer.count_taken(asked.key) == 0


@pytest.mark.parametrize("fault", ["reset_before", "error_before", "hang", "busy"])
def test_a_look_up_that_fails_proves_nothing(peer: Peer, fault: str) -> None:
    asked = charge(peer)
    peer.gateway.charge(asked)
    peer.fail(fault, "lookup", seconds=30)
    failed = peer.gateway.lookup(ChargeQuery(key=asked.key))
    assert failed is not None
    assert failed.outcome is ChargeOutcome.UNKNOWN
    found = peer.gateway.lookup(ChargeQuery(key=asked.key))
    assert found is not None
    assert found.outcome is ChargeOutcome.SUCCEEDED


def test_nothing_is_found_where_nothing_was_sent(peer: Peer) -> None:
    assert peer.gateway.lookup(ChargeQuery(key=new_key())) is None


# -- refunds, the company's book, what it can do ------------------------------


def test_a_refund_is_given_once_and_never_more_than_was_taken(peer: Peer) -> None:
    taken = peer.gateway.charge(charge(peer))
    part = RefundRequest(new_key(), taken.gateway_reference, Money(30_000, "INR"), "asked for")
    state = peer.gateway.refund(part)
    assert (state.outcome, state.amount) == (ChargeOutcome.SUCCEEDED, Money(30_000, "INR"))
    assert peer.gateway.refund(part) == state
    too_much = peer.gateway.refund(replace(part, key=new_key(), amount=Money(60_001, "INR")))
    assert too_much.outcome is ChargeOutcome.DECLINED
    rest = peer.gateway.refund(replace(part, key=new_key(), amount=Money(60_000, "INR")))
    assert rest.outcome is ChargeOutcome.SUCCEEDED
    assert peer.count_refunds(taken.gateway_reference) == 2


def test_a_refund_whose_reply_was_lost_is_given_once(peer: Peer) -> None:
    taken = peer.gateway.charge(charge(peer))
    asked = RefundRequest(new_key(), taken.gateway_reference, PRICE, "asked for")
    peer.fail("lose_reply_after_commit", "refund")
    assert peer.gateway.refund(asked).outcome is ChargeOutcome.UNKNOWN
    query = RefundQuery(asked.key, charge_reference=asked.gateway_reference)
    found = peer.gateway.lookup_refund(query)
    assert found is not None
    assert (found.outcome, found.amount) == (ChargeOutcome.SUCCEEDED, PRICE)
    assert peer.gateway.refund(asked) == found
    assert peer.count_refunds(taken.gateway_reference) == 1


def test_the_companys_book_lists_what_was_taken_oldest_first(peer: Peer) -> None:
    began = datetime.now(UTC)
    mandate = mandate_of(peer)
    asked = [charge(peer, mandate_token=mandate) for _ in range(3)]
    peer.fail("decline", "charge")
    refused = peer.gateway.charge(charge(peer, mandate_token=mandate))
    taken = [peer.gateway.charge(one) for one in asked]
    book = list(peer.gateway.list_settled(began))
    ours = [line for line in book if line.key in {one.key for one in asked}]
    assert refused.outcome is ChargeOutcome.DECLINED
    assert [line.key for line in ours] == [one.key for one in asked]
    assert [line.gateway_reference for line in ours] == [one.gateway_reference for one in taken]
    assert [line.amount for line in ours] == [PRICE] * 3
    assert [line.settled_at for line in book] == sorted(line.settled_at for line in book)
    assert all(line.settled_at.tzinfo is not None for line in book)
    assert list(peer.gateway.list_settled(datetime.now(UTC) + timedelta(hours=1))) == []


def test_it_says_what_it_can_do(peer: Peer) -> None:
    can = peer.gateway.capabilities
    assert "INR" in can.currencies
    assert can.idempotency in set(Idempotency)
    assert can.max_inflight > timedelta(0)
    assert peer.gateway.code != ""
    assert peer.gateway.label != ""
    assert peer.gateway.health().ok is True
