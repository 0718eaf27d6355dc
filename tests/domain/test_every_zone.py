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
DAY = 24 * 60


@cache
def changes() -> dict[tuple[tuple[datetime, float], ...], str]:
    """Each way in which a zone's clock changes in a year → one zone that does so."""
    found: dict[tuple[tuple[datetime, float], ...], str] = {}
    for name in sorted(zoneinfo.available_timezones() - {"localtime"}):
        zone = zoneinfo.ZoneInfo(name)
        instants = (YEAR_BEGINS + timedelta(days=n) for n in range(366))
        offsets = [(at, at.astimezone(zone).utcoffset().total_seconds()) for at in instants]
        moves = tuple(
            (at, after) for (_, before), (at, after) in pairwise(offsets) if before != after
        )
        if moves:
            found.setdefault(moves, name)
    return found


def pin_down(zone: zoneinfo.ZoneInfo, seen: datetime, after: float) -> datetime:
    """The minute of a change that was seen to have happened within a day."""
    early, late = 0, DAY
    while late - early > 1:
        middle = (early + late) // 2
        at = seen - timedelta(minutes=DAY - middle)
        changed = at.astimezone(zone).utcoffset() == timedelta(seconds=after)
        early, late = (early, middle) if changed else (middle, late)
    return seen - timedelta(minutes=DAY - late)


def test_bug_7_a_start_in_any_hour_of_change_hangs_on_its_own_day():
    assert len(changes()) > 15
    for moves, name in changes().items():
        zone = zoneinfo.ZoneInfo(name)
        for seen, after in moves:
            change = pin_down(zone, seen, after)
            for minute in range(-90, 91):
                instant = change + timedelta(minutes=minute)
                day = local_day(instant, zone)
                following = day + timedelta(days=1)
                assert day_begins(day, zone) <= instant < day_begins(following, zone), name
                if minute % 60 == 0:
                    span = term_span(day, length=MONTH, index=0)
                    assert span.starts_on == day
                    assert day_begins(span.starts_on, zone) < day_begins(span.ends_on, zone)
