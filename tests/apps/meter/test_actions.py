from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from broadsheet.apps.meter.actions import (
    CannotAdopt,
    ensure_first_policy,
    publish_snapshot,
    revoke_session,
    reword_policy,
)
from broadsheet.apps.meter.models import MeterPolicy, RevokedSession
from broadsheet.apps.meter.queries import get_policy_in_force
from broadsheet.plumbing.models import AuditRow, OutboxRow
from broadsheet.protocol.snapshot import Snapshot

pytestmark = [pytest.mark.db, pytest.mark.django_db]
DAY = timedelta(days=1)


def spans():
    rows = MeterPolicy.objects.order_by("starts_at")
    return [(row.code, row.starts_at, row.ends_at) for row in rows]


def test_a_policy_adopted_is_in_force_audited_and_told_of(adopt, now):
    policy = adopt()
    assert (policy.code, policy.starts_at, policy.ends_at) == ("M5", now, None)
    assert get_policy_in_force(now) == policy
    assert list(AuditRow.objects.values_list("actor", "deed", "subject")) == [
        ("devan", "adopt_policy", "meter.policy:M5")
    ]
    assert list(OutboxRow.objects.values_list("event", flat=True)) == [
        "broadsheet.apps.meter.events:PolicyAdopted"
    ]


def test_policies_tile_whatever_the_order_of_adoption(adopt, now):
    adopt()
    adopt(starts_at=now + 10 * DAY, anonymous_allowance=3)
    adopt(starts_at=now + 5 * DAY, anonymous_allowance=4)
    assert spans() == [
        ("M5", now, now + 5 * DAY),
        ("M4", now + 5 * DAY, now + 10 * DAY),
        ("M3", now + 10 * DAY, None),
    ]
    in_force = [get_policy_in_force(now + day * DAY).code for day in (0, 4, 5, 9, 10, 99)]
    assert in_force == ["M5", "M5", "M4", "M4", "M3", "M3"]
    assert get_policy_in_force(now - DAY) is None


def test_an_allowance_adopted_again_gets_the_next_code(adopt, now):
    codes = [adopt(starts_at=now + day * DAY).code for day in range(3)]
    assert codes == ["M5", "M5B", "M5C"]


def test_when_all_codes_are_taken_one_must_be_given(adopt, now):
    for day in range(22):
        adopt(starts_at=now + day * DAY)
    with pytest.raises(CannotAdopt) as caught:
        adopt(starts_at=now + 30 * DAY)
    assert caught.value.message_dict == {"code": ["Give the policy a code of its own, as in M5A."]}


@pytest.mark.parametrize(
    ("field", "value", "blamed"),
    [
        ("message", "You have {{remainig}} left.", "message"),
        ("message", " ", "message"),
        ("anonymous_allowance", 9, "registered_allowance"),
        ("anonymous_allowance", 101, "anonymous_allowance"),
        ("registered_allowance", 101, "registered_allowance"),
        ("code", "5m", "code"),
        ("starts_at", datetime(2026, 11, 22, 5, 59, tzinfo=UTC), "starts_at"),
    ],
)
def test_a_wrong_policy_is_refused_beside_its_field_and_nothing_happens(
    adopt, now, field, value, blamed
):
    adopt()
    with pytest.raises(CannotAdopt) as caught:
        adopt(**{"starts_at": now + DAY, "code": "M7", field: value})
    assert blamed in caught.value.message_dict
    assert spans() == [("M5", now, None)]
    assert AuditRow.objects.count() == OutboxRow.objects.count() == 1


def test_two_policies_cannot_begin_at_one_instant(adopt, now):
    adopt()
    with pytest.raises(CannotAdopt, match="very instant"):
        adopt(code="M6")
    assert spans() == [("M5", now, None)]


def test_a_wrong_name_is_refused_with_the_nearest_right_one(adopt, now):
    with pytest.raises(CannotAdopt, match=r"Did you mean \{\{remaining\}\}\?"):
        adopt(message="You have {{remainig}} left.")
    assert spans() == []


def test_the_database_itself_keeps_an_account_from_giving_less(adopt):
    policy = adopt()
    with pytest.raises(IntegrityError), transaction.atomic():
        MeterPolicy.objects.filter(pk=policy.pk).update(anonymous_allowance=9)


def test_rewording_changes_the_message_and_nothing_else(adopt, now):
    before = adopt()
    after = reword_policy(code="M5", message="Enough for {{used}}.", actor="devan", now=now)
    assert after.message == "Enough for {{used}}."
    assert after.message_version != before.message_version
    assert spans() == [("M5", now, None)]
    assert AuditRow.objects.filter(deed="reword_policy").count() == 1


def test_a_wrong_rewording_is_refused_and_the_words_stand(adopt, now):
    adopt()
    with pytest.raises(CannotAdopt, match="free_limit"):
        reword_policy(code="M5", message="{{limit}}", actor="devan", now=now)
    assert MeterPolicy.objects.get().message == "{{free_limit}} until {{resets_on}}."


def test_a_paper_begins_with_five_and_eight_once(gate_folder, now):
    first = ensure_first_policy(actor="demo", now=now)
    again = ensure_first_policy(actor="demo", now=now + DAY)
    assert first == again
    assert (first.anonymous_allowance, first.registered_allowance) == (5, 8)
    assert MeterPolicy.objects.count() == 1


def test_the_desks_form_checks_the_message_too(now):
    policy = MeterPolicy(
        code="M5",
        anonymous_allowance=None,
        registered_allowance=8,
        message="{{limit}}",
        starts_at=now,
    )
    with pytest.raises(ValidationError, match="free_limit"):
        policy.clean()


def test_the_snapshot_holds_what_is_in_force_and_coming(adopt, gate_folder, now):
    adopt()
    adopt(starts_at=now + DAY, anonymous_allowance=3)
    assert publish_snapshot(now=now)
    snapshot = Snapshot.decode((gate_folder / "snapshot.json").read_text())
    assert (snapshot.mark, snapshot.zone_name, snapshot.metered_when_store_is_down) == (
        "LN",
        "Asia/Kolkata",
        "open",
    )
    assert (snapshot.new_readers_per_network, snapshot.readers_at_once) == (1_000, 4)
    assert snapshot.crawlers_read_full == "none"
    assert [(p.code, p.anonymous_allowance) for p in snapshot.policies] == [("M5", 5), ("M3", 3)]
    assert not publish_snapshot(now=now)
    assert publish_snapshot(now=now + DAY)
    snapshot = Snapshot.decode((gate_folder / "snapshot.json").read_text())
    assert [p.code for p in snapshot.policies] == ["M3"]


def test_a_session_signed_out_is_revoked_until_its_passes_expired(adopt, gate_folder, now):
    revoke_session(session="5e55", now=now)
    revoke_session(session="5e55", now=now)
    publish_snapshot(now=now)
    path = gate_folder / "snapshot.json"
    assert Snapshot.decode(path.read_text()).revoked_sessions == {"5e55"}
    publish_snapshot(now=now + timedelta(seconds=360))
    assert Snapshot.decode(path.read_text()).revoked_sessions == frozenset()
    assert RevokedSession.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_the_gate_is_told_at_once_when_a_policy_is_adopted(adopt, gate_folder):
    adopt()
    snapshot = Snapshot.decode((gate_folder / "snapshot.json").read_text())
    assert [policy.code for policy in snapshot.policies] == ["M5"]
    assert OutboxRow.objects.filter(done_at__isnull=True).count() == 0
