"""The long proof: a crowd renews while runner, reaper and bank are killed at random.

The bank loses replies and answers 500 after taking the money besides. At the end everybody has
been charged once, in the bank's own file, and the newspaper's books know it.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.factories.bank import RunningBank, start_bank, stop_bank
from tests.factories.newspaper import Newspaper, own_database

pytestmark = [pytest.mark.slow, pytest.mark.db]
CROWD = 150
KILLS = 25
TROUBLES = ("lose_reply_after_commit", "error_after_commit", "reset_before", "error_before", "busy")


@pytest.fixture
def paper(tmp_path: Path) -> Iterator[Newspaper]:
    with own_database(os.environ.get("BROADSHEET_DATABASE_URL", ""), "template1") as url:
        paper = Newspaper(tmp_path / "home", url)
        (paper.home / "bank").mkdir(parents=True)
        yield paper


def test_a_crowd_is_charged_once_each_whatever_dies(paper: Newspaper) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    chance = random.Random(seed)
    bank = start_bank(paper.home / "bank")
    paper.bank_url = bank.address
    try:
        paper.do("prepare", f"gather+{CROWD}")
        assert bank.count_taken() == CROWD
        later = 0
        for _ in range(KILLS):
            bank = _let_something_die(paper, bank, chance, later)
            later += 400
        httpx.delete(f"{bank.address}/faults", headers=bank.headers)
        for _ in range(12):
            paper.do(f"renew+{later}", f"heal+{later + 400}")
            later += 1000
        told = paper.do(f"tell+{later}")
    finally:
        stop_bank(bank)
    assert bank.rows(
        "SELECT taken, count(*) FROM (SELECT count(*) AS taken FROM charge"
        " WHERE state = 'succeeded' GROUP BY mandate) GROUP BY taken"
    ) == [(2, CROWD)]
    assert (told["mismatched"], told["broken"], told["ledger"], told["open"]) == ([], [], 0, 0)
    assert told["cash"] == 2 * CROWD * 90_000
    assert told["payments"] == 2 * CROWD
    assert told["subscriptions"] == ["active"] * CROWD
    assert sorted(map(tuple, told["terms"])) == [(1, "paid")] * CROWD + [(2, "paid")] * CROWD
    assert told["held"] == [["ad-free", "premium", "unlimited"]] * (2 * CROWD)


def _let_something_die(
    paper: Newspaper, bank: RunningBank, chance: random.Random, later: int
) -> RunningBank:
    """Renew or heal for a while among troubles, then kill it, and now and then the bank."""
    faults = [
        {"kind": chance.choice(TROUBLES), "deed": chance.choice(["charge", "charge", "lookup"])}
        for _ in range(chance.randrange(4))
    ]
    bank.post("/faults", faults).raise_for_status()
    doing = paper.begin(f"renew+{later}", f"heal+{later + 200}")
    taken, enough = bank.count_taken(), chance.randrange(1, 12)
    while doing.poll() is None and bank.count_taken() < taken + enough:
        try:
            doing.wait(chance.uniform(0.05, 0.4))
        except subprocess.TimeoutExpired:
            if bank.count_taken() == taken and chance.random() < 0.02:
                break
    if chance.random() < 0.3:
        stop_bank(bank, by=signal.SIGKILL)
        bank = start_bank(paper.home / "bank", port=bank.port)
    doing.kill()
    doing.wait(20)
    return bank
