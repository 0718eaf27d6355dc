"""The contract of ``broadsheet.counters.contract.ReadStore``: every store must pass it."""

from __future__ import annotations

import itertools
import multiprocessing
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broadsheet.counters.contract import HIGHEST_STORY, ReadStore, Tally
from broadsheet.counters.embedded import open_store
from broadsheet.domain.meter import Reads

pytestmark = pytest.mark.pure

MONTH = Tally("2026-11")
RUNS = itertools.count()
OPENERS: dict[str, Callable[[Path], ReadStore]] = {"embedded": open_store}


@pytest.fixture(params=sorted(OPENERS))
def opener(request):
    return OPENERS[request.param]


@pytest.fixture
def store(opener, tmp_path):
    store = opener(tmp_path)
    yield store
    store.close()


def test_a_reader_opens_the_allowance_and_no_more(store):
    answers = [store.consume(MONTH, "d1", story, 2) for story in (11, 12, 13)]
    assert answers == [
        Reads(0, already=False),
        Reads(1, already=False),
        Reads(2, already=False),
    ]
    assert store.list_reads(MONTH, "d1") == (11, 12)


def test_reading_again_is_known_and_not_counted(store):
    store.consume(MONTH, "d1", 11, 1)
    assert store.consume(MONTH, "d1", 11, 1) == Reads(1, already=True)
    assert store.list_reads(MONTH, "d1") == (11,)


def test_nothing_may_be_opened_on_no_allowance(store):
    assert store.consume(MONTH, "d1", 11, 0) == Reads(0, already=False)
    assert store.list_reads(MONTH, "d1") == ()


def test_peeking_counts_nothing(store):
    assert store.peek(MONTH, "d1", 11) == Reads(0, already=False)
    store.consume(MONTH, "d1", 11, 5)
    assert store.peek(MONTH, "d1", 11) == Reads(1, already=True)
    assert store.peek(MONTH, "d1", 12) == Reads(1, already=False)
    assert store.list_reads(MONTH, "d1") == (11,)


def test_readers_and_windows_are_apart(store):
    store.consume(MONTH, "d1", 11, 5)
    assert store.list_reads(MONTH, "d2") == ()
    assert store.list_reads(Tally("2026-12"), "d1") == ()


def test_stories_whose_bytes_overlap_are_told_apart(store):
    for story in (0x01000000, 0x00000001, 0x02010000):
        store.consume(MONTH, "d1", story, 9)
    assert store.peek(MONTH, "d1", 0x01010000) == Reads(3, already=False)
    assert store.peek(MONTH, "d1", 0x00000001) == Reads(3, already=True)
    assert store.consume(MONTH, "d1", HIGHEST_STORY, 9) == Reads(3, already=False)
    assert store.list_reads(MONTH, "d1") == (0x01000000, 1, 0x02010000, HIGHEST_STORY)


def test_a_new_read_is_noted_beside_too(store):
    store.consume(MONTH, "r1", 11, 1, also="d1")
    store.consume(MONTH, "r1", 11, 1, also="d1")
    store.consume(MONTH, "r1", 12, 1, also="d1")
    assert store.list_reads(MONTH, "d1") == (11,)


def test_noting_beside_knows_what_was_read_there(store):
    store.consume(MONTH, "d1", 11, 5)
    store.consume(MONTH, "r1", 11, 5, also="d1")
    assert store.list_reads(MONTH, "d1") == (11,)


def test_uniting_joins_two_sets_and_hands_the_union_on(store):
    for story in (11, 12):
        store.consume(MONTH, "d1", story, 5)
    for story in (12, 13):
        store.consume(MONTH, "r1", story, 5)
    assert store.unite(MONTH, source="d1", into="r1", fresh="d2") == 3
    assert store.list_reads(MONTH, "r1") == (12, 13, 11)
    assert store.list_reads(MONTH, "d2") == (12, 13, 11)
    assert store.list_reads(MONTH, "d1") == (11, 12)


def test_uniting_again_changes_nothing(store):
    store.consume(MONTH, "d1", 11, 5)
    assert store.unite(MONTH, source="d1", into="r1", fresh="d2") == 1
    assert store.unite(MONTH, source="d1", into="r1", fresh="d2") == 1
    assert store.list_reads(MONTH, "r1") == store.list_reads(MONTH, "d2") == (11,)


def test_uniting_keeps_what_the_fresh_id_read_meanwhile(store):
    store.consume(MONTH, "d2", 14, 5)
    assert store.unite(MONTH, source="d1", into="r1", fresh="d2") == 1
    assert store.list_reads(MONTH, "r1") == (14,)


def test_uniting_nothing_leaves_nothing(store):
    assert store.unite(MONTH, source="d1", into="r1", fresh="d2") == 0
    assert store.list_reads(MONTH, "r1") == ()


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 9)), max_size=40))
def test_it_behaves_as_sets_do(store, openings):
    run = next(RUNS)
    model: dict[str, list[int]] = {}
    for key, story in openings:
        held = model.setdefault(key, [])
        assert store.consume(MONTH, f"{run}{key}", story, 3) == Reads(
            len(held), already=story in held
        )
        if story not in held and len(held) < 3:
            held.append(story)
    assert {key: list(store.list_reads(MONTH, f"{run}{key}")) for key in model} == model


def _open_fifty(opener, folder, start, answers):
    store = opener(folder)

    def read(story):
        before = store.consume(MONTH, "d1", story, 5)
        if not before.already and before.before < 5:
            answers.put(story)

    threads = [threading.Thread(target=read, args=(start + n,)) for n in range(25)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store.close()


def test_two_processes_of_many_threads_open_exactly_the_allowance(opener, tmp_path):
    spawn = multiprocessing.get_context("spawn")
    answers = spawn.Queue()
    both = [
        spawn.Process(target=_open_fifty, args=(opener, tmp_path, start, answers))
        for start in (100, 200)
    ]
    for process in both:
        process.start()
    for process in both:
        process.join(30)
    assert [process.exitcode for process in both] == [0, 0]
    opened = sorted(answers.get(timeout=5) for _ in range(5))
    assert answers.empty()
    store = opener(tmp_path)
    assert sorted(store.list_reads(MONTH, "d1")) == opened
    store.close()
