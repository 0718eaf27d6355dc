from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from broadsheet.domain.segment import Segment, name_segments

pytestmark = pytest.mark.pure

NOW = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("age", "is_new"),
    [
        (timedelta(0), True),
        (timedelta(days=30) - timedelta(seconds=1), True),
        (timedelta(days=30), False),
        (timedelta(days=4_000), False),
        (-timedelta(seconds=1), True),
    ],
)
def test_an_account_is_new_for_thirty_days(age, is_new):
    named = name_segments(
        registered_at=NOW - age, was_subscriber=False, is_subscriber=False, now=NOW
    )
    assert named == ({Segment.NEW_ACCOUNT} if is_new else set())


@pytest.mark.parametrize(
    ("was", "runs", "is_former"),
    [(False, False, False), (True, False, True), (True, True, False), (False, True, False)],
)
def test_who_held_one_and_holds_none_is_a_former_subscriber(was, runs, is_former):
    named = name_segments(
        registered_at=datetime(2020, 1, 1, tzinfo=UTC),
        was_subscriber=was,
        is_subscriber=runs,
        now=NOW,
    )
    assert named == ({Segment.FORMER_SUBSCRIBER} if is_former else set())


def test_an_account_may_be_both():
    named = name_segments(registered_at=NOW, was_subscriber=True, is_subscriber=False, now=NOW)
    assert named == set(Segment)
