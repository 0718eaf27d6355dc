"""The long proof: a crowd renews while runners, reaper and bank are killed, at random and by number.

The bank loses replies, answers 500 after taking the money and is out of reach besides. At the end
everybody has been charged once, in the bank's own file, and the newspaper's books know it, to the
paisa.
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from broadsheet.plumbing.crash import POINTS
from tests.factories.bank import RunningBank, start_bank, stop_bank
from tests.factories.newspaper import Newspaper, own_database

pytestmark = pytest.mark.db
PRICE = 90_000
TROUBLES = ("lose_reply_after_commit", "error_after_commit", "reset_before", "error_before", "busy")
RENEWING_POINTS = [point for point in POINTS if point > 1]
ROUND = 400
"""Seconds from one round to the next: past every lease."""
LAST_ROUNDS = 40


@pytest.fixture
def paper(tmp_path: Path) -> Iterator[Newspaper]:
    with own_database(os.environ.get("BROADSHEET_DATABASE_URL", ""), "template1") as url:
        paper = Newspaper(tmp_path / "home", url)
        paper.more = {"BROADSHEET_CHARGES_PER_SECOND": "5000"}
        (paper.home / "bank").mkdir(parents=True)
        yield paper


@pytest.mark.slow
def test_a_small_crowd_is_charged_once_each(paper: Newspaper) -> None:
    soak(paper, size=40, runners=2, kills=4, points=[4, 5])


@pytest.mark.slow
@pytest.mark.parametrize("runners", [1, 2])
def test_ten_thousand_are_charged_once_each_whatever_dies(paper: Newspaper, runners: int) -> None:
    soak(paper, size=10_000, runners=runners, kills=30, points=RENEWING_POINTS * 3)


def soak(paper: Newspaper, *, size: int, runners: int, kills: int, points: list[int]) -> None:
    """Renew a crowd among ``kills`` at random and one at each of ``points``; then lay the books
    beside the bank's.
    """
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    chance = random.Random(seed)
    open_accounts(paper, paper.do(f"crowd+{size}"))
    bank = start_bank(paper.home / "bank")
    paper.bank_url = bank.address
    deaths: list[int | None] = [*points, *[None] * kills]
    chance.shuffle(deaths)
    later = 0
    try:
        for point in deaths:
            bank = let_something_die(paper, bank, chance, later, runners, point, size)
            later += ROUND
        httpx.delete(f"{bank.address}/faults", headers=bank.headers)
        told = heal(paper, later)
        assert_charged_once(bank, told, size)
    finally:
        stop_bank(bank)


def open_accounts(paper: Newspaper, tokens: list[str]) -> None:
    """Write the readers' mandates in the bank's file, as if each had opened an account before."""
    stop_bank(start_bank(paper.home / "bank"))
    with sqlite3.connect(paper.home / "bank" / "bank.sqlite3") as book:
        book.executemany(
            "INSERT INTO mandate (reference, currency, display, state, created_at)"
            " VALUES (?, 'INR', ?, 'active', ?)",
            [(token, f"account {token}", time.time()) for token in tokens],
        )
    book.close()


def let_something_die(
    paper: Newspaper,
    bank: RunningBank,
    chance: random.Random,
    later: int,
    runners: int,
    point: int | None,
    size: int,
) -> RunningBank:
    """Renew and heal for a while among troubles, then kill the runners, now and then the bank."""
    faults = [
        {"kind": chance.choice(TROUBLES), "deed": chance.choice(["charge", "charge", "lookup"])}
        for _ in range(chance.randrange(4))
    ]
    bank.post("/faults", faults).raise_for_status()
    doing = [paper.begin(f"renew+{later}", f"heal+{later + 200}", crash_at=point)]
    doing += [paper.begin(f"renew+{later}", f"heal+{later + 200}") for _ in range(runners - 1)]
    taken, enough = bank.count_taken(), chance.randrange(1, max(2, size // 20))
    while doing[0].poll() is None and (point or bank.count_taken() < taken + enough):
        try:
            doing[0].wait(chance.uniform(0.05, 0.4))
        except subprocess.TimeoutExpired:
            if bank.count_taken() == taken and chance.random() < 0.02:
                break
    if chance.random() < 0.3:
        stop_bank(bank, by=signal.SIGKILL)
        bank = start_bank(paper.home / "bank", port=bank.port)
    for process in doing:
        process.kill()
        process.wait(20)
    return bank


def heal(paper: Newspaper, later: int) -> Any:
    """What the worker does by itself, until every charge has found its end."""
    told: Any = {}
    for _ in range(LAST_ROUNDS):
        later += 7 * 3600
        told = paper.do(f"renew+{later}", f"heal+{later + ROUND}", f"books+{later + 2 * ROUND}")
        if not told["open"] and len(told["subscriptions"]) == 1:
            return told
    return told


def assert_charged_once(bank: RunningBank, told: Any, size: int) -> None:
    assert bank.rows(
        "SELECT taken, amount, count(*) FROM (SELECT count(*) AS taken, sum(amount) AS amount"
        " FROM charge WHERE state = 'succeeded' GROUP BY mandate) GROUP BY taken, amount"
    ) == [(1, PRICE, size)]
    assert told == {
        "mismatched": [],
        "broken": [],
        "ledger": 0,
        "cash": PRICE * size,
        "payments": size,
        "open": 0,
        "subscriptions": [["active", 2, size]],
        "terms": [[1, "given", size], [2, "paid", size]],
    }
