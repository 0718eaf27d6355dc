"""Stripe's adapter against the stand-in, beyond what the suite of all gateways asks."""

from __future__ import annotations

import logging
import subprocess
import sys
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
from broadsheet.apps.payments.gateways.stripe import adapter, wire
from broadsheet.domain.charge import ChargeOutcome, DeclineKind
from broadsheet.domain.money import Money
from broadsheet.plumbing.outbound import NoAnswer
from tests.factories.bank import RunningBank, open_for_business
from tests.factories.stripe_peer import DECLINED, INDIAN, LATE, PAYS, StripePeer, stripe_peer

pytestmark = pytest.mark.journey
PRICE = Money(90_000, "INR")
REFUSES_LATER = "4000 0000 0000 0341"
ASKS_EACH_TIME = "4000 0027 6000 3184"


@pytest.fixture
def peer(bank: RunningBank) -> StripePeer:
    return stripe_peer(bank)


@pytest.fixture
def timely(tmp_path: Path) -> Iterator[StripePeer]:
    """A stand-in of one's own, whose clock may be moved."""
    with open_for_business(tmp_path) as bank:
        yield stripe_peer(bank)


def new_key() -> str:
    return f"bs-{uuid.uuid4()}-1"


def open_page(peer: StripePeer, **changes: object) -> tuple[CheckoutRequest, str]:
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


def look(peer: StripePeer, key: str, reference: str = "", **more: object) -> GatewayState:
    state = peer.gateway.lookup(ChargeQuery(key, reference, **more))
    assert state is not None
    return state


def leave_mandate(peer: StripePeer, number: str = PAYS) -> str:
    asked, url = open_page(peer)
    if peer.pay(url, number).headers["Location"].endswith("/ask/"):
        peer.answer_bank(url, "confirm")
    state = look(peer, asked.key)
    assert state.mandate is not None, state
    return state.mandate.token


def renewal(token: str, **changes: object) -> ChargeRequest:
    asked = ChargeRequest(key=new_key(), amount=PRICE, description="Renewal", mandate_token=token)
    return replace(asked, **changes)


# -- the page -------------------------------------------------------------------------


def test_declined_then_paid_on_the_same_page(peer: StripePeer) -> None:
    asked, url = open_page(peer)
    peer.pay(url, DECLINED)
    waiting = look(peer, asked.key)
    assert (waiting.outcome, waiting.gateway_reference[:3]) == (ChargeOutcome.PENDING, "cs_")
    peer.pay(url, PAYS)
    paid = look(peer, asked.key, waiting.gateway_reference)
    assert (paid.outcome, paid.amount) == (ChargeOutcome.SUCCEEDED, PRICE)
    assert paid.gateway_reference.startswith("pi_")
    assert look(peer, asked.key, paid.gateway_reference) == paid
    assert peer.count_taken(asked.key) == 1


def test_a_declined_try_on_an_open_page_is_no_end_whoever_asks(peer: StripePeer) -> None:
    """A webhook names the intent, though the reader may yet try another card."""
    asked, url = open_page(peer)
    peer.pay(url, DECLINED)
    intent = peer.bank.rows(
        "SELECT id FROM stripe_object WHERE kind = 'payment_intent' ORDER BY seq DESC LIMIT 1"
    )[0][0]
    assert look(peer, asked.key, intent).outcome is ChargeOutcome.PENDING
    assert look(peer, "", intent).outcome is ChargeOutcome.PENDING


def test_the_holder_refuses_and_leaves(peer: StripePeer) -> None:
    asked, url = open_page(peer)
    peer.pay(url, INDIAN)
    assert peer.answer_bank(url, "refuse").status_code == 422
    assert look(peer, asked.key).outcome is ChargeOutcome.PENDING
    assert peer.gateway.void_checkout(ChargeQuery(asked.key)).decline_code == "voided"
    assert peer.count_taken(asked.key) == 0


@pytest.mark.parametrize("succeeded", [True, False])
def test_a_late_answer_on_a_page(peer: StripePeer, succeeded: bool) -> None:
    asked, url = open_page(peer)
    assert peer.pay(url, LATE).status_code == 303
    assert look(peer, asked.key).outcome is ChargeOutcome.PENDING
    # The page is done; closing it comes too late and changes nothing.
    assert peer.gateway.void_checkout(ChargeQuery(asked.key)).outcome is ChargeOutcome.PENDING
    peer.settle(asked.key, succeeded=succeeded)
    state = look(peer, asked.key)
    assert state.outcome is (ChargeOutcome.SUCCEEDED if succeeded else ChargeOutcome.DECLINED)
    assert peer.count_taken(asked.key) == int(succeeded)


def test_another_ones_reference_is_not_ours(peer: StripePeer) -> None:
    asked, url = open_page(peer)
    peer.pay(url, PAYS)
    theirs = look(peer, asked.key).gateway_reference
    assert peer.gateway.lookup(ChargeQuery(new_key(), theirs)) is None
    refund = RefundRequest(new_key(), theirs, PRICE, "asked for")
    given = peer.gateway.refund(refund)
    assert peer.gateway.lookup_refund(RefundQuery(new_key(), given.gateway_reference)) is None
    assert peer.gateway.lookup_refund(RefundQuery(refund.key, given.gateway_reference)) == given


def test_nothing_older_than_the_charge_is_looked_through(peer: StripePeer) -> None:
    asked, _ = open_page(peer)
    before, after = datetime.now(UTC) - timedelta(hours=2), datetime.now(UTC) + timedelta(hours=2)
    assert look(peer, asked.key, not_before=before).outcome is ChargeOutcome.PENDING
    assert peer.gateway.lookup(ChargeQuery(asked.key, not_before=after)) is None


def test_more_than_can_be_looked_through_proves_nothing(
    peer: StripePeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "PAGE", 2)
    monkeypatch.setattr(wire, "MOST_PAGES", 2)
    first, _ = open_page(peer)
    for _ in range(4):
        asked, _ = open_page(peer)
    assert look(peer, asked.key).outcome is ChargeOutcome.PENDING
    assert look(peer, first.key).outcome is ChargeOutcome.UNKNOWN


# -- charging a mandate -------------------------------------------------------------------


def test_an_indian_charge_waits_for_its_notice(timely: StripePeer) -> None:
    peer = timely
    token = leave_mandate(peer, INDIAN)
    assert token.count("/") == 2
    asked = renewal(token)
    waiting = peer.gateway.charge(asked)
    assert (waiting.outcome, waiting.gateway_reference[:3]) == (ChargeOutcome.PENDING, "pi_")
    assert look(peer, asked.key, mandate_token=token) == waiting
    peer.control("clock", advance=str(26 * 3600))
    assert look(peer, asked.key, waiting.gateway_reference).outcome is ChargeOutcome.SUCCEEDED
    above = peer.gateway.charge(renewal(token, amount=Money(1_500_001, "INR")))
    assert (above.decline_code, above.decline_kind) == ("authentication_required", DeclineKind.HARD)


@pytest.mark.parametrize(
    ("number", "code", "kind"),
    [
        (REFUSES_LATER, "generic_decline", DeclineKind.SOFT),
        (ASKS_EACH_TIME, "authentication_required", DeclineKind.HARD),
    ],
)
def test_a_card_that_paid_and_is_declined_later(
    peer: StripePeer, number: str, code: str, kind: DeclineKind
) -> None:
    token = leave_mandate(peer, number)
    asked = renewal(token)
    state = peer.gateway.charge(asked)
    assert (state.outcome, state.decline_code, state.decline_kind) == (
        ChargeOutcome.DECLINED,
        code,
        kind,
    )
    assert look(peer, asked.key, state.gateway_reference) == state
    assert peer.count_taken(asked.key) == 0


def test_an_error_that_stripe_keeps_hides_no_money(peer: StripePeer) -> None:
    """Stripe repeats its first answer under a key, a 500 too: only the look-up tells."""
    token = leave_mandate(peer)
    asked = renewal(token)
    peer.fail("error_kept", "charge")
    assert peer.gateway.charge(asked).outcome is ChargeOutcome.UNKNOWN
    assert peer.gateway.charge(asked).outcome is ChargeOutcome.UNKNOWN
    found = look(peer, asked.key, mandate_token=token)
    assert (found.outcome, found.amount) == (ChargeOutcome.SUCCEEDED, PRICE)
    assert peer.count_taken(asked.key) == 1


def test_a_repeat_in_flight_is_unknown(peer: StripePeer) -> None:
    asked = renewal(leave_mandate(peer))
    peer.fail("in_flight", "charge", seconds=3600)
    impatient = replace(peer.gateway, answer_seconds=1.0)
    assert impatient.charge(asked).outcome is ChargeOutcome.UNKNOWN
    assert peer.gateway.charge(asked).outcome is ChargeOutcome.UNKNOWN
    assert peer.count_taken(asked.key) == 0


# -- mandates, disputes, the book -------------------------------------------------------------


@pytest.mark.parametrize("number", [PAYS, INDIAN])
def test_a_mandate_is_revoked_once_and_for_all(peer: StripePeer, number: str) -> None:
    token = leave_mandate(peer, number)
    assert peer.gateway.mandate_status(token) is MandateStatus.ACTIVE
    peer.fail("lose_reply_after_commit", "*")
    assert peer.gateway.revoke_mandate(token) is True
    assert peer.gateway.revoke_mandate(token) is True
    assert peer.gateway.mandate_status(token) is MandateStatus.ENDED
    state = peer.gateway.charge(renewal(token))
    assert (state.outcome, state.decline_kind) == (ChargeOutcome.DECLINED, DeclineKind.HARD)


def test_a_mandate_of_a_company_out_of_reach(peer: StripePeer) -> None:
    token = leave_mandate(peer)
    away = peer.out_of_reach()
    assert away.mandate_status(token) is MandateStatus.UNKNOWN
    assert away.revoke_mandate(token) is False
    assert peer.gateway.mandate_status(token) is MandateStatus.ACTIVE


@pytest.mark.parametrize(("won", "ended"), [(True, DisputeState.WON), (False, DisputeState.LOST)])
def test_a_dispute_is_told_as_it_stands(peer: StripePeer, won: bool, ended: DisputeState) -> None:
    began = datetime.now(UTC)
    taken = peer.gateway.charge(renewal(leave_mandate(peer)))
    opened = peer.control("disputes", payment_intent=taken.gateway_reference)
    facts = peer.gateway.lookup_dispute(opened["id"])
    assert facts is not None
    assert (facts.state, facts.charge_reference, facts.amount) == (
        DisputeState.OPENED,
        taken.gateway_reference,
        PRICE,
    )
    assert [one for one in peer.gateway.list_disputes(began) if one == facts] == [facts]
    peer.control(f"disputes/{opened['id']}/close", won=str(won).lower())
    closed = peer.gateway.lookup_dispute(opened["id"])
    assert closed is not None
    assert closed.state is ended
    assert peer.gateway.lookup_dispute("du_none") is None


def test_the_book_is_read_oldest_first_in_small_pieces(
    timely: StripePeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    peer = timely
    token = leave_mandate(peer)
    began = datetime.now(UTC)
    first = [peer.gateway.charge(renewal(token)).gateway_reference for _ in range(7)]
    peer.control("clock", advance="3600")
    then = [peer.gateway.charge(renewal(token)).gateway_reference for _ in range(3)]
    monkeypatch.setattr("broadsheet.apps.payments.gateways.stripe.book.PAGE", 2)
    later = replace(peer.gateway, clock=lambda: datetime.now(UTC) + timedelta(hours=2))
    lines = list(later.list_settled(began))
    ours = [line.gateway_reference for line in lines if line.gateway_reference in {*first, *then}]
    assert ours == first + then
    for name in first[:3]:
        peer.gateway.refund(RefundRequest(new_key(), name, PRICE, "asked for"))
    given = [line.charge_reference for line in later.list_refunds(began)]
    assert given[-3:] == first[:3]


# -- limits, secrets, set-up ---------------------------------------------------------------------


def test_the_key_and_the_readers_card_reach_no_log(
    peer: StripePeer, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        token = leave_mandate(peer)
        peer.gateway.charge(renewal(token))
        peer.with_wrong_key().charge(renewal(token))
        peer.out_of_reach().health()
    written = caplog.text + repr(peer.gateway)
    for secret in (peer.gateway.key, "sk_test_not_the_key", "_secret_", token.partition("/")[0]):
        assert secret not in written


def test_no_call_outlasts_its_limit(peer: StripePeer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "WHOLE_SECONDS", 0.2)
    with pytest.raises(NoAnswer, match="no time left"):
        peer.gateway._wire().ask(lambda v1: v1.events.list({}))


def test_it_is_offered_where_a_key_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "stripe" not in list_gateways()
    plant = replace(django_settings.PLANT, stripe_key="sk_test_x", stripe_address="http://s")
    monkeypatch.setattr(django_settings, "PLANT", plant)
    assert "stripe" in list_gateways()
    gateway = open_gateway("stripe")
    assert (gateway.code, gateway.capabilities.notice) == ("stripe", timedelta(hours=48))


def test_without_its_library_the_message_says_what_to_install() -> None:
    """In a process of its own, whose import of the library fails."""
    code = (
        "import sys; sys.modules['stripe'] = None\n"
        "import django; django.setup()\n"
        "from broadsheet.apps.payments.gateways import open_gateway\n"
        "try:\n    open_gateway('stripe')\nexcept Exception as error:\n    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={
            "DJANGO_SETTINGS_MODULE": "broadsheet.settings",
            "BROADSHEET_HOME": str(django_settings.PLANT.home),
            "BROADSHEET_STRIPE_KEY": "sk_test_x",
            "PATH": "/usr/bin:/bin",
        },
    )
    assert "pip install 'broadsheet[stripe]'" in done.stdout
    assert adapter.StripeGateway.__name__ == "StripeGateway"
