from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.domain.meter import (
    AD_FREE,
    EXEMPTIONS,
    MOST_DAYS,
    PREMIUM,
    UNLIMITED,
    WALLS,
    Outcome,
    Policy,
    PolicyKind,
    Reader,
    ReaderKind,
    Reads,
    Reason,
    Wall,
    WindowKind,
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
WINDOWS = st.sampled_from(
    [(kind, 0) for kind in WindowKind if kind is not WindowKind.ROLLING_DAYS]
    + [(WindowKind.ROLLING_DAYS, days) for days in (1, 7, 30, MOST_DAYS)]
)
ZONES = [
    ZoneInfo(name)
    for name in (
        "Asia/Kolkata",
        "America/New_York",
        "Pacific/Apia",
        "Europe/London",
        "America/Sao_Paulo",
        "Asia/Beirut",
        "Pacific/Kiritimati",
        "Pacific/Niue",
    )
]
reads_or_none = st.none() | st.builds(
    Reads,
    before=st.integers(0, 200),
    already=st.booleans(),
    oldest=st.just(0) | st.integers(738_000, 745_000),
)
policies = st.builds(
    lambda window, **fields: Policy(code="M5", window=window[0], days=window[1], **fields),
    anonymous_allowance=st.integers(0, 30),
    registered_allowance=st.integers(0, 30),
    zone=st.sampled_from(ZONES),
    window=WINDOWS,
    account_first=st.booleans(),
)
of_any_kind = st.builds(dataclasses.replace, policies, kind=st.sampled_from(PolicyKind))
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
    after = get_window(policy, window.ends_at)
    if policy.window is WindowKind.ROLLING_DAYS:
        assert (after.since, after.today) == (window.since + 1, window.today + 1)
        assert window.today - window.since == policy.days - 1
        return
    assert (window.since, window.today) == (0, 0)
    assert after.starts_at == window.ends_at
    assert get_window(policy, window.starts_at - timedelta(seconds=1)).ends_at == window.starts_at


@given(policies, instants, st.timedeltas(timedelta(), timedelta(days=80)))
def test_a_window_is_named_once(policy, now, later):
    one, other = get_window(policy, now), get_window(policy, now + later)
    same = (one.key, one.today) == (other.key, other.today)
    assert same == (now + later < one.ends_at)


WEEKLY = dataclasses.replace(M5, window=WindowKind.WEEK)
SEVEN = dataclasses.replace(M5, window=WindowKind.ROLLING_DAYS, days=7)


@pytest.mark.parametrize(
    ("now", "key", "resets_on"),
    [
        (datetime(2026, 11, 22, 18, 29, tzinfo=UTC), "2026-W47", date(2026, 11, 23)),
        (datetime(2026, 11, 22, 18, 30, tzinfo=UTC), "2026-W48", date(2026, 11, 30)),
        (datetime(2027, 1, 1, 6, 0, tzinfo=UTC), "2026-W53", date(2027, 1, 4)),
    ],
)
def test_a_week_begins_on_the_papers_monday(now, key, resets_on):
    window = get_window(WEEKLY, now)
    assert (window.key, window.resets_on) == (key, resets_on)


def test_the_night_the_clock_changes_has_one_midnight():
    london = dataclasses.replace(SEVEN, zone=ZoneInfo("Europe/London"))
    window = get_window(london, datetime(2026, 10, 25, 0, 30, tzinfo=UTC))  # 01:30, the first time
    again = get_window(london, datetime(2026, 10, 25, 1, 30, tzinfo=UTC))  # 01:30 again
    assert window == again
    assert window.ends_at.astimezone(UTC) == datetime(2026, 10, 26, tzinfo=UTC)
    assert window.starts_at.astimezone(UTC) == datetime(2026, 10, 18, 23, tzinfo=UTC)


def test_in_a_rolling_window_the_oldest_read_says_when_one_comes_back():
    today = date(2026, 11, 22)
    window = get_window(SEVEN, NOW)
    assert (window.key, window.since, window.today) == (
        "rolling-7",
        date(2026, 11, 16).toordinal(),
        today.toordinal(),
    )
    reads = Reads(5, already=False, oldest=date(2026, 11, 18).toordinal())
    verdict = decide(SEVEN, AccessClass.METERED, ANYONE, reads, NOW)
    assert (verdict.reason, verdict.resets_on) == (Reason.ALLOWANCE_SPENT, date(2026, 11, 25))
    first = decide(SEVEN, AccessClass.METERED, ANYONE, Reads(0, already=False), NOW)
    assert first.resets_on == date(2026, 11, 29)


@pytest.mark.parametrize(
    ("kind", "reader", "outcome", "reason", "wall"),
    [
        ("open", ANYONE, "full", "open-by-policy", ""),
        ("open", HOLDER, "full", "entitled", ""),
        ("locked", ANYONE, "preview", "subscribers-only", "premium"),
        ("locked", MEMBER, "preview", "subscribers-only", "premium"),
        ("locked", HOLDER, "full", "entitled", ""),
        ("account", ANYONE, "preview", "registration-needed", "registration"),
        ("account", MEMBER, "full", "registered", ""),
        ("account", HOLDER, "full", "entitled", ""),
    ],
)
def test_the_kinds_that_do_not_count(kind, reader, outcome, reason, wall):
    policy = dataclasses.replace(M5, kind=PolicyKind(kind))
    assert not is_counted(policy, AccessClass.METERED, reader)
    verdict = decide(policy, AccessClass.METERED, reader, None, NOW)
    assert (verdict.outcome, verdict.reason, verdict.wall) == (outcome, reason, wall)
    assert (verdict.used, verdict.limit, verdict.counts) == (0, 0, False)


@given(of_any_kind, readers, reads_or_none, instants)
def test_a_policy_rules_metered_stories_only(policy, reader, reads, now):
    plain = dataclasses.replace(policy, kind=PolicyKind.METER)
    for access in (AccessClass.FREE, AccessClass.REGISTERED, AccessClass.PREMIUM):
        assert decide(policy, access, reader, reads, now) == decide(
            plain, access, reader, reads, now
        )


def test_an_account_comes_first_where_the_policy_says_so():
    first = dataclasses.replace(M5, account_first=True)
    spent = decide(first, AccessClass.METERED, ANYONE, Reads(5, already=False), NOW)
    assert (spent.outcome, spent.reason, spent.wall) == (
        Outcome.PREVIEW,
        Reason.REGISTER_TO_GO_ON,
        Wall.REGISTRATION,
    )
    assert (spent.used, spent.limit) == (5, 5)
    signed_in = decide(first, AccessClass.METERED, MEMBER, Reads(5, already=False), NOW)
    assert signed_in.reason is Reason.WITHIN_ALLOWANCE
    at_last = decide(first, AccessClass.METERED, MEMBER, Reads(8, already=False), NOW)
    assert (at_last.reason, at_last.wall) == (Reason.ALLOWANCE_SPENT, Wall.LIMIT)


def test_one_too_many_new_readers_of_a_network_is_asked_for_an_account():
    def meet(reads, **options):
        return decide(M5, AccessClass.METERED, ANYONE, reads, NOW, **options).reason

    assert meet(Reads(0, already=False), is_admitted=False) is Reason.NETWORK_BUDGET
    assert meet(Reads(1, already=True), is_admitted=False) is Reason.ALREADY_READ
    assert meet(Reads(5, already=False), is_admitted=False) is Reason.ALLOWANCE_SPENT
    free = decide(M5, AccessClass.FREE, ANYONE, None, NOW, is_admitted=False)
    assert free.outcome is Outcome.FULL


@pytest.mark.parametrize("access", [AccessClass.PREMIUM, AccessClass.METERED])
def test_an_account_in_too_many_places_holds_its_benefits_back(access):
    crowded = dataclasses.replace(HOLDER, crowded=True)
    verdict = decide(M5, access, crowded, None, NOW)
    assert (verdict.outcome, verdict.reason) == (Outcome.PREVIEW, Reason.TOO_MANY_AT_ONCE)


def test_a_crowded_account_is_an_account_still():
    crowded = dataclasses.replace(HOLDER, crowded=True)
    reasons = [
        decide(M5, access, crowded, None, NOW).reason
        for access in (AccessClass.FREE, AccessClass.REGISTERED)
    ]
    assert reasons == [Reason.FREE, Reason.REGISTERED]


@given(
    of_any_kind,
    st.sampled_from(AccessClass),
    readers,
    instants,
    st.sampled_from(sorted(EXEMPTIONS)),
)
def test_an_exemption_opens_and_counts_nothing(policy, access, reader, now, exemption):
    verdict = decide(policy, access, reader, None, now, exemption=exemption)
    assert verdict.outcome is Outcome.FULL
    assert verdict.reason is (Reason.FREE if access is AccessClass.FREE else exemption)
    assert not verdict.counts


@pytest.mark.parametrize("reason", sorted(set(Reason) - EXEMPTIONS))
def test_nothing_else_exempts(reason):
    with pytest.raises(ValueError, match="exempts nobody"):
        decide(M5, AccessClass.METERED, ANYONE, None, NOW, exemption=reason)


def test_every_preview_has_a_wall_and_no_full_page_has_one():
    assert EXEMPTIONS.isdisjoint(WALLS)
    assert Wall.NONE not in WALLS.values()


@given(of_any_kind, st.sampled_from(AccessClass), readers, reads_or_none, instants, st.booleans())
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
