"""What a gateway bears: so many a second and a day, none when it fails."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from broadsheet.apps.payments.actions.keep_pace import (
    Limits,
    give_slots_back,
    is_failing,
    note_answers,
    take_slots,
)
from broadsheet.apps.payments.models import GatewayPace
from broadsheet.domain.charge import ChargeState

pytestmark = [pytest.mark.db, pytest.mark.django_db]
TEN = Limits(per_second=10)


def test_no_limits_no_waiting(now):
    slots = take_slots("test", 500, Limits(), now=now)
    assert (slots.count, slots.wait_for(499, now)) == (500, 0.0)


def test_two_who_share_a_rate_queue_up(now):
    first = take_slots("test", 20, TEN, now=now)
    second = take_slots("test", 5, TEN, now=now)
    other = take_slots("other", 5, TEN, now=now)
    assert [first.wait_for(n, now) for n in (0, 1, 19)] == [0.0, 0.1, 1.9]
    assert [second.wait_for(n, now) for n in (0, 4)] == [2.0, 2.4]
    assert other.wait_for(0, now) == 0.0
    later = now + timedelta(minutes=1)
    assert take_slots("test", 5, TEN, now=later).wait_for(0, later) == 0.0


def test_slots_that_nobody_needs_keep_nobody_waiting(now):
    give_slots_back("test", take_slots("test", 20, TEN, now=now), 1)
    assert take_slots("test", 5, TEN, now=now).wait_for(0, now) == 0.1


def test_a_busy_gateway_is_sent_half_as_many(now):
    note_answers("test", Counter({ChargeState.SUCCEEDED: 9, ChargeState.NOT_SENT: 1}), now=now)
    assert take_slots("test", 2, TEN, now=now).apart == timedelta(seconds=0.2)
    note_answers("test", Counter({ChargeState.SUCCEEDED: 10}), now=now)
    assert take_slots("test", 2, TEN, now=now).apart == timedelta(seconds=0.1)


@pytest.mark.parametrize(
    ("sent", "lost", "failing"), [(19, 19, False), (20, 10, False), (20, 11, True), (0, 0, False)]
)
def test_when_a_gateway_fails(sent, lost, failing):
    assert is_failing(sent, lost) is failing


@pytest.mark.parametrize("lost", [ChargeState.UNKNOWN, ChargeState.NOT_SENT])
def test_a_failing_gateway_rests_for_a_minute(now, lost, caplog):
    note_answers("test", Counter({ChargeState.SUCCEEDED: 12, lost: 8}), now=now)
    assert take_slots("test", 5, TEN, now=now).count == 5
    note_answers("test", Counter({lost: 5}), now=now)
    assert "nothing is sent for a minute" in caplog.text
    assert take_slots("test", 5, TEN, now=now + timedelta(seconds=59)).count == 0
    assert take_slots("other", 5, TEN, now=now).count == 5
    assert take_slots("test", 5, TEN, now=now + timedelta(seconds=60)).count == 5


def test_what_was_long_ago_is_not_counted(now):
    note_answers("test", Counter({ChargeState.UNKNOWN: 19}), now=now)
    note_answers("test", Counter({ChargeState.UNKNOWN: 19}), now=now + timedelta(seconds=60))
    assert GatewayPace.objects.get().stopped_until is None


def test_the_days_cap(now, caplog):
    cap = Limits(a_day=12)
    slots = take_slots("test", 10, cap, now=now)
    assert slots.count == 10
    give_slots_back("test", slots, 7)
    assert take_slots("test", 10, cap, now=now).count == 5
    assert take_slots("test", 10, cap, now=now).count == 0
    assert "cap of 12 charges is reached" in caplog.text
    assert take_slots("test", 10, cap, now=now + timedelta(days=1)).count == 10
