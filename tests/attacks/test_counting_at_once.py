"""Counting under pressure, by real servers: two workers on LMDB, two hosts on one Redis."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import threading
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.factories.attacker import Answer, ask
from tests.factories.counting_house import CountingHouse, make_newspaper, serve_newspaper
from tests.factories.redis_server import find_server

pytestmark = pytest.mark.journey
STORIES = 210
AT_ONCE = 200
KILLS = 20
READERS = 4
ANSWERS_BETWEEN = 40
"""Answers to wait for between two kills, so that each falls into the middle of the load."""
PATIENCE = 120
COUNTED = "full; reason=within-allowance"


@pytest.fixture(scope="module")
def newspaper(tmp_path_factory):
    home = tmp_path_factory.mktemp("counting") / "home"
    return home, make_newspaper(home, STORIES)


@pytest.fixture(params=["LMDB", "Redis"])
def counting(request, newspaper, tmp_path):
    if request.param == "Redis" and find_server() is None:
        pytest.skip("no redis-server here")
    with serve_newspaper(newspaper[0], tmp_path, on_redis=request.param == "Redis") as house:
        yield house


def ask_at_once(targets: list[tuple[str, str]], cookie: str) -> list[Answer]:
    """Every request is sent before the first answer is read."""
    lines, answers = [], []
    for address, path in targets:
        where = urlsplit(address)
        line = socket.create_connection((where.hostname, where.port), PATIENCE)
        lines.append((line, f"GET {path} HTTP/1.1\r\nHost: {where.netloc}\r\nCookie: {cookie}"))
    for line, head in lines:
        line.sendall(f"{head}\r\nConnection: close\r\n\r\n".encode())
    for line, _ in lines:
        came = b""
        with line:
            while more := line.recv(65536):
                came += more
        answers.append(Answer(came))
    return answers


def test_of_200_requests_at_allowance_minus_one_exactly_one_opens(counting, newspaper):
    paths = newspaper[1]
    addresses = [host.address for host in counting.hosts]
    reader_key, cookie = counting.make_device()
    for number, path in enumerate(paths[:4]):
        answer = ask(addresses[number % len(addresses)], "GET", path, ("Cookie", cookie))
        assert answer.verdict == f"{COUNTED}; used={number + 1}; limit=5"
    targets = [(addresses[n % len(addresses)], path) for n, path in enumerate(paths[4:204])]
    answers = ask_at_once(targets, cookie)
    assert Counter(answer.verdict for answer in answers) == {
        f"{COUNTED}; used=5; limit=5": 1,
        "preview; reason=allowance-spent; used=5; limit=5": AT_ONCE - 1,
    }
    opened = next(
        target[1] for target, got in zip(targets, answers, strict=True) if "full" in got.verdict
    )
    with counting.open_store() as store:
        assert store.list_reads(counting.tally, reader_key) == tuple(
            map(number_of, [*paths[:4], opened])
        )


def number_of(path: str) -> int:
    return int(path.strip("/").rpartition("-")[2])


class Load:
    """Readers who open five stories each and then become somebody else, until told to stop."""

    def __init__(self, house: CountingHouse, paths: list[str]) -> None:
        self.house = house
        self.paths = paths
        self.answered: dict[str, list[tuple[int, int]]] = {}
        """By reader: the stories that were answered as counted, and the ``used`` of each."""
        self.lost: dict[str, set[int]] = {}
        self.answers = 0
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self.read, args=(n,)) for n in range(READERS)]

    def read(self, seed: int) -> None:
        chance = random.Random(seed)
        while not self.stopping.is_set():
            reader_key, cookie = self.house.make_device()
            answered = self.answered.setdefault(reader_key, [])
            lost = self.lost.setdefault(reader_key, set())
            for path in chance.sample(self.paths, 5):
                address = chance.choice(self.house.hosts).address
                verdict = ""
                with contextlib.suppress(OSError):
                    verdict = ask(address, "GET", path, ("Cookie", cookie)).verdict
                if verdict.startswith(COUNTED):
                    used = int(verdict.partition("used=")[2].partition(";")[0])
                    answered.append((number_of(path), used))
                    self.answers += 1
                else:
                    lost.add(number_of(path))

    def await_answers(self, many: int) -> None:
        wanted, last = self.answers + many, time.monotonic() + PATIENCE
        while self.answers < wanted:
            assert time.monotonic() < last, "no answers any more"
            time.sleep(0.01)


def list_workers(house: CountingHouse) -> list[int]:
    """The processes that serve pages, of all hosts: granians whose parent is one."""
    granians = {}
    for host in house.hosts:
        for pid in host.descendants():
            with contextlib.suppress(OSError):
                if b"granian" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    stat = Path(f"/proc/{pid}/stat").read_text()
                    granians[pid] = int(stat.rpartition(")")[2].split()[1])
    return [pid for pid, parent in granians.items() if parent in granians]


@pytest.mark.slow
def test_a_worker_killed_twenty_times_loses_no_answered_count_and_doubles_none(counting, newspaper):
    load = Load(counting, newspaper[1])
    whole = len(list_workers(counting))
    assert whole == 2
    chance = random.Random(20)
    for thread in load.threads:
        thread.start()
    try:
        for _ in range(KILLS):
            load.await_answers(ANSWERS_BETWEEN)
            os.kill(chance.choice(list_workers(counting)), signal.SIGKILL)
            last = time.monotonic() + PATIENCE
            while len(list_workers(counting)) < whole:
                assert time.monotonic() < last, "the worker did not come back"
                time.sleep(0.05)
        load.await_answers(ANSWERS_BETWEEN)
    finally:
        load.stopping.set()
        for thread in load.threads:
            thread.join(PATIENCE)
    assert sum(map(len, load.lost.values())) > 0, "no kill met a request"
    with counting.open_store() as store:
        for reader_key, answered in load.answered.items():
            held = store.list_reads(counting.tally, reader_key)
            counted = {story for story, _ in answered}
            assert len(held) == len(set(held)) <= 5
            assert counted <= set(held) <= counted | load.lost[reader_key]
            if not load.lost[reader_key]:
                assert [used for _, used in answered] == [1, 2, 3, 4, 5]
