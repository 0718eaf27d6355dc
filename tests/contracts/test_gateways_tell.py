"""What every gateway tells by webhook, and what it knows of refunds, disputes and mandates.

A peer (``tests/factories/gateway_peers.py``) joins by its entry there and by no test of its own.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from broadsheet.apps.payments.gateways.contract import (
    BadSignature,
    CannotReachGateway,
    ChargeQuery,
    DisputeState,
    Gateway,
    GatewayState,
    MandateStatus,
    RefundQuery,
    RefundRequest,
    WebhookKind,
    WebhookWord,
)
from broadsheet.domain.charge import ChargeOutcome
from broadsheet.domain.money import Money
from tests.contracts.test_gateways import PRICE, charge, mandate_of, new_key
from tests.factories.bank import RunningBank, open_for_business, start_bank, stop_bank
from tests.factories.ear import Ear, Heard, listening
from tests.factories.gateway_peers import PEERS, Peer

pytestmark = pytest.mark.journey
PART = Money(30_000, "INR")


@pytest.fixture(params=sorted(PEERS))
def peer(request: pytest.FixtureRequest, running_bank: RunningBank) -> Iterator[Peer]:
    yield PEERS[request.param](running_bank)
    httpx.delete(f"{running_bank.address}/faults", headers=running_bank.headers)


@pytest.fixture(scope="module")
def ears() -> Iterator[dict[str, tuple[Ear, str]]]:
    """By gateway: who listens, and the secret that is signed with. Pointed at once a module."""
    with listening() as one, listening() as two, listening() as three:
        yield dict(zip(sorted(PEERS), ((ear, "") for ear in (one, two, three)), strict=True))


class Told:
    """What one company tells, understood by its own adapter."""

    def __init__(self, ear: Ear, gateway: Gateway) -> None:
        self.ear = ear
        self.gateway = gateway

    def wait_until(self, fits: Callable[[WebhookWord], bool]) -> tuple[Heard, WebhookWord]:
        """The next call with a word that fits; what other tests left behind is passed over."""
        while True:
            (call,) = self.ear.wait_for(1)
            for word in self.understand(call):
                if fits(word):
                    return call, word

    def understand(self, call: Heard, gateway: Gateway | None = None) -> tuple[WebhookWord, ...]:
        headers, body = call
        small = {name.lower(): value for name, value in headers.items()}
        return (gateway or self.gateway).verify_webhook(small, body, now=datetime.now(UTC))


@pytest.fixture
def told(peer: Peer, ears: dict[str, tuple[Ear, str]]) -> Told:
    ear, secret = ears[peer.gateway.code]
    if not secret:
        secret = peer.tell(ear.url)
        ears[peer.gateway.code] = (ear, secret)
    return Told(ear, peer.with_secrets(secret))


def take(peer: Peer) -> tuple[str, GatewayState]:
    """A charge that has succeeded: our key and what the company says."""
    asked = charge(peer)
    state = peer.gateway.charge(asked)
    assert state.outcome is ChargeOutcome.SUCCEEDED
    return asked.key, state


def about_charge(key: str, state: GatewayState) -> Callable[[WebhookWord], bool]:
    return lambda word: (
        word.kind is WebhookKind.CHARGE
        and (word.key == key or word.gateway_reference == state.gateway_reference)
    )


# -- webhooks -----------------------------------------------------------------


def test_a_charge_is_told_and_the_word_leads_to_it(peer: Peer, told: Told) -> None:
    key, state = take(peer)
    _, word = told.wait_until(about_charge(key, state))
    found = peer.gateway.lookup(ChargeQuery(word.key, word.gateway_reference))
    assert found is not None
    assert (found.outcome, found.amount) == (ChargeOutcome.SUCCEEDED, PRICE)
    assert told.gateway.capabilities.webhooks is True


def test_what_is_told_twice_has_one_name(peer: Peer, told: Told) -> None:
    peer.fail("duplicate_webhook", "webhook", times=20)
    key, state = take(peer)
    _, first = told.wait_until(about_charge(key, state))
    _, second = told.wait_until(lambda word: word.event_id == first.event_id)
    assert first == second
    assert first.event_id != ""


def test_words_out_of_order_lead_to_the_same_end(peer: Peer, told: Told) -> None:
    asked = charge(peer)
    peer.fail("reorder_webhook", "webhook")
    state = peer.gateway.charge(asked)
    refund = RefundRequest(new_key(), state.gateway_reference, PART, "asked for")
    given = peer.gateway.refund(refund)
    seen: set[WebhookKind] = set()
    while seen < {WebhookKind.CHARGE, WebhookKind.REFUND}:
        _, word = told.wait_until(
            lambda word: (
                about_charge(asked.key, state)(word) or _about_refund(refund.key, given)(word)
            )
        )
        seen.add(word.kind)
    again = peer.gateway.lookup(ChargeQuery(asked.key, state.gateway_reference))
    assert again is not None
    assert (again.outcome, again.amount) == (ChargeOutcome.SUCCEEDED, PRICE)


def test_a_bad_signature_is_refused(peer: Peer, told: Told) -> None:
    key, state = take(peer)
    (headers, body), _ = told.wait_until(about_charge(key, state))
    bare = {name: value for name, value in headers.items() if "signature" not in name.lower()}
    spoilt = {
        name: value if name in bare else value[:-2] + ("00" if value[-2:] != "00" else "11")
        for name, value in headers.items()
    }
    strange = {name: value if name in bare else "½" for name, value in headers.items()}
    for bad in ((bare, body), (spoilt, body), (strange, body), (headers, body + b" ")):
        with pytest.raises(BadSignature):
            told.understand(bad)


def test_two_secrets_are_good_and_last_years_is_not(
    peer: Peer, told: Told, ears: dict[str, tuple[Ear, str]]
) -> None:
    secret = ears[peer.gateway.code][1]
    key, state = take(peer)
    call, word = told.wait_until(about_charge(key, state))
    assert word in told.understand(call, peer.with_secrets("tomorrow's", secret))
    for secrets in (("tomorrow's", "today's"), ("",), ()):
        with pytest.raises(BadSignature):
            told.understand(call, peer.with_secrets(*secrets))


def test_it_talks_only_where_it_was_given_a_secret(peer: Peer) -> None:
    assert peer.with_secrets().capabilities.webhooks is False
    assert peer.with_secrets("s").capabilities.webhooks is True


# -- refunds ------------------------------------------------------------------


def _about_refund(key: str, state: GatewayState) -> Callable[[WebhookWord], bool]:
    return lambda word: (
        word.kind is WebhookKind.REFUND
        and (word.key == key or word.gateway_reference == state.gateway_reference)
    )


def query(request: RefundRequest, reference: str = "") -> RefundQuery:
    return RefundQuery(request.key, reference, request.gateway_reference, request.amount)


def test_a_refund_is_told_and_found_by_either_name(peer: Peer, told: Told) -> None:
    _, taken = take(peer)
    asked = RefundRequest(new_key(), taken.gateway_reference, PART, "asked for")
    state = peer.gateway.refund(asked)
    assert (state.outcome, state.amount) == (ChargeOutcome.SUCCEEDED, PART)
    told.wait_until(_about_refund(asked.key, state))
    by_key = peer.gateway.lookup_refund(query(asked))
    by_theirs = peer.gateway.lookup_refund(RefundQuery("", state.gateway_reference))
    for found in (by_key, by_theirs):
        assert found is not None
        assert (found.outcome, found.amount) == (ChargeOutcome.SUCCEEDED, PART)
        assert found.gateway_reference == state.gateway_reference
        assert found.charge_reference == taken.gateway_reference


@pytest.mark.parametrize("fault", ["lose_reply_after_commit", "error_after_commit"])
def test_a_refund_nobody_heard_of_is_found(peer: Peer, fault: str) -> None:
    _, taken = take(peer)
    asked = RefundRequest(new_key(), taken.gateway_reference, PART, "asked for")
    peer.fail(fault, "refund")
    assert peer.gateway.refund(asked).outcome is ChargeOutcome.UNKNOWN
    found = peer.gateway.lookup_refund(query(asked))
    assert found is not None
    assert (found.outcome, found.amount) == (ChargeOutcome.SUCCEEDED, PART)
    assert peer.count_refunds(taken.gateway_reference) == 1


@pytest.mark.parametrize("fault", ["reset_before", "error_before"])
def test_a_refund_that_never_arrived_is_surely_absent(peer: Peer, fault: str) -> None:
    _, taken = take(peer)
    asked = RefundRequest(new_key(), taken.gateway_reference, PART, "asked for")
    peer.fail(fault, "refund")
    assert peer.gateway.refund(asked).outcome is ChargeOutcome.UNKNOWN
    assert peer.gateway.lookup_refund(query(asked)) is None
    assert peer.count_refunds(taken.gateway_reference) == 0


def test_a_refund_that_cannot_be_looked_up_is_unknown(peer: Peer) -> None:
    asked = RefundRequest(new_key(), "ch_any", PART, "")
    found = peer.out_of_reach().lookup_refund(query(asked, "re_any"))
    assert found is not None
    assert found.outcome is ChargeOutcome.UNKNOWN
    with pytest.raises(CannotReachGateway):
        list(peer.out_of_reach().list_refunds(datetime.now(UTC)))


def test_the_companys_book_lists_refunds(peer: Peer) -> None:
    began = datetime.now(UTC) - timedelta(seconds=2)
    _, taken = take(peer)
    asked = RefundRequest(new_key(), taken.gateway_reference, PART, "asked for")
    given = peer.gateway.refund(asked)
    (line,) = [
        line
        for line in peer.gateway.list_refunds(began)
        if line.charge_reference == taken.gateway_reference
    ]
    assert (line.key, line.gateway_reference, line.amount) == (
        asked.key,
        given.gateway_reference,
        PART,
    )
    assert line.settled_at.tzinfo is not None


# -- disputes and mandates ----------------------------------------------------


@pytest.mark.parametrize("won", [True, False])
def test_a_dispute_is_told_and_ends(peer: Peer, told: Told, won: bool) -> None:
    began = datetime.now(UTC) - timedelta(seconds=2)
    _, taken = take(peer)
    dispute = peer.dispute(taken.gateway_reference)
    told.wait_until(
        lambda word: (word.kind, word.gateway_reference) == (WebhookKind.DISPUTE, dispute)
    )
    facts = peer.gateway.lookup_dispute(dispute)
    assert facts is not None
    assert (facts.state, facts.amount) == (DisputeState.OPENED, PRICE)
    assert facts.charge_reference == taken.gateway_reference
    peer.close_dispute(dispute, won=won)
    told.wait_until(
        lambda word: (word.kind, word.gateway_reference) == (WebhookKind.DISPUTE, dispute)
    )
    end = DisputeState.WON if won else DisputeState.LOST
    assert peer.gateway.lookup_dispute(dispute) == replace(facts, state=end)
    listed = [one for one in peer.gateway.list_disputes(began) if one.gateway_reference == dispute]
    assert [one.state for one in listed] == [end]
    assert peer.gateway.capabilities.disputes is True


def test_a_dispute_that_cannot_be_looked_up(peer: Peer) -> None:
    with pytest.raises(CannotReachGateway):
        peer.out_of_reach().lookup_dispute("di_any")


def test_a_mandate_ends_once_and_stays_so(peer: Peer) -> None:
    token = mandate_of(peer)
    assert peer.gateway.mandate_status(token) is MandateStatus.ACTIVE
    assert peer.out_of_reach().mandate_status(token) is MandateStatus.UNKNOWN
    assert peer.out_of_reach().revoke_mandate(token) is False
    assert peer.gateway.revoke_mandate(token) is True
    assert peer.gateway.revoke_mandate(token) is True
    assert peer.gateway.mandate_status(token) is MandateStatus.ENDED


# -- the company itself dies --------------------------------------------------


@pytest.mark.parametrize("code", sorted(PEERS))
def test_a_company_that_was_killed_remembers(code: str, tmp_path: Path) -> None:
    with open_for_business(tmp_path) as bank:
        peer = PEERS[code](bank)
        asked = charge(peer)
        peer.fail("lose_reply_after_commit", "charge")
        assert peer.gateway.charge(asked).outcome is ChargeOutcome.UNKNOWN
        stop_bank(bank, by=signal.SIGKILL)
        assert peer.gateway.charge(asked).outcome is ChargeOutcome.NOT_SENT
        risen = start_bank(tmp_path, port=bank.port)
        try:
            found = peer.gateway.lookup(ChargeQuery(asked.key))
            assert found is not None
            assert (found.outcome, found.amount) == (ChargeOutcome.SUCCEEDED, PRICE)
            assert peer.gateway.charge(asked) == found
            assert peer.count_taken(asked.key) == 1
        finally:
            stop_bank(risen)
