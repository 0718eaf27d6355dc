"""Bug 7: every zone's clock changes, minute by minute: no day is lost, none comes twice."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise

import pytest

from broadsheet.domain.billing_calendar import (
    TermLength,
    TermUnit,
    day_begins,
    local_day,
    term_span,
)

pytestmark = pytest.mark.pure
MONTH = TermLength(1, TermUnit.MONTH)
YEAR_BEGINS = datetime(2027, 1, 1, tzinfo=UTC)


@cache
def changes() -> dict[tuple[tuple[datetime, float], ...], str]:
    """Each way in which a zone's clock changes in a year → one zone that does so."""
    found: dict[tuple[tuple[datetime, float], ...], str] = {}
    for name in sorted(zoneinfo.available_timezones() - {"localtime"}):
        zone = zoneinfo.ZoneInfo(name)
        instants = (YEAR_BEGINS + timedelta(hours=6 * n) for n in range(4 * 366))
        offsets = [(at, at.astimezone(zone).utcoffset().total_seconds()) for at in instants]
        moves = tuple(
            (at, after) for (_, before), (at, after) in pairwise(offsets) if before != after
        )
        if moves:
            found.setdefault(moves, name)
    return found


def test_bug_7_a_start_in_any_hour_of_change_hangs_on_its_own_day():
    assert len(changes()) > 15
    for moves, name in changes().items():
        zone = zoneinfo.ZoneInfo(name)
        for around, _ in moves:
            for minute in range(-7 * 60, 60):
                instant = around + timedelta(minutes=minute)
                day = local_day(instant, zone)
                following = day + timedelta(days=1)
                assert day_begins(day, zone) <= instant < day_begins(following, zone), name
                if minute % 60 == 0:
                    span = term_span(day, length=MONTH, index=0)
                    assert span.starts_on == day
                    assert day_begins(span.starts_on, zone) < day_begins(span.ends_on, zone)
