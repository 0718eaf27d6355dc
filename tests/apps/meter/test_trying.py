"""What a reader would meet, with the policies in force or with one more that is tried."""

from __future__ import annotations

from datetime import timedelta

import pytest

from broadsheet.apps.meter import queries
from broadsheet.apps.meter.actions.policies import PolicyTerms
from broadsheet.apps.meter.models import MeterPolicy
from broadsheet.domain.meter import PolicyKind, Reader, ReaderKind, Reason, WindowKind
from broadsheet.domain.policy_scope import Scope, StoryTraits
from broadsheet.domain.reason_code import ReasonCode
from broadsheet.domain.story import AccessClass

pytestmark = [pytest.mark.db, pytest.mark.django_db]
SPORT = StoryTraits(section="sport", origin="staff")
ANYBODY = Reader()
CITY = StoryTraits(section="city", origin="staff")


def _tried(now, **fields):
    given = {
        "code": "NEW",
        "kind": PolicyKind.METER,
        "anonymous_allowance": 2,
        "registered_allowance": 4,
        "priority": 10,
        "window": WindowKind.WEEK,
        "scope": {"sections": ["sport"]},
        "message": "No more.",
        "starts_at": now + timedelta(days=3),
        **fields,
    }
    return MeterPolicy(**given).as_dated_policy()


def _meet(standing, story, now, reader=ANYBODY, access=AccessClass.METERED):
    return queries.try_policies(standing, story=story, access=access, reader=reader, now=now)


def test_a_policy_is_tried_as_if_in_force_and_nothing_is_kept(adopt, now):
    adopt()
    standing = queries.list_standing(now, tried=_tried(now))
    assert [one.policy.code for one in standing] == ["NEW", "M5"]
    met = _meet(standing, SPORT, now)
    assert (met.verdict.reason, met.verdict.limit) == (Reason.ALLOWANCE_SPENT, 2)
    assert (met.request.wall, met.request.limit, met.request.policy) == ("limit", 2, "NEW")
    assert ReasonCode.decode(met.request.code).reason is Reason.ALLOWANCE_SPENT
    assert _meet(standing, CITY, now).verdict.policy == "M5"
    assert [row.code for row in MeterPolicy.objects.all()] == ["M5"]


def test_a_meter_of_the_paper_is_tried_in_the_place_of_the_one_before(adopt, now):
    adopt()
    tried = _tried(now, priority=0, scope={})
    assert [one.policy.code for one in queries.list_standing(now, tried=tried)] == ["NEW"]


def test_a_subscriber_meets_no_wall(adopt, now):
    adopt()
    reader = Reader(ReaderKind.SUBSCRIBER, frozenset({"unlimited"}))
    met = _meet(queries.list_standing(now), CITY, now, reader)
    assert (met.verdict.reason, met.request.outcome) == (Reason.ENTITLED, "full")


def test_a_paper_without_a_meter_is_closed(now):
    met = _meet(queries.list_standing(now), CITY, now)
    assert (met.ruling.policy.code, met.verdict.outcome) == ("M0", "preview")


def test_a_premium_story_asks_no_special_policy(adopt, now):
    adopt()
    standing = queries.list_standing(now, tried=_tried(now, kind=PolicyKind.OPEN))
    met = _meet(standing, SPORT, now, access=AccessClass.PREMIUM)
    assert (met.verdict.reason, met.verdict.policy) == (Reason.PREMIUM_NEEDED, "M5")


def test_each_rung_says_what_it_lacks(adopt, now):
    adopt()
    adopt(
        code="OLD",
        message="For subscribers.",
        terms=PolicyTerms(
            kind=PolicyKind.LOCKED,
            priority=20,
            scope=Scope(from_age=30, countries=frozenset({"IN"})),
        ),
    )
    adopt(code="WIRE", terms=PolicyTerms(priority=10, scope=Scope(origins=frozenset({"staff"}))))
    story = StoryTraits(section="city", origin="staff", published_at=now - timedelta(days=2))
    rungs = queries.list_rungs(
        queries.list_standing(now), story=story, reader=Reader(country="GB"), now=now
    )
    assert [(r.standing.policy.code, r.misfits, r.rules) for r in rungs] == [
        ("OLD", ("countries", "from_age"), False),
        ("WIRE", (), True),
        ("M5", (), False),
    ]


@pytest.mark.parametrize(
    ("kind", "reason", "has"),
    [
        (PolicyKind.METER, Reason.ALLOWANCE_SPENT, True),
        (PolicyKind.METER, Reason.REGISTER_TO_GO_ON, True),
        (PolicyKind.METER, Reason.REGISTRATION_NEEDED, False),
        (PolicyKind.METER, Reason.PREMIUM_NEEDED, False),
        (PolicyKind.LOCKED, Reason.SUBSCRIBERS_ONLY, True),
        (PolicyKind.ACCOUNT, Reason.REGISTRATION_NEEDED, True),
        (PolicyKind.OPEN, Reason.NETWORK_BUDGET, False),
    ],
)
def test_a_policy_has_words_for_its_own_stops_only(adopt, kind, reason, has):
    adopt(code="P1", message="Ours.", terms=PolicyTerms(kind=kind, priority=10))
    assert queries.find_words(policy="P1", reason=reason) == ("Ours." if has else "")
    assert queries.find_words(policy="P9", reason=reason) == ""


def test_a_draft_is_checked_as_if_adopted_and_not_kept(adopt, now):
    from broadsheet.apps.meter.actions import CannotAdopt, draft_policy

    adopt()
    given = {
        "anonymous_allowance": 0,
        "registered_allowance": 0,
        "message": "For subscribers.",
        "starts_at": now,
        "now": now,
    }
    terms = PolicyTerms(kind=PolicyKind.LOCKED, priority=30)
    assert draft_policy(**given, terms=terms).code == "LOCK"
    with pytest.raises(CannotAdopt) as refused:
        draft_policy(**given | {"message": "{{no}}"}, terms=terms)
    assert list(refused.value.message_dict) == ["message"]
    assert [row.code for row in MeterPolicy.objects.all()] == ["M5"]


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        (PolicyKind.OPEN, ["OPEN", "OPENB"]),
        (PolicyKind.ACCOUNT, ["ACCT", "ACCTB"]),
        (PolicyKind.METER, ["M5", "M5B"]),
    ],
)
def test_a_code_is_made_of_what_a_policy_does(adopt, kind, codes):
    scopes = (Scope(), Scope(from_age=9))
    made = [
        adopt(message="Ours.", terms=PolicyTerms(kind=kind, priority=10 + 10 * n, scope=scope)).code
        for n, scope in enumerate(scopes)
    ]
    assert made == codes
