"""Ladders of patience."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from broadsheet.domain.dunning import (
    INDIAN_CARD,
    UPI_AUTOPAY,
    USUAL_PATIENCE,
    find_patience,
    is_refused_for_good,
    pause_unsent,
)

pytestmark = pytest.mark.pure
DAY = date(2026, 2, 27)
NONE, LONG = timedelta(0), timedelta(hours=36)


@pytest.mark.parametrize(
    ("kind", "notice", "expected"),
    [
        ("card", NONE, USUAL_PATIENCE),
        ("card", LONG, INDIAN_CARD),
        ("upi", NONE, UPI_AUTOPAY),
        ("upi", LONG, UPI_AUTOPAY),
        ("bank", NONE, USUAL_PATIENCE),
        ("bank", LONG, USUAL_PATIENCE),
        ("", NONE, USUAL_PATIENCE),
    ],
)
def test_each_mandate_has_its_ladder(kind, notice, expected):
    assert find_patience(kind, notice=notice) is expected


@pytest.mark.parametrize(
    ("patience", "days"), [(USUAL_PATIENCE, [1, 3, 5, 7]), (INDIAN_CARD, [3, 6]), (UPI_AUTOPAY, [])]
)
def test_the_days_of_each_ladder(patience, days):
    tried, found = DAY, []
    while (tried := patience.find_next_retry(DAY, tried)) is not None:
        found.append((tried - DAY).days)
    assert found == days
    assert patience.grace_ends_on(DAY) == date(2026, 3, 6)


def test_out_of_reach_twice_as_long_each_time():
    minutes = [pause_unsent(times) // timedelta(minutes=1) for times in range(9)]
    assert minutes == [5, 10, 20, 40, 80, 160, 320, 360, 360]
    assert pause_unsent(30_000) == timedelta(hours=6)


@pytest.mark.parametrize(
    ("codes", "hard", "expected"),
    [
        (["insufficient_funds"] * 4, False, False),
        (["stolen_card"], True, True),
        (["do_not_honor"], False, False),
        (["do_not_honor", "insufficient_funds", "do_not_honour"], False, True),
        ([], False, False),
    ],
)
def test_when_no_try_helps(codes, hard, expected):
    assert is_refused_for_good(codes, hard=hard) is expected
