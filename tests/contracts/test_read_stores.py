"""The contract of ``broadsheet.counters.contract.ReadStore``: every store must pass it."""

from __future__ import annotations

import multiprocessing
import threading

import pytest

from broadsheet.counters.contract import HIGHEST_STORY, Tally
from broadsheet.domain.meter import Reads

pytestmark = pytest.mark.pure

MONTH = Tally("2026-11")


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


def test_giving_back_takes_a_story_out_so_often_and_no_more(store):
    for story in (11, 12, 13):
        store.consume(MONTH, "d1", story, 3)
    assert store.give_back(MONTH, "d1", 12, most=1) is True
    assert store.list_reads(MONTH, "d1") == (11, 13)
    assert store.count_given_back(MONTH, "d1") == 1
    assert store.give_back(MONTH, "d1", 11, most=1) is False
    assert store.list_reads(MONTH, "d1") == (11, 13)
    assert store.consume(MONTH, "d1", 14, 3) == Reads(2, already=False)
    assert store.consume(MONTH, "d1", 12, 3) == Reads(3, already=False)
    assert store.list_reads(MONTH, "d1") == (11, 13, 14)


def test_what_was_not_read_cannot_be_given_back(store):
    store.consume(MONTH, "d1", 11, 3)
    assert store.give_back(MONTH, "d1", 12, most=5) is False
    assert store.give_back(MONTH, "d2", 11, most=5) is False
    assert (store.count_given_back(MONTH, "d1"), store.count_given_back(MONTH, "d2")) == (0, 0)
    assert store.list_reads(MONTH, "d1") == (11,)


def test_the_last_story_can_be_given_back_and_read_anew(store):
    store.consume(MONTH, "d1", 11, 1)
    assert store.give_back(MONTH, "d1", 11, most=1) is True
    assert store.list_reads(MONTH, "d1") == ()
    assert store.consume(MONTH, "d1", 11, 1) == Reads(0, already=False)
    assert store.consume(MONTH, "d1", 11, 1) == Reads(1, already=True)


def test_giving_back_is_told_beside_too(store):
    store.consume(MONTH, "r1", 11, 3, also="d1")
    assert store.give_back(MONTH, "r1", 11, most=1, also="d1") is True
    assert store.list_reads(MONTH, "d1") == ()
    assert store.count_given_back(MONTH, "d1") == 1


def test_what_was_given_back_moves_with_the_reads(store):
    for key in ("d1", "r1"):
        for story in (11, 12):
            store.consume(MONTH, key, story, 5)
    store.give_back(MONTH, "d1", 11, most=2)
    store.give_back(MONTH, "d1", 12, most=2)
    store.give_back(MONTH, "r1", 11, most=2)
    assert store.unite(MONTH, source="d1", into="r1", fresh="d2") == 1
    given = [store.count_given_back(MONTH, key) for key in ("d1", "r1", "d2")]
    assert given == [2, 2, 2]


def test_a_bucket_admits_so_many_members_a_day_and_those_all_day(store):
    admitted = [store.admit("n1", f"m{n}", 2, 739_000) for n in (1, 2, 3, 1, 2, 3)]
    assert admitted == [True, True, False, True, True, False]
    assert store.admit("n2", "m3", 2, 739_000) is True
    assert store.admit("n1", "m3", 2, 739_001) is True
    assert store.admit("n3", "m1", 0, 739_000) is False


def test_a_holder_is_used_by_so_many_at_a_time(store):
    def touch(member, now):
        return store.touch("r1", member, now, within=60.0, most=2)

    assert [touch(member, 1000.5) for member in "abc"] == [True, True, False]
    assert touch("a", 1030.5) is True
    assert touch("c", 1060.0) is False
    assert touch("c", 1060.5) is True  # b was last seen a minute ago
    assert touch("b", 1061.0) is False
    assert store.touch("r2", "b", 1061.0, within=60.0, most=2) is True


def test_who_is_known_goes_on_when_fewer_may(store):
    for member in "ab":
        store.touch("r1", member, 1000.0, within=60.0, most=2)
    assert store.touch("r1", "b", 1001.0, within=60.0, most=1) is True
    assert store.touch("r1", "c", 1001.0, within=60.0, most=1) is False


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


def test_forgetting_changes_no_count(store):
    store.consume(MONTH, "d1", 11, 1)
    store.forget("d1")
    store.forget("d2")
    assert store.consume(MONTH, "d1", 11, 1) == Reads(1, already=True)
    assert store.consume(MONTH, "d1", 12, 1) == Reads(1, already=False)


def test_giving_back_at_once_gives_back_once(store):
    for story in range(1, 21):
        store.consume(MONTH, "d1", story, 20)
    given = []
    threads = [
        threading.Thread(target=lambda n=n: given.append(store.give_back(MONTH, "d1", n, most=1)))
        for n in range(1, 21)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(given) == [False] * 19 + [True]
    assert len(store.list_reads(MONTH, "d1")) == 19
    assert store.count_given_back(MONTH, "d1") == 1


def test_members_at_once_are_admitted_as_if_one_by_one(store):
    admitted = []

    def come(n):
        admitted.append(store.admit("n1", f"m{n}", 7, 739_000))

    threads = [threading.Thread(target=come, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(admitted) == 7
