"""kill -9 at each numbered point of a refund, and many at once: given back once, never too much."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from broadsheet.plumbing.crash import REFUND_POINTS
from tests.factories.bank import RunningBank
from tests.factories.newspaper import Newspaper, copy_newspaper, open_bank_of, own_database

pytestmark = [pytest.mark.journey, pytest.mark.xdist_group("killed")]
PRICE, PART = 90_000, 30_000


@pytest.fixture(scope="module")
def subscribed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Newspaper]:
    """A newspaper with one reader who has paid."""
    with own_database(os.environ.get("BROADSHEET_DATABASE_URL", ""), "template1") as url:
        paper = Newspaper(tmp_path_factory.mktemp("subscribed"), url)
        paper.do("prepare")
        with open_bank_of(paper) as bank:
            bank.decide(paper.do("press_subscribe"), "approve")
            assert paper.do("come_back") == "succeeded"
        yield paper


@pytest.fixture
def paper(subscribed: Newspaper, tmp_path: Path) -> Iterator[Newspaper]:
    with copy_newspaper(subscribed, tmp_path / "home") as copied:
        yield copied


@pytest.fixture
def bank(paper: Newspaper) -> Iterator[RunningBank]:
    with open_bank_of(paper) as running:
        yield running


def given(bank: RunningBank) -> list[int]:
    return [row[0] for row in bank.rows("SELECT amount FROM refund WHERE state = 'succeeded'")]


def assert_books_agree(paper: Newspaper, *, cash: int) -> None:
    told = paper.do("tell+9000")
    assert (told["mismatched"], told["broken"], told["ledger"]) == ([], [], 0)
    assert told["cash"] == cash


OFTEN = (9,)
"""Between the wire and its record, where it hurts most; the others under ``make prove``."""


@pytest.mark.parametrize(
    "point",
    [
        point if point in OFTEN else pytest.param(point, marks=pytest.mark.slow)
        for point in REFUND_POINTS
    ],
)
def test_killed_while_giving_back(paper: Newspaper, bank: RunningBank, point: int) -> None:
    paper.do("promise_back")
    paper.die_doing("give_back+10", at=point)
    assert given(bank) == ([] if point < 9 else [PART])
    assert paper.do("give_back+600", "give_back+8000") == ["succeeded"]
    assert given(bank) == [PART]
    assert_books_agree(paper, cash=PRICE - PART)


def test_killed_though_the_reply_was_lost_before(paper: Newspaper, bank: RunningBank) -> None:
    bank.script("lose_reply_after_commit", "refund")
    paper.do("promise_back")
    assert paper.do("give_back+10") == ["unknown"]
    paper.die_doing("give_back+600", at=10)
    assert paper.do("give_back+8000") == ["succeeded"]
    assert given(bank) == [PART]
    assert_books_agree(paper, cash=PRICE - PART)


def test_many_at_once_promise_and_give_back_no_more_than_was_paid(
    paper: Newspaper, bank: RunningBank
) -> None:
    for deed in ("promise_bits", "give_back+10"):
        for process in [paper.begin(deed) for _ in range(3)]:
            assert process.wait(120) == 0
    assert paper.do("give_back+8000") == ["succeeded"] * 9
    assert given(bank) == [PRICE // 9] * 9
    assert_books_agree(paper, cash=0)
