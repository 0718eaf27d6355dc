"""What the near store answers by itself, for how long, and what it never hides."""

from __future__ import annotations

import itertools

import pytest

from broadsheet.counters.contract import StoreUnavailable, Tally
from broadsheet.counters.near import BELIEVED, NearStore
from broadsheet.counters.remote import RemoteStore
from broadsheet.domain.meter import Reads

pytestmark = pytest.mark.pure
MONTH = Tally("2026-11")
WEEK = Tally("rolling-7", 994, 1000)


class Host:
    """One host's store: how often it asked Redis, and its clock."""

    def __init__(self, url, folder):
        self.now = 1_800_000_000.0
        self.remote = RemoteStore(url)
        self.store = NearStore(self.remote, folder, clock=lambda: self.now)
        self.asked = 0
        ask = self.remote._ask_any

        def count(command):
            self.asked += 1
            return ask(command)

        self.remote._ask_any = count

    def asks(self, deed):
        """What a deed answers and how many questions went to Redis."""
        before = self.asked
        return deed(), self.asked - before


@pytest.fixture
def hosts(redis_url, tmp_path):
    made = [Host(redis_url, tmp_path / name) for name in ("a", "b")]
    for host in made:
        host.remote.check()
        host.store.consume(Tally("2026-10"), "warm", 1, 5)  # Redis may have to learn the script
    yield made
    for host in made:
        host.store.close()


def test_a_new_read_asks_once_and_a_known_one_not_at_all(hosts):
    store = hosts[0].store
    asks = hosts[0].asks
    assert asks(lambda: store.consume(MONTH, "d1", 11, 2)) == (Reads(0, already=False), 1)
    assert asks(lambda: store.consume(MONTH, "d1", 12, 2)) == (Reads(1, already=False), 1)
    assert asks(lambda: store.consume(MONTH, "d1", 11, 2)) == (Reads(2, already=True), 0)
    assert asks(lambda: store.consume(MONTH, "d1", 13, 2)) == (Reads(2, already=False), 0)
    assert asks(lambda: store.peek(MONTH, "d1", 12)) == (Reads(2, already=True), 0)
    assert asks(lambda: store.peek(MONTH, "d1", 13)) == (Reads(2, already=False), 1)
    assert asks(lambda: store.list_reads(MONTH, "d1")) == ((11, 12), 1)


def test_a_spent_allowance_is_spent_for_the_same_or_a_lower_one_only(hosts):
    store = hosts[0].store
    for story in (11, 12):
        store.consume(MONTH, "d1", story, 2)
    asks = hosts[0].asks
    assert asks(lambda: store.consume(MONTH, "d1", 13, 1)) == (Reads(2, already=False), 0)
    assert asks(lambda: store.consume(MONTH, "d1", 13, 3)) == (Reads(2, already=False), 1)
    assert store.list_reads(MONTH, "d1") == (11, 12, 13)


def test_what_another_host_counted_is_learnt_with_the_next_question(hosts):
    a, b = hosts
    for story in (11, 12):
        a.store.consume(MONTH, "d1", story, 5)
    assert b.asks(lambda: b.store.consume(MONTH, "d1", 12, 5)) == (Reads(2, already=True), 1)
    assert b.asks(lambda: b.store.consume(MONTH, "d1", 11, 5)) == (Reads(2, already=True), 0)
    assert b.asks(lambda: b.store.consume(MONTH, "d1", 13, 3)) == (Reads(2, already=False), 1)
    assert a.asks(lambda: a.store.consume(MONTH, "d1", 13, 3)) == (Reads(3, already=True), 1)


def test_a_copy_is_believed_for_its_time_and_no_longer(hosts):
    a, b = hosts
    for host in hosts:
        for story in (11, 12):
            host.store.consume(MONTH, "d1", story, 2)
    assert b.store.give_back(MONTH, "d1", 11, most=1) is True
    a.now += BELIEVED - 1
    assert a.asks(lambda: a.store.consume(MONTH, "d1", 11, 2)) == (Reads(2, already=True), 0)
    assert a.asks(lambda: a.store.consume(MONTH, "d1", 13, 2)) == (Reads(2, already=False), 0)
    a.now += 1
    assert a.asks(lambda: a.store.consume(MONTH, "d1", 11, 2)) == (Reads(1, already=False), 1)


def test_a_host_that_is_told_to_forget_asks_again(hosts):
    a, b = hosts
    for host in hosts:
        host.store.consume(MONTH, "d1", 11, 1)
    b.store.give_back(MONTH, "d1", 11, most=1)
    a.store.forget("d1")
    assert a.asks(lambda: a.store.consume(MONTH, "d1", 11, 1)) == (Reads(0, already=False), 1)


def test_a_clock_that_was_put_back_makes_no_copy_eternal(hosts):
    a = hosts[0]
    a.store.consume(MONTH, "d1", 11, 2)
    a.now -= 3600
    assert a.asks(lambda: a.store.consume(MONTH, "d1", 11, 2)) == (Reads(1, already=True), 1)


def test_giving_back_and_uniting_show_at_once_on_their_own_host(hosts):
    store = hosts[0].store
    for story in (11, 12):
        store.consume(MONTH, "r1", story, 2, also="d1")
    assert store.give_back(MONTH, "r1", 11, most=1, also="d1") is True
    assert store.consume(MONTH, "d1", 13, 2) == Reads(1, already=False)
    assert store.consume(MONTH, "r1", 14, 2) == Reads(1, already=False)
    assert store.unite(MONTH, source="d1", into="r1", fresh="d2") == 3
    assert store.consume(MONTH, "r1", 13, 3) == Reads(3, already=True)
    assert store.count_given_back(MONTH, "d2") == 1


def test_a_read_noted_beside_is_no_surprise_there(hosts):
    store = hosts[0].store
    store.consume(MONTH, "d1", 11, 1)
    store.consume(MONTH, "r1", 12, 2, also="d1")
    assert store.consume(MONTH, "d1", 12, 1) == Reads(2, already=True)


def test_rolling_tallies_are_always_asked_for(hosts):
    store, asks = hosts[0].store, hosts[0].asks
    store.consume(WEEK, "d1", 11, 2)
    known = Reads(1, already=True, oldest=1000)
    assert asks(lambda: store.consume(WEEK, "d1", 11, 2)) == (known, 1)
    assert asks(lambda: store.peek(WEEK, "d1", 11)) == (known, 1)
    assert store.give_back(WEEK, "d1", 11, most=1) is True


def test_what_is_known_is_answered_while_redis_is_away(hosts):
    store, remote = hosts[0].store, hosts[0].remote
    store.consume(MONTH, "d1", 11, 1)

    def away(_command):
        raise StoreUnavailable("away")

    remote._ask_any = away
    assert store.consume(MONTH, "d1", 11, 1) == Reads(1, already=True)
    assert store.consume(MONTH, "d1", 12, 1) == Reads(1, already=False)
    for deed in (
        lambda: store.consume(MONTH, "d1", 12, 2),
        lambda: store.give_back(MONTH, "d1", 11, most=1),
        store.check,
    ):
        with pytest.raises(StoreUnavailable):
            deed()


def test_without_its_files_it_asks_each_time(hosts, tmp_path):
    (tmp_path / "c").write_text("a file stands here")
    store = NearStore(hosts[0].remote, tmp_path / "c")
    asks = hosts[0].asks
    assert asks(lambda: store.consume(MONTH, "d1", 11, 1)) == (Reads(0, already=False), 1)
    assert asks(lambda: store.consume(MONTH, "d1", 11, 1)) == (Reads(1, already=True), 1)
    assert store.unite(MONTH, source="d1", into="r1", fresh="d2") == 1


def test_of_two_answers_out_of_order_the_fuller_stands(hosts):
    store = hosts[0].store
    for story in (11, 12):
        store.consume(MONTH, "d1", story, 5)
    full = store._recall(MONTH, "d1")
    for length in itertools.chain(range(0, len(full), 4)):
        store._keep(MONTH, "d1", full[:length])
        assert store._recall(MONTH, "d1") == full
    hosts[0].now += 1
    store._keep(MONTH, "d1", b"")
    assert store._recall(MONTH, "d1") == b""
