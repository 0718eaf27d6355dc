"""The arithmetic of records, as properties."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.counters import records
from broadsheet.counters.contract import HIGHEST_STORY, Tally
from broadsheet.domain.meter import Reads

pytestmark = pytest.mark.pure
MONTH = Tally("2026-11")
STORIES = st.integers(0, HIGHEST_STORY)
MANY = st.lists(STORIES, unique=True, max_size=80)


@given(st.text("0123456789abcdef", min_size=32, max_size=32), st.data())
def test_no_two_keys_are_packed_alike(digits, data):
    other = data.draw(st.sampled_from([digits[::-1], digits[:-1] + "x", " " + digits[1:]]))
    keys = {f"d{digits}", f"d{other}", f"r{digits}", f"d{digits[:16]}", f"d{digits}0"}
    assert len({records.pack_key(key) for key in keys}) == len(keys)


def test_a_devices_key_is_packed_into_half():
    assert records.pack_key("d" + "0a" * 16) == b"\xfd" + b"\n" * 16
    assert records.pack_key("r7") == b"r7"
    assert records.pack_key("d" + "0g" * 16) == b"d" + b"0g" * 16


def write(stories, tally=MONTH):
    held = b""
    for story in stories:
        held = records.add(tally, held, story)
    return held


@given(MANY, STORIES)
def test_a_record_holds_what_was_added_and_nothing_else(stories, other):
    held = write(stories)
    assert records.list_stories(MONTH, held) == tuple(stories)
    assert records.look(MONTH, held, other) == Reads(len(stories), already=other in stories)


@given(MANY, MANY)
def test_adding_again_and_taking_out_are_each_others_undoing(stories, others):
    held = write(stories)
    assert write([*stories, *stories]) == held
    for other in others:
        if other not in stories:
            assert records.remove(MONTH, records.add(MONTH, held, other), other) == held


@given(MANY, MANY)
def test_joining_loses_none_and_doubles_none(first, second):
    joined = records.list_stories(MONTH, records.join(MONTH, [write(first), write(second)]))
    assert joined[: len(first)] == tuple(first)
    assert sorted(joined) == sorted({*first, *second})


@given(st.lists(st.tuples(STORIES, st.integers(1000, 1100)), max_size=40), st.integers(1, 62))
def test_a_longer_rolling_window_never_counts_fewer(reads, days):
    held = b""
    for story, day in sorted(reads, key=lambda read: read[1]):
        held = records.add(Tally("r", day - 61, day), held, story)
    shorter = records.list_stories(Tally("r", 1100 - days, 1100), held)
    longer = records.list_stories(Tally("r", 1100 - days - 1, 1100), held)
    assert set(shorter) <= set(longer)
    assert len(set(longer)) == len(longer)


def test_a_long_record_is_looked_at_as_a_short_one():
    held = write(range(1, 201))
    assert records.look(MONTH, held, 200) == Reads(200, already=True)
    assert records.look(MONTH, held, 201) == Reads(200, already=False)


def test_what_was_given_back_keeps_the_days_of_a_window():
    week = Tally("rolling-7", 994, 1000)
    back = records.add_day(Tally("rolling-7", 931, 937), b"")
    back = records.add_day(week, records.add_day(week, back))
    assert len(back) == 8, "the first is older than any window"
    assert records.count_days(week, back) == 2
    assert records.count_days(Tally("rolling-7", 1001, 1007), back) == 0
    assert records.get_larger(week, [b"", back, back[:4]]) == back
