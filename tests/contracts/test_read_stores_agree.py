"""Any sequence of deeds: every store answers as a plain one of lists does."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broadsheet.counters.contract import Tally
from tests.factories.read_stores import PlainStore

pytestmark = pytest.mark.pure

RUNS = itertools.count()
KEYS = st.sampled_from("abc")
STORIES = st.integers(1, 5)
DAYS = st.integers(1000, 1006)
TALLIES = st.one_of(
    st.just(Tally("2026-11")),
    st.just(Tally("SPORT.2026-11")),
    DAYS.map(lambda day: Tally("rolling-3", day - 2, day)),
)
DEEDS = st.one_of(
    st.tuples(st.just("consume"), TALLIES, KEYS, STORIES, st.integers(0, 4), st.just("") | KEYS),
    st.tuples(st.just("peek"), TALLIES, KEYS, STORIES),
    st.tuples(st.just("list_reads"), TALLIES, KEYS),
    st.tuples(st.just("unite"), TALLIES, KEYS, KEYS, KEYS),
    st.tuples(st.just("give_back"), TALLIES, KEYS, STORIES, st.integers(0, 2), st.just("") | KEYS),
    st.tuples(st.just("count_given_back"), TALLIES, KEYS),
    st.tuples(st.just("admit"), KEYS, KEYS, st.integers(0, 2), st.integers(1000, 1001)),
    st.tuples(st.just("touch"), KEYS, KEYS, st.integers(0, 4), st.integers(0, 2)),
)


def act(store, run, deed):
    verb, *words = deed
    if verb == "unite":
        tally, source, into, fresh = words
        keys = {"source": run + source, "into": run + into, "fresh": run + fresh}
        return store.unite(tally, **keys)
    if verb == "give_back":
        tally, key, story, most, also = words
        return store.give_back(tally, run + key, story, most=most, also=also and run + also)
    if verb == "admit":
        bucket, member, most, day = words
        return store.admit(run + bucket, member, most, day)
    if verb == "touch":
        holder, member, now, most = words
        return store.touch(run + holder, member, float(now), within=3.0, most=most)
    tally, key, *rest = words
    if verb == "consume":
        rest[2] = rest[2] and run + rest[2]
    return getattr(store, verb)(tally, run + key, *rest)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(DEEDS, max_size=40))
def test_it_answers_as_lists_would(store, deeds):
    run = f"x{next(RUNS)}"
    plain = PlainStore()
    now = 0
    for deed in deeds:
        if deed[0] == "touch":
            now += deed[3]
            deed = (*deed[:3], now, deed[4])  # noqa: PLW2901
        assert act(store, run, deed) == act(plain, run, deed), deed
