"""What is true of the store in Redis alone: a Redis that hangs, dies, is full or forgets."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

from broadsheet.counters.contract import StoreUnavailable, Tally
from broadsheet.counters.remote import ATTEMPTS, KEPT, RemoteStore
from broadsheet.domain.meter import Reads
from tests.factories.redis_server import find_server, serve_redis

pytestmark = [
    pytest.mark.pure,
    pytest.mark.skipif(find_server() is None, reason="no redis-server here"),
]
MONTH = Tally("2026-11")
WEEK = Tally("rolling-7", 994, 1000)
HEALS_WITHIN = 10


@pytest.fixture
def redis():
    with serve_redis() as running:
        yield running


@pytest.fixture
def store(redis):
    store = RemoteStore(redis.url)
    yield store
    store.close()


def deeds(store):
    """Every verb of the contract."""
    return {
        "consume": lambda: store.consume(MONTH, "d1", 11, 5),
        "consume by day": lambda: store.consume(WEEK, "d1", 11, 5),
        "peek": lambda: store.peek(MONTH, "d1", 11),
        "list_reads": lambda: store.list_reads(MONTH, "d1"),
        "unite": lambda: store.unite(MONTH, source="d1", into="r1", fresh="d2"),
        "give_back": lambda: store.give_back(MONTH, "d1", 11, most=1),
        "count_given_back": lambda: store.count_given_back(MONTH, "d1"),
        "admit": lambda: store.admit("n1", "d1", 5, 1000),
        "touch": lambda: store.touch("r1", "d1", 1000.0, within=60.0, most=2),
        "check": store.check,
    }


def await_healing(store):
    last = time.monotonic() + HEALS_WITHIN
    while True:
        try:
            return store.consume(MONTH, "d1", 12, 5)
        except StoreUnavailable:
            assert time.monotonic() < last
            time.sleep(0.01)


def test_a_redis_that_is_not_there_is_no_count(redis, store):
    redis.end()
    for deed in deeds(store).values():
        store._try_at = 0.0
        with pytest.raises(StoreUnavailable, match="Connection refused"):
            deed()


def test_a_redis_that_hangs_holds_up_one_request_and_no_more(redis, store, monkeypatch):
    monkeypatch.setattr("broadsheet.counters.remote.REST_SECONDS", 60.0)
    store.consume(MONTH, "d1", 11, 5)
    os.kill(redis.process.pid, signal.SIGSTOP)
    try:
        with pytest.raises(StoreUnavailable, match="no answer within 0.25 s"):
            store.consume(MONTH, "d1", 12, 5)
        shut_until = store._try_at
        for deed in deeds(store).values():
            with pytest.raises(StoreUnavailable, match="no answer"):
                deed()
        assert store._try_at == shut_until, "none of them asked"
        assert store._idle == []
    finally:
        os.kill(redis.process.pid, signal.SIGCONT)
    store._try_at = time.monotonic()
    monkeypatch.undo()
    assert await_healing(store).before in {1, 2}
    assert store.list_reads(MONTH, "d1") == (11, 12)


def test_when_the_rest_is_over_one_request_tries_and_the_others_do_not_wait(
    redis, store, monkeypatch
):
    monkeypatch.setattr("broadsheet.counters.remote.REST_SECONDS", 60.0)
    store.check()
    os.kill(redis.process.pid, signal.SIGSTOP)
    try:
        with pytest.raises(StoreUnavailable):
            store.check()
        store._try_at = time.monotonic()
        asked = []
        ask = store._ask_any
        store._ask_any = lambda command: asked.append(command) or ask(command)
        threads = [threading.Thread(target=_refused, args=(store,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(asked) == 1
    finally:
        os.kill(redis.process.pid, signal.SIGCONT)


def _refused(store):
    with pytest.raises(StoreUnavailable):
        store.check()


def test_a_redis_killed_and_begun_anew_is_asked_again_and_learns_its_scripts(redis, store):
    for deed in deeds(store).values():
        deed()
    redis.end()
    with pytest.raises(StoreUnavailable):
        store.consume(MONTH, "d1", 11, 5)
    redis.begin()
    assert await_healing(store) == Reads(0, already=False)
    assert store.consume(WEEK, "d1", 11, 5) == Reads(0, already=False)
    assert store.unite(MONTH, source="d1", into="r1", fresh="d2") == 1
    assert store.give_back(MONTH, "d1", 12, most=1) is True
    assert store.admit("n1", "d1", 5, 1000) is True
    assert store.touch("r1", "d1", 1000.0, within=60.0, most=2) is True


def test_a_connection_that_redis_closed_meanwhile_is_no_trouble(redis, store):
    store.consume(MONTH, "d1", 11, 5)
    redis.ask("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    assert store.consume(MONTH, "d1", 12, 5) == Reads(1, already=False)


def test_a_full_redis_counts_nothing_new_and_still_knows_what_was_read(redis, store):
    store.consume(MONTH, "d1", 11, 5)
    store.consume(WEEK, "d1", 11, 5)
    redis.ask("CONFIG", "SET", "maxmemory", "1")
    for deed in (
        lambda: store.consume(MONTH, "d1", 12, 5),
        lambda: store.consume(WEEK, "d1", 12, 5),
        lambda: store.unite(MONTH, source="d1", into="r1", fresh="d2"),
        lambda: store.admit("n1", "d1", 5, 1000),
    ):
        with pytest.raises(StoreUnavailable, match="OOM"):
            deed()
    assert store.consume(MONTH, "d1", 11, 5) == Reads(1, already=True)
    assert store.list_reads(MONTH, "d1") == (11,)
    redis.ask("CONFIG", "SET", "maxmemory", "0")
    assert store.consume(MONTH, "d1", 12, 5) == Reads(1, already=False)


def test_a_key_of_another_kind_is_no_count_for_its_reader_alone(redis, store):
    redis.ask("LPUSH", "bs:{2026-11}read:d1", "x")
    with pytest.raises(StoreUnavailable, match="WRONGTYPE"):
        store.consume(MONTH, "d1", 11, 5)
    assert store.consume(MONTH, "d2", 11, 5) == Reads(0, already=False)


def test_a_server_that_may_no_longer_write_is_left(redis, store):
    store.consume(MONTH, "d1", 11, 5)
    redis.ask("REPLICAOF", "127.0.0.1", "1")
    with pytest.raises(StoreUnavailable, match="READONLY"):
        store.consume(MONTH, "d1", 12, 5)
    assert store._idle == []
    redis.ask("REPLICAOF", "NO", "ONE")
    assert store.consume(MONTH, "d1", 12, 5) == Reads(1, already=False)


def test_a_password_is_given_and_a_wrong_one_not_told(redis):
    redis.ask("CONFIG", "SET", "requirepass", "open sesame")
    right = RemoteStore(redis.url.replace("//", "//:open%20sesame@"))
    assert right.consume(MONTH, "d1", 11, 5) == Reads(0, already=False)
    right.close()
    wrong = RemoteStore(redis.url.replace("//", "//:a-secret@"))
    with pytest.raises(StoreUnavailable, match="WRONGPASS") as told:
        wrong.consume(MONTH, "d1", 11, 5)
    assert "a-secret" not in str(told.value)
    assert wrong._try_at > 0.0


def test_papers_in_databases_of_their_own_are_apart(redis, store):
    other = RemoteStore(redis.url.removesuffix("0") + "1")
    store.consume(MONTH, "d1", 11, 5)
    assert other.list_reads(MONTH, "d1") == ()
    other.close()


def test_a_unix_socket_serves_as_well(redis, store):
    local = RemoteStore(redis.socket_url)
    local.consume(MONTH, "d1", 11, 5)
    assert store.list_reads(MONTH, "d1") == (11,)
    local.close()


def test_every_record_ends_by_itself(redis, store):
    for deed in deeds(store).values():
        deed()
    store.consume(WEEK, "d1", 12, 5, also="d3")
    store.consume(MONTH, "d3", 12, 5, also="d4")
    store.unite(MONTH, source="d4", into="r1", fresh="d2")
    ends = {key: redis.ask("TTL", key.decode()) for key in redis.ask("KEYS", "*")}
    assert len(ends) >= 9
    assert min(ends.values()) > 0
    assert {ends[b"bs:{2026-11}read:d3"], ends[b"bs:{rolling-7}days:d3"]} <= {KEPT, KEPT - 1}


def test_a_forked_process_makes_its_own_connections(redis, store):
    store.check()
    before = list(store._idle)
    pid = os.fork()
    if pid == 0:
        os._exit(0 if store._idle == [] else 1)
    assert os.waitpid(pid, 0)[1] == 0
    assert store._idle == before


def test_a_change_that_others_keep_overtaking_is_given_up(redis, store):
    changes = []

    def overtake(held):
        store.consume(MONTH, "d1", len(changes) + 1, 1000)
        changes.append(held)
        return None, [b"x"]

    with pytest.raises(StoreUnavailable, match="too many changes at once"):
        store._change([b"bs:{2026-11}read:d1"], overtake)
    assert len(changes) == ATTEMPTS


def test_many_threads_meet_a_redis_that_dies_and_comes_back(redis, store, monkeypatch):
    monkeypatch.setattr("broadsheet.counters.remote.REST_SECONDS", 0.02)
    stopping, wrong, counted = threading.Event(), [], [0] * 8

    def read(number):
        while not stopping.is_set():
            try:
                store.consume(MONTH, f"d{number}", 11, 5)
                counted[number] += 1
            except StoreUnavailable:
                pass
            except Exception as error:  # noqa: BLE001
                wrong.append(error)

    threads = [threading.Thread(target=read, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for _ in range(4):
        before = list(counted)
        last = time.monotonic() + HEALS_WITHIN
        while any(now <= then for now, then in zip(counted, before, strict=True)):
            assert time.monotonic() < last, "not every thread counts again"
            time.sleep(0.005)
        redis.end()
        redis.begin()
    stopping.set()
    for thread in threads:
        thread.join()
    assert wrong == []
