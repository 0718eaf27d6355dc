"""One story a month is given back, in every store of reads, whichever tally counted it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from broadsheet.counters.contract import StoreUnavailable, Tally
from broadsheet.counters.giving_back import GivenBack, count_left, give_back, name_notes

pytestmark = pytest.mark.pure

MONTH, WEEK = Tally("2026-11"), Tally("SPORT.2026-W48")
ROLLING = Tally("rolling-7", 739_570, 739_576)
NOTES = name_notes("2026-11")


def read(store, tally, *stories, reader="r7", also=""):
    for story in stories:
        store.consume(tally, reader, story, 9, also)


def test_one_a_month_and_no_more(store):
    read(store, MONTH, 1, 2)
    assert count_left(store, NOTES, "r7") == 1
    assert give_back(store, MONTH, NOTES, "r7", 1) is GivenBack.DONE
    assert (store.list_reads(MONTH, "r7"), count_left(store, NOTES, "r7")) == ((2,), 0)
    assert give_back(store, MONTH, NOTES, "r7", 2) is GivenBack.SPENT
    assert store.list_reads(MONTH, "r7") == (2,)


def test_the_same_story_read_again_counts_again(store):
    read(store, MONTH, 1)
    assert give_back(store, MONTH, NOTES, "r7", 1) is GivenBack.DONE
    read(store, MONTH, 1)
    assert give_back(store, MONTH, NOTES, "r7", 1) is GivenBack.SPENT
    assert store.list_reads(MONTH, "r7") == (1,)


@pytest.mark.parametrize("tally", [WEEK, ROLLING])
def test_another_tally_gives_no_second_one(store, tally):
    read(store, MONTH, 1)
    read(store, tally, 2)
    assert give_back(store, tally, NOTES, "r7", 2) is GivenBack.DONE
    assert give_back(store, MONTH, NOTES, "r7", 1) is GivenBack.SPENT
    assert (store.list_reads(tally, "r7"), store.list_reads(MONTH, "r7")) == ((), (1,))


def test_the_next_month_has_one_again(store):
    read(store, MONTH, 1)
    read(store, ROLLING, 2)
    give_back(store, MONTH, NOTES, "r7", 1)
    december = name_notes("2026-12")
    assert count_left(store, december, "r7") == 1
    assert give_back(store, ROLLING, december, "r7", 2) is GivenBack.DONE


def test_what_did_not_count_costs_nothing(store):
    read(store, MONTH, 1)
    assert give_back(store, MONTH, NOTES, "r7", 9) is GivenBack.NOT_COUNTED
    assert give_back(store, MONTH, NOTES, "r8", 1) is GivenBack.NOT_COUNTED
    assert count_left(store, NOTES, "r7") == 1
    assert store.list_reads(MONTH, "r7") == (1,)


def test_the_device_is_told_too(store):
    read(store, MONTH, 1, also="dab")
    assert give_back(store, MONTH, NOTES, "r7", 1, also="dab") is GivenBack.DONE
    assert (store.list_reads(MONTH, "dab"), count_left(store, NOTES, "dab")) == ((), 0)


def test_a_sign_in_gives_no_second_one(store):
    read(store, MONTH, 1, 2, reader="dab")
    assert give_back(store, MONTH, NOTES, "dab", 1) is GivenBack.DONE
    for tally in (MONTH, NOTES):
        store.unite(tally, source="dab", into="r7", fresh="dcd")
    assert give_back(store, MONTH, NOTES, "r7", 2) is GivenBack.SPENT
    assert give_back(store, MONTH, NOTES, "dcd", 2) is GivenBack.SPENT


def test_eight_at_once_give_one_back(store):
    stories = range(1, 9)
    read(store, MONTH, *stories)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda story: give_back(store, MONTH, NOTES, "r7", story), stories))
    assert sorted(answers) == [GivenBack.DONE] + [GivenBack.SPENT] * 7
    assert len(store.list_reads(MONTH, "r7")) == 7


def test_a_store_that_fails_midway_keeps_no_note(store, monkeypatch):
    read(store, MONTH, 1)
    taken = store.give_back

    def fail_once(tally, *args, **kwargs):
        if tally == MONTH:
            raise StoreUnavailable("the disk is full")
        return taken(tally, *args, **kwargs)

    monkeypatch.setattr(store, "give_back", fail_once)
    with pytest.raises(StoreUnavailable):
        give_back(store, MONTH, NOTES, "r7", 1)
    monkeypatch.undo()
    assert count_left(store, NOTES, "r7") == 1
    assert give_back(store, MONTH, NOTES, "r7", 1) is GivenBack.DONE
