"""The contract of stores of reads where a read counts by its day."""

from __future__ import annotations

import pytest

from broadsheet.counters.contract import Tally
from broadsheet.domain.meter import Reads

pytestmark = pytest.mark.pure


def week(today: int) -> Tally:
    return Tally("rolling-7", today - 6, today)


def test_a_read_counts_for_as_many_days_as_the_window_has(store):
    assert store.consume(week(1000), "d1", 11, 2) == Reads(0, already=False)
    assert store.consume(week(1003), "d1", 12, 2) == Reads(1, already=False, oldest=1000)
    assert store.consume(week(1006), "d1", 13, 2) == Reads(2, already=False, oldest=1000)
    assert store.consume(week(1006), "d1", 11, 2) == Reads(2, already=True, oldest=1000)
    assert store.consume(week(1007), "d1", 13, 2) == Reads(1, already=False, oldest=1003)
    assert store.list_reads(week(1007), "d1") == (12, 13)
    assert store.list_reads(week(1006), "d1") == (11, 12)


def test_a_story_read_again_after_the_window_is_a_new_read_of_that_day(store):
    store.consume(week(1000), "d1", 11, 5)
    store.consume(week(1001), "d1", 12, 5)
    assert store.consume(week(1007), "d1", 11, 5) == Reads(1, already=False, oldest=1001)
    assert store.list_reads(week(1007), "d1") == (12, 11)
    assert store.peek(week(1013), "d1", 11) == Reads(1, already=True, oldest=1007)


def test_reading_again_does_not_move_the_day(store):
    store.consume(week(1000), "d1", 11, 5)
    store.consume(week(1005), "d1", 11, 5)
    assert store.peek(week(1006), "d1", 11) == Reads(1, already=True, oldest=1000)
    assert store.peek(week(1007), "d1", 11) == Reads(0, already=False)


def test_a_new_read_is_noted_beside_with_its_day(store):
    store.consume(week(1000), "d1", 11, 5)
    store.consume(week(1004), "r1", 11, 5, also="d1")
    store.consume(week(1004), "r1", 12, 5, also="d1")
    assert store.peek(week(1006), "d1", 12) == Reads(2, already=True, oldest=1000)
    assert store.list_reads(week(1010), "d1") == (12,)


def test_uniting_keeps_the_earlier_of_two_days_that_count(store):
    store.consume(week(990), "d1", 11, 5)
    store.consume(week(1000), "d1", 12, 5)
    store.consume(week(1002), "r1", 13, 5)
    store.consume(week(1003), "r1", 12, 5)
    store.consume(week(1003), "r1", 11, 5)
    assert store.unite(week(1004), source="d1", into="r1", fresh="d2") == 3
    assert store.list_reads(week(1004), "r1") == store.list_reads(week(1004), "d2") == (12, 13, 11)
    assert store.peek(week(1004), "r1", 12) == Reads(3, already=True, oldest=1000)
    assert store.list_reads(week(1007), "r1") == (13, 11)


def test_what_was_given_back_counts_by_its_day_too(store):
    for story in (11, 12, 13):
        store.consume(week(1000), "d1", story, 5)
    assert store.give_back(week(1001), "d1", 11, most=1) is True
    assert store.give_back(week(1007), "d1", 12, most=1) is False  # read too long ago
    store.consume(week(1007), "d1", 12, 5)
    assert store.give_back(week(1007), "d1", 12, most=1) is False
    assert store.count_given_back(week(1007), "d1") == 1
    store.consume(week(1008), "d1", 13, 5)
    assert store.give_back(week(1008), "d1", 13, most=1) is True
    assert store.count_given_back(week(1008), "d1") == 1
    assert store.list_reads(week(1008), "d1") == (12,)


def test_a_rolling_tally_and_a_calendar_one_of_a_name_are_apart(store):
    store.consume(Tally("2026-11"), "d1", 11, 5)
    store.consume(Tally("2026-11", 994, 1000), "d1", 12, 5)
    assert store.list_reads(Tally("2026-11"), "d1") == (11,)
    assert store.list_reads(Tally("2026-11", 994, 1000), "d1") == (12,)


def test_a_part_of_the_paper_counts_apart(store):
    store.consume(Tally("SPORT.2026-11"), "d1", 11, 5)
    assert store.list_reads(Tally("2026-11"), "d1") == ()
    assert store.list_reads(Tally("SPORT.2026-11"), "d1") == (11,)


def test_a_sweep_takes_nothing_that_counts(store):
    for day in (939, 1000):
        store.consume(Tally("rolling-62", day - 61, day), "d1", day, 5)
    store.consume(Tally("2026-11"), "d1", 11, 5)
    store.sweep(1000)
    assert store.list_reads(Tally("rolling-62", 939, 1000), "d1") == (939, 1000)
    assert store.list_reads(Tally("2026-11"), "d1") == (11,)


def test_reads_older_than_any_window_are_dropped_when_the_record_is_written(store):
    long = Tally("rolling-62", 939, 1000)
    store.consume(long, "d1", 11, 5)
    store.consume(Tally("rolling-62", 1002, 1063), "d1", 12, 5)
    assert store.list_reads(long, "d1") == ()
