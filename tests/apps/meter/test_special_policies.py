"""Policies that rule a part of the stories or readers, beside the paper's own meter."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from broadsheet.apps.meter.actions import CannotAdopt, end_policy
from broadsheet.apps.meter.actions.policies import PolicyTerms
from broadsheet.apps.meter.models import MeterPolicy
from broadsheet.apps.meter.queries import (
    get_policy_in_force,
    get_snapshot,
    list_special_policies,
)
from broadsheet.domain.meter import PolicyKind, WindowKind
from broadsheet.domain.policy_scope import Scope
from broadsheet.plumbing.models import AuditRow, OutboxRow
from broadsheet.protocol.snapshot import Snapshot

pytestmark = [pytest.mark.db, pytest.mark.django_db]
DAY = timedelta(days=1)
SPORT = Scope(sections=frozenset({"sport"}))
INDIA = Scope(countries=frozenset({"IN"}))


@pytest.fixture(autouse=True)
def sections():
    from broadsheet.apps.newsroom.models import Section

    for slug in ("sport", "city"):
        Section.objects.create(name=slug.title(), slug=slug)


@pytest.fixture
def special(adopt):
    def special(code, *, own=None, **terms):
        terms = {"priority": 50, "scope": SPORT, **terms}
        return adopt(code=code, terms=PolicyTerms(**terms), **(own or {}))

    return special


def refused(adopting, **fields):
    before = (MeterPolicy.objects.count(), AuditRow.objects.count(), OutboxRow.objects.count())
    with pytest.raises(CannotAdopt) as caught:
        adopting(**fields)
    after = (MeterPolicy.objects.count(), AuditRow.objects.count(), OutboxRow.objects.count())
    assert after == before
    return {part: said[0] for part, said in caught.value.message_dict.items()}


def test_a_special_policy_stands_beside_the_papers_own(adopt, special, now):
    own = adopt()
    sport = special("SP2", window=WindowKind.WEEK, name="Sport", ends_at=now + 30 * DAY)
    own.refresh_from_db()
    assert own.ends_at is None
    assert get_policy_in_force(now) == own
    assert list(MeterPolicy.objects.own()) == [own]
    assert list_special_policies(now) == [sport]
    standing = get_snapshot(now).list_standing(now)
    assert [ruling.policy.code for ruling in standing] == ["SP2", "M5"]
    assert (standing[0].scope, standing[0].policy.window, standing[0].policy.tally) == (
        SPORT,
        WindowKind.WEEK,
        "SP2",
    )
    deed = AuditRow.objects.get(subject="meter.policy:SP2")
    assert (deed.deed, deed.detail["scope"]) == ("adopt_policy", {"sections": ["sport"]})


def test_another_meter_of_the_paper_leaves_special_ones_alone(adopt, special, now):
    adopt()
    sport = special("SP2")
    adopt(starts_at=now + DAY, anonymous_allowance=3)
    sport.refresh_from_db()
    assert sport.ends_at is None


@pytest.mark.parametrize(
    ("terms", "tally"),
    [
        ({"scope": SPORT}, "SP2"),
        ({"scope": INDIA}, ""),
        ({"scope": Scope(segments=frozenset({"new-account"}))}, ""),
        ({"scope": Scope(countries=frozenset({"IN"}), from_age=7)}, "SP2"),
        ({"scope": INDIA, "own_count": True}, "SP2"),
        ({"scope": SPORT, "own_count": False}, ""),
        ({"scope": SPORT, "kind": PolicyKind.OPEN}, ""),
    ],
)
def test_stories_of_a_part_are_counted_apart_and_readers_of_a_part_are_not(special, terms, tally):
    assert special("SP2", **terms).tally == tally


def test_the_highest_priority_comes_first_whenever_it_was_adopted(special, now):
    special("LOW", priority=10, scope=Scope(sections=frozenset({"city"})))
    special("HIGH", priority=90)
    special("LATER", priority=70, scope=INDIA, own={"starts_at": now + DAY})
    assert [policy.code for policy in list_special_policies(now)] == ["HIGH", "LATER", "LOW"]
    standing = get_snapshot(now).list_standing(now + 2 * DAY)
    assert [ruling.policy.code for ruling in standing] == ["HIGH", "LATER", "LOW"]


@pytest.mark.parametrize(
    ("terms", "part", "said"),
    [
        ({"scope": Scope(sections=frozenset({"sprot"}))}, "sections", "Did you mean “sport”?"),
        ({"scope": Scope(topics=frozenset({"cup"}))}, "topics", "There is no “cup” here."),
        ({"scope": Scope(authors=frozenset({"nobody"}))}, "authors", "There is no “nobody” here."),
        ({"scope": Scope(origins=frozenset({"wires"}))}, "origins", "Did you mean “wire”?"),
        ({"scope": Scope(countries=frozenset({"India"}))}, "countries", "two capital letters"),
        ({"scope": Scope(segments=frozenset({"New!"}))}, "segments", "is no segment"),
        ({"scope": Scope(from_age=7, until_age=7)}, "until_age", "could never apply"),
        ({"window": WindowKind.ROLLING_DAYS}, "days", "1 to 60"),
        ({"window": WindowKind.ROLLING_DAYS, "days": 61}, "days", "60"),
        ({"days": 7}, "days", "Only a window of the last days"),
        ({"priority": 1000}, "priority", "999"),
        ({"priority": 0}, "priority", "a priority from 1 on"),
    ],
)
def test_what_could_not_do_what_was_meant_is_refused_by_part(special, terms, part, said):
    problems = refused(special, code="SP2", **terms)
    assert list(problems) == [part]
    assert said in problems[part]


def test_an_account_asked_for_must_give_more(special):
    same = {"anonymous_allowance": 5, "registered_allowance": 5}
    problems = refused(special, code="SP2", account_first=True, own=same)
    assert list(problems) == ["account_first"]


def test_a_policy_ends_after_it_begins(special, now):
    assert list(refused(special, code="SP2", ends_at=now)) == ["ends_at"]


def test_two_of_one_priority_for_one_story_contradict(special):
    special("SP2")
    problems = refused(special, code="IND", scope=INDIA)
    assert "SP2 has priority 50 too" in problems["priority"]
    assert special("IND", scope=INDIA, priority=60).code == "IND"


def test_a_policy_that_another_hides_is_refused(special):
    special("SP2")
    inner = Scope(sections=frozenset({"sport"}), origins=frozenset({"wire"}))
    assert "could never apply" in refused(special, code="SPW", scope=inner, priority=40)["priority"]


def test_the_papers_own_meter_has_no_end_but_the_next(adopt, now):
    terms = PolicyTerms(ends_at=now + DAY)
    assert list(refused(adopt, terms=terms)) == ["ends_at"]
    assert list(refused(adopt, terms=PolicyTerms(kind=PolicyKind.OPEN))) == ["kind"]
    adopt()
    with pytest.raises(CannotAdopt):
        end_policy(code="M5", ends_at=now + DAY, actor="devan", now=now)


def test_the_papers_own_meter_may_count_by_weeks_or_rolling_days(adopt, now):
    adopt(terms=PolicyTerms(window=WindowKind.WEEK))
    adopt(
        anonymous_allowance=3,
        starts_at=now + DAY,
        terms=PolicyTerms(window=WindowKind.ROLLING_DAYS, days=7, account_first=True),
    )
    policy, _row = get_snapshot(now).find_policy(now + DAY)
    assert (policy.code, policy.window, policy.days, policy.account_first) == (
        "M3",
        WindowKind.ROLLING_DAYS,
        7,
        True,
    )


def test_a_special_policy_is_ended_now_or_later(special, now):
    special("SP2")
    end_policy(code="SP2", ends_at=now + DAY, actor="devan", now=now)
    assert MeterPolicy.objects.get(code="SP2").ends_at == now + DAY
    end_policy(code="SP2", ends_at=now + timedelta(hours=1), actor="devan", now=now)
    assert list_special_policies(now + DAY) == []
    with pytest.raises(CannotAdopt, match="not in the past"):
        end_policy(code="SP2", ends_at=now - DAY, actor="devan", now=now)
    with pytest.raises(CannotAdopt, match="over already"):
        end_policy(code="SP2", ends_at=now + 9 * DAY, actor="devan", now=now + 8 * DAY)
    deeds = AuditRow.objects.filter(deed="end_policy").order_by("pk")
    assert [deed.detail["ends_at"] for deed in deeds] == [
        (now + DAY).isoformat(),
        (now + timedelta(hours=1)).isoformat(),
    ]


def test_an_end_is_not_put_off_into_the_time_of_another_of_its_priority(special, now):
    special("SP2", ends_at=now + DAY)
    special("IND", scope=INDIA, own={"starts_at": now + DAY})
    ending = {"code": "SP2", "actor": "devan", "now": now}
    problems = refused(end_policy, ends_at=now + 2 * DAY, **ending)
    assert list(problems) == ["ends_at"]
    assert problems["ends_at"].startswith("It cannot go on until then. IND has priority 50 too")
    assert MeterPolicy.objects.get(code="SP2").ends_at == now + DAY
    end_policy(code="IND", ends_at=now, actor="devan", now=now)
    assert end_policy(ends_at=now + 2 * DAY, **ending).ends_at == now + 2 * DAY


def test_one_that_has_not_begun_is_over_at_once(special, now):
    special("SP2", own={"starts_at": now + DAY})
    end_policy(code="SP2", ends_at=now, actor="devan", now=now)
    assert not MeterPolicy.objects.filter(code="SP2").exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"scope": {"sections": ["sport"]}},
        {"kind": "open"},
        {"tally": "X"},
        {"days": 7},
        {"window": "rolling-days"},
    ],
)
def test_the_database_itself_keeps_the_papers_own_meter_whole(adopt, wrong):
    policy = adopt()
    with pytest.raises(IntegrityError), transaction.atomic():
        MeterPolicy.objects.filter(pk=policy.pk).update(**wrong)


def test_the_gate_reads_what_the_table_says(special, now, gate_folder):
    from broadsheet.apps.meter.actions import publish_snapshot

    special("SP2", window=WindowKind.ROLLING_DAYS, days=7, account_first=True)
    publish_snapshot(now=now)
    told = Snapshot.decode((gate_folder / "snapshot.json").read_text(encoding="utf-8"))
    assert told == get_snapshot(now)
    assert told.policies[0].scope == SPORT
