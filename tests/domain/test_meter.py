from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.domain.meter import (
    AD_FREE,
    PREMIUM,
    UNLIMITED,
    Outcome,
    Policy,
    Reader,
    ReaderKind,
    Reads,
    Reason,
    Wall,
    decide,
    get_window,
    is_counted,
)
from broadsheet.domain.story import AccessClass

pytestmark = pytest.mark.pure

KOLKATA = ZoneInfo("Asia/Kolkata")
NOW = datetime(2026, 11, 22, 4, 30, tzinfo=UTC)
M5 = Policy(code="M5", anonymous_allowance=5, registered_allowance=8, zone=KOLKATA)
ANYONE = Reader()
MEMBER = Reader(kind=ReaderKind.REGISTERED)
HOLDER = Reader(kind=ReaderKind.SUBSCRIBER, benefits=frozenset({PREMIUM, UNLIMITED, AD_FREE}))

benefits = st.frozensets(st.sampled_from([PREMIUM, UNLIMITED, AD_FREE]))
readers = st.builds(Reader, kind=st.sampled_from(ReaderKind), benefits=benefits)
reads_or_none = st.none() | st.builds(Reads, before=st.integers(0, 200), already=st.booleans())
policies = st.builds(
    Policy,
    code=st.just("M5"),
    anonymous_allowance=st.integers(0, 30),
    registered_allowance=st.integers(0, 30),
    zone=st.sampled_from([KOLKATA, ZoneInfo("America/New_York"), ZoneInfo("Pacific/Apia")]),
)
instants = st.datetimes(
    min_value=datetime(2024, 1, 2),  # noqa: DTZ001
    max_value=datetime(2040, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@pytest.mark.parametrize(
    ("access", "reader", "reads", "outcome", "reason", "used", "limit"),
    [
        ("free", ANYONE, None, "full", "free", 0, 0),
        ("free", HOLDER, None, "full", "free", 0, 0),
        ("registered", ANYONE, None, "preview", "registration-needed", 0, 0),
        ("registered", MEMBER, None, "full", "registered", 0, 0),
        ("registered", HOLDER, None, "full", "entitled", 0, 0),
        ("premium", ANYONE, None, "preview", "premium-needed", 0, 0),
        ("premium", MEMBER, None, "preview", "premium-needed", 0, 0),
        ("premium", HOLDER, None, "full", "entitled", 0, 0),
        ("metered", HOLDER, None, "full", "entitled", 0, 0),
        ("metered", ANYONE, Reads(0, already=False), "full", "within-allowance", 1, 5),
        ("metered", ANYONE, Reads(4, already=False), "full", "within-allowance", 5, 5),
        ("metered", ANYONE, Reads(5, already=False), "preview", "allowance-spent", 5, 5),
        ("metered", ANYONE, Reads(5, already=True), "full", "already-read", 5, 5),
        ("metered", MEMBER, Reads(5, already=False), "full", "within-allowance", 6, 8),
        ("metered", MEMBER, Reads(8, already=False), "preview", "allowance-spent", 8, 8),
        ("metered", ANYONE, None, "preview", "count-unavailable", 0, 5),
    ],
)
def test_the_table(access, reader, reads, outcome, reason, used, limit):
    verdict = decide(M5, AccessClass(access), reader, reads, NOW)
    assert dataclasses.astuple(verdict) == (
        outcome,
        reason,
        "M5",
        used,
        limit,
        "2026-11",
        date(2026, 12, 1),
    )
    assert verdict.remaining == limit - used
    assert verdict.counts == (reason == "within-allowance")


def test_a_metered_story_opens_without_a_count_only_where_the_paper_chose_so():
    verdict = decide(M5, AccessClass.METERED, ANYONE, None, NOW, open_when_uncounted=True)
    assert (verdict.outcome, verdict.reason, verdict.wall) == ("full", "uncounted", "")


def test_each_stop_has_its_wall():
    walls = {
        (access, decide(M5, access, ANYONE, Reads(9, already=False), NOW).wall)
        for access in AccessClass
    }
    assert walls == {
        (AccessClass.FREE, Wall.NONE),
        (AccessClass.REGISTERED, Wall.REGISTRATION),
        (AccessClass.METERED, Wall.LIMIT),
        (AccessClass.PREMIUM, Wall.PREMIUM),
    }


def test_more_reads_than_the_allowance_leave_nothing_and_owe_nothing():
    verdict = decide(M5, AccessClass.METERED, ANYONE, Reads(13, already=False), NOW)
    assert (verdict.used, verdict.remaining) == (13, 0)


def test_premium_without_unlimited_is_still_metered():
    reader = Reader(kind=ReaderKind.SUBSCRIBER, benefits=frozenset({PREMIUM}))
    verdict = decide(M5, AccessClass.METERED, reader, Reads(8, already=False), NOW)
    assert (verdict.reason, verdict.limit) == (Reason.ALLOWANCE_SPENT, 8)


@pytest.mark.parametrize(
    ("now", "key"),
    [
        (datetime(2026, 11, 30, 18, 29, 59, tzinfo=UTC), "2026-11"),
        (datetime(2026, 11, 30, 18, 30, tzinfo=UTC), "2026-12"),
        (datetime(2026, 12, 31, 18, 30, tzinfo=UTC), "2027-01"),
    ],
)
def test_the_month_turns_at_the_papers_midnight(now, key):
    assert get_window(M5, now).key == key


def test_december_resets_in_the_new_year():
    assert get_window(M5, datetime(2026, 12, 5, tzinfo=UTC)).resets_on == date(2027, 1, 1)


@given(policies, instants)
def test_windows_hold_their_instant_and_tile(policy, now):
    window = get_window(policy, now)
    assert window.starts_at <= now < window.ends_at
    assert get_window(policy, window.ends_at).starts_at == window.ends_at
    assert get_window(policy, window.starts_at - timedelta(seconds=1)).ends_at == window.starts_at


@given(policies, st.sampled_from(AccessClass), readers, reads_or_none, instants, st.booleans())
def test_an_entitled_reader_is_never_stopped(policy, access, reader, reads, now, when_down):
    entitled = dataclasses.replace(reader, benefits=reader.benefits | {UNLIMITED, PREMIUM})
    verdict = decide(policy, access, entitled, reads, now, open_when_uncounted=when_down)
    assert verdict.outcome is Outcome.FULL
    assert not verdict.counts


@given(policies, st.integers(0, 20), st.sampled_from(AccessClass), readers, reads_or_none, instants)
def test_raising_the_allowance_never_stops_more(policy, more, access, reader, reads, now):
    raised = dataclasses.replace(
        policy,
        anonymous_allowance=policy.anonymous_allowance + more,
        registered_allowance=policy.registered_allowance + more,
    )
    before = decide(policy, access, reader, reads, now).outcome
    after = decide(raised, access, reader, reads, now).outcome
    assert (before, after) != (Outcome.FULL, Outcome.PREVIEW)


@given(policies, readers, st.integers(0, 200), instants)
def test_reading_again_is_free(policy, reader, before, now):
    verdict = decide(policy, AccessClass.METERED, reader, Reads(before, already=True), now)
    assert verdict.outcome is Outcome.FULL
    assert not verdict.counts


@given(policies, readers, reads_or_none, instants)
def test_premium_is_never_metered(policy, reader, reads, now):
    assert not is_counted(M5, AccessClass.PREMIUM, reader)
    verdict = decide(policy, AccessClass.PREMIUM, reader, reads, now, open_when_uncounted=True)
    assert (verdict.outcome is Outcome.FULL) == (PREMIUM in reader.benefits)
    assert not verdict.counts


@given(policies, readers, st.lists(st.integers(1, 15), max_size=60), instants)
def test_a_reader_opens_exactly_the_allowance(policy, reader, wanted, now):
    read: set[int] = set()
    opened: set[int] = set()
    for story in wanted:
        verdict = decide(
            policy, AccessClass.METERED, reader, Reads(len(read), already=story in read), now
        )
        if verdict.counts:
            read.add(story)
        if verdict.outcome is Outcome.FULL:
            opened.add(story)
    allowance = (
        policy.anonymous_allowance
        if reader.kind is ReaderKind.ANONYMOUS
        else policy.registered_allowance
    )
    if UNLIMITED in reader.benefits:
        assert opened == set(wanted)
        assert read == set()
    else:
        assert opened == read
        assert len(opened) == min(allowance, len(set(wanted)))
