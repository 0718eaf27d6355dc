"""kill -9 where money is on its way to or from Stripe, then start again and let it heal.

The points are those of ``test_killed_between_charge_and_record``; here the company is Stripe's
stand-in, reached by Stripe's own library, and what was lost is found by walking its lists.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.factories.newspaper import Newspaper, copy_newspaper, open_bank_of
from tests.factories.stripe_peer import PAYS, StripePeer, stripe_peer

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("killed at stripe")]
PRICE = 90_000


@contextmanager
def at_stripe(paper: Newspaper) -> Iterator[StripePeer]:
    """The paper's stand-in, running, and the paper told of it."""
    with open_bank_of(paper) as bank:
        peer = stripe_peer(bank)
        paper.more = {
            "BROADSHEET_STRIPE_KEY": peer.gateway.key,
            "BROADSHEET_STRIPE_ADDRESS": peer.gateway.address,
        }
        yield peer


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Newspaper:
    paper = Newspaper(tmp_path_factory.mktemp("fresh"))
    paper.do("prepare")
    return paper


@pytest.fixture(scope="module")
def subscribed(fresh: Newspaper, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newspaper]:
    with copy_newspaper(fresh, tmp_path_factory.mktemp("subscribed")) as paper:
        with at_stripe(paper) as peer:
            assert peer.pay(paper.do("press_subscribe"), PAYS).status_code == 303
            assert paper.do("come_back") == "succeeded"
        yield paper


def assert_sold_once(peer: StripePeer, told: Any, *, terms: int) -> None:
    taken = (
        "SELECT json_extract(body, '$.amount_captured') FROM stripe_object WHERE kind = 'charge'"
    )
    assert peer.bank.rows(taken) == [(PRICE,)] * terms
    assert (told["mismatched"], told["broken"], told["ledger"], told["open"]) == ([], [], 0, 0)
    assert (told["cash"], told["payments"]) == (PRICE * terms, terms)
    assert told["terms"] == [[seq, "paid"] for seq in range(1, terms + 1)]


@pytest.mark.parametrize("point", [3, 4])
def test_killed_while_opening_stripes_page(fresh: Newspaper, tmp_path: Path, point: int) -> None:
    with copy_newspaper(fresh, tmp_path / "home") as paper, at_stripe(paper) as peer:
        paper.die_doing("press_subscribe", at=point)
        assert peer.pay(paper.do("press_subscribe+300"), PAYS).status_code == 303
        assert_sold_once(peer, paper.do("heal+310", "tell+320"), terms=1)


@pytest.mark.parametrize("point", [3, 4])
@pytest.mark.parametrize(
    "fault",
    [
        "",
        pytest.param("lose_reply_after_commit", marks=pytest.mark.slow),
        pytest.param("error_kept", marks=pytest.mark.slow),
    ],
)
def test_killed_while_renewing_at_stripe(
    subscribed: Newspaper, tmp_path: Path, point: int, fault: str
) -> None:
    with copy_newspaper(subscribed, tmp_path / "home") as paper, at_stripe(paper) as peer:
        if fault:
            peer.fail(fault, "charge")
        paper.die_doing("renew", at=point)
        told = paper.do("heal+300", "heal+900", "heal+4000", "tell+4010")
        assert_sold_once(peer, told, terms=2)
