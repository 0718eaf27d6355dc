from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.domain.meter import Policy, PolicyKind, Reader, ReaderKind
from broadsheet.domain.policy_scope import (
    EVERYTHING,
    PoliciesClash,
    Scope,
    StoryTraits,
    check_against,
    choose,
)

pytestmark = pytest.mark.pure

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
DAY = timedelta(days=1)
STORY = StoryTraits(
    section="sport",
    topics=frozenset({"cup", "ferries"}),
    origin="wire",
    authors=frozenset({"rehan-sabri"}),
    published_at=NOW - 3 * DAY,
)
READER = Reader(
    kind=ReaderKind.REGISTERED, segments=frozenset({"new-account", "student"}), country="IN"
)


def some(*names):
    return frozenset(names)


@pytest.mark.parametrize(
    ("scope", "covers"),
    [
        (EVERYTHING, True),
        (Scope(sections=some("sport", "city")), True),
        (Scope(sections=some("city")), False),
        (Scope(topics=some("cup")), True),
        (Scope(topics=some("elections")), False),
        (Scope(origins=some("wire")), True),
        (Scope(origins=some("staff", "edited-wire")), False),
        (Scope(authors=some("rehan-sabri", "devan-rao")), True),
        (Scope(authors=some("devan-rao")), False),
        (Scope(countries=some("IN", "LK")), True),
        (Scope(countries=some("GB")), False),
        (Scope(segments=some("student")), True),
        (Scope(segments=some("registered")), True),
        (Scope(segments=some("anonymous", "former-subscriber")), False),
        (Scope(from_age=3), True),
        (Scope(from_age=4), False),
        (Scope(until_age=4), True),
        (Scope(until_age=3), False),
        (Scope(from_age=0, until_age=1), False),
        (Scope(sections=some("sport"), countries=some("GB")), False),
        (Scope(sections=some("sport"), origins=some("wire"), from_age=1, until_age=7), True),
    ],
)
def test_all_parts_that_are_given_must_fit(scope, covers):
    assert scope.covers(STORY, READER, NOW) is covers


def test_a_country_asked_for_is_never_an_unknown_one():
    assert not Scope(countries=some("IN")).covers(STORY, Reader(), NOW)


def test_a_story_without_a_date_has_no_age():
    undated = StoryTraits(section="sport")
    assert Scope(sections=some("sport")).covers(undated, READER, NOW)
    assert not Scope(from_age=0).covers(undated, READER, NOW)
    assert not Scope(until_age=9).covers(undated, READER, NOW)
    assert Scope(until_age=9).find_next_edge(None, NOW) is None


def test_an_age_turns_at_the_hour_of_publication():
    scope = Scope(from_age=7)
    published_at = datetime(2026, 11, 15, 6, 0, tzinfo=UTC)
    story = StoryTraits(published_at=published_at)
    instant = published_at + 7 * DAY
    assert not scope.covers(story, READER, instant - timedelta(microseconds=1))
    assert scope.covers(story, READER, instant)
    assert scope.find_next_edge(published_at, instant - DAY) == instant
    assert scope.find_next_edge(published_at, instant) is None


def test_a_story_from_a_host_whose_clock_is_ahead_is_new():
    ahead = StoryTraits(published_at=NOW + timedelta(seconds=2))
    assert Scope(until_age=1).covers(ahead, READER, NOW)
    assert Scope(from_age=0).covers(ahead, READER, NOW)
    assert not Scope(from_age=1).covers(ahead, READER, NOW)


def test_the_next_edge_is_the_first_of_the_two_still_to_come():
    scope = Scope(from_age=2, until_age=5)
    published_at = NOW - 3 * DAY
    assert scope.find_next_edge(published_at, published_at) == published_at + 2 * DAY
    assert scope.find_next_edge(published_at, NOW) == published_at + 5 * DAY
    assert EVERYTHING.find_next_edge(published_at, NOW) is None


slugs = st.frozensets(st.sampled_from(["a", "b", "c"]), max_size=2)
ages = st.none() | st.integers(0, 5)
scopes = st.builds(
    Scope,
    sections=slugs,
    topics=slugs,
    origins=slugs,
    countries=slugs,
    segments=st.frozensets(st.sampled_from(["anonymous", "registered", "a"]), max_size=2),
    from_age=ages,
    until_age=ages,
)
stories = st.builds(
    StoryTraits,
    section=st.sampled_from("abc"),
    topics=slugs,
    origin=st.sampled_from("abc"),
    published_at=st.none() | st.integers(0, 150).map(lambda hours: NOW - timedelta(hours=hours)),
)
readers = st.builds(
    Reader,
    kind=st.sampled_from(ReaderKind),
    segments=st.frozensets(st.just("a")),
    country=st.sampled_from(["", "a", "b", "c"]),
)


@given(scopes, scopes, stories, readers)
def test_what_is_included_is_covered(outer, inner, story, reader):
    if outer.includes(inner) and inner.covers(story, reader, NOW):
        assert outer.covers(story, reader, NOW)


@given(scopes, scopes, stories, readers)
def test_two_that_cover_one_story_meet(one, other, story, reader):
    assert one.meets(other) is other.meets(one)
    if one.covers(story, reader, NOW) and other.covers(story, reader, NOW):
        assert one.meets(other)


@given(scopes)
def test_everything_includes_each_and_each_includes_itself(scope):
    assert EVERYTHING.includes(scope)
    assert scope.includes(scope)
    assert EVERYTHING.meets(scope) is (scope.until_age is None or scope.until_age > 0)


@given(scopes, st.integers(0, 150).map(lambda hours: NOW - timedelta(hours=hours)))
def test_between_two_edges_nothing_changes(scope, published_at):
    story = StoryTraits(section="a", published_at=published_at)
    reader = Reader(country="a")
    edge = scope.find_next_edge(published_at, NOW) or NOW + 30 * DAY
    before = scope.covers(story, reader, NOW)
    assert scope.covers(story, reader, edge - timedelta(microseconds=1)) is before


@dataclass(frozen=True)
class Row:
    code: str
    priority: int
    scope: Scope = EVERYTHING
    kind: PolicyKind = PolicyKind.METER
    starts_at: datetime = NOW
    ends_at: datetime | None = None

    @property
    def policy(self):
        return Policy(self.code, 5, 8, UTC)


OWN = Row("M5", 0)
SPORT = Row("SP2", 50, Scope(sections=some("sport")))
WIRE = Row("OPEN", 90, Scope(origins=some("wire")), PolicyKind.OPEN)


def test_the_highest_priority_that_covers_rules_and_the_papers_own_the_rest():
    standing = (WIRE, SPORT, OWN)
    assert choose(standing, STORY, READER, NOW) is WIRE
    assert choose(standing, StoryTraits(section="sport", origin="staff"), READER, NOW) is SPORT
    assert choose(standing, StoryTraits(section="city", origin="staff"), READER, NOW) is OWN
    assert choose((OWN,), STORY, READER, NOW) is OWN


def refusal(candidate, *others):
    with pytest.raises(PoliciesClash) as caught:
        check_against(candidate, others)
    return caught.value.part, str(caught.value)


def test_policies_that_leave_each_other_room_stand():
    check_against(SPORT, [WIRE, OWN])
    check_against(SPORT, [])
    check_against(Row("CITY", 50, Scope(sections=some("city"))), [SPORT])
    check_against(SPORT, [SPORT])


def test_the_same_priority_for_the_same_story_contradicts():
    part, said = refusal(Row("CUP", 50, Scope(topics=some("cup"))), SPORT)
    assert part == "priority"
    assert said == (
        "SP2 has priority 50 too, and both could rule the same story at the same time. Give one "
        "of them another priority."
    )


def test_the_same_priority_at_another_time_does_not():
    later = Row("CUP", 50, Scope(topics=some("cup")), starts_at=NOW + 9 * DAY)
    ended = Row("SP2", 50, SPORT.scope, ends_at=NOW + 9 * DAY)
    check_against(later, [ended])
    check_against(ended, [later])


def test_what_is_ruled_by_another_in_full_never_applies():
    inner = Row("SPW", 40, Scope(sections=some("sport"), origins=some("wire")))
    part, said = refusal(inner, SPORT)
    assert part == "priority"
    assert said.startswith("SP2 (priority 50) rules everything that this policy covers")
    part, said = refusal(SPORT, inner)
    assert part == "priority"
    assert said.startswith("This policy would rule everything that SPW (priority 40) covers")


def test_a_policy_hidden_for_a_part_of_its_time_stands():
    inner = Row("SPW", 40, Scope(sections=some("sport"), origins=some("wire")))
    short = Row("SP2", 50, SPORT.scope, ends_at=NOW + DAY)
    check_against(inner, [short])
    refusal(Row("SPW", 40, inner.scope, ends_at=NOW + DAY), short)


@pytest.mark.parametrize(
    ("scope", "part"),
    [
        (Scope(from_age=7, until_age=7), "until_age"),
        (Scope(from_age=9, until_age=7), "until_age"),
        (Scope(until_age=0), "until_age"),
        (Scope(from_age=-1), "from_age"),
    ],
)
def test_ages_that_no_story_has_are_refused(scope, part):
    assert refusal(Row("AGE", 10, scope))[0] == part
