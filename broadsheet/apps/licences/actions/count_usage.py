"""Counting what was read by each licence, from the gate's events, hour by hour.

By the rules of COUNTER's Code of Practice 5.1, section 7: two requests of one reader for one story
within 30 seconds are one, the second; a unique request is one story in one session, and a session
is a reader's hour. Readers are told apart by the pseudonym of the event alone, and only sums stay.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from django.db import transaction

from broadsheet.apps.licences.models import CountedHours, Licence, UsageHour
from broadsheet.domain.meter import Outcome
from broadsheet.domain.story import AccessClass
from broadsheet.plumbing.many_rows import put_rows
from broadsheet.protocol.meter_event import MeterEvent, UnreadableEvent, find_hour

HOUR = timedelta(hours=1)
LATE = timedelta(minutes=2)
"""How long after its end an hour is counted: by then every gate has written it down."""
DOUBLE_CLICK = 30_000
"""Milliseconds between two requests that are one."""
MOST_HOURS = 24 * 7
"""Hours counted by one call."""
MARK = '"licence":'


def count_usage(*, spool: Path, host: str, now: datetime, most_hours: int = MOST_HOURS) -> int:
    """Count the hours that are over and were not counted; their number. Done twice, it is the same.

    ``spool`` is the gate's folder of events on ``host``.
    """
    counted = CountedHours.objects.filter(host=host).first()
    hour = counted.until if counted else _find_first(spool)
    done = 0
    while hour is not None and hour + HOUR + LATE <= now and done < most_hours:
        _count_hour(spool, host, hour)
        hour += HOUR
        done += 1
    return done


@transaction.atomic
def _count_hour(spool: Path, host: str, hour: datetime) -> None:
    totals, uniques = count_requests(_read_hour(spool, hour))
    known = set(Licence.objects.filter(pk__in=totals).values_list("pk", flat=True))
    put_rows(
        UsageHour,
        ["licence_id", "hour_at", "host", "total", "unique"],
        [(pk, hour, host, totals[pk], uniques[pk]) for pk in sorted(known)],
        unique=["licence_id", "hour_at", "host"],
    )
    CountedHours.objects.update_or_create(host=host, defaults={"until": hour + HOUR})


def count_requests(events: Iterable[MeterEvent]) -> tuple[Counter[int], Counter[int]]:
    """Total and unique requests of controlled stories by licence, within one hour."""
    times: dict[tuple[int, str, int], list[int]] = {}
    for event in events:
        if event.licence and event.outcome == Outcome.FULL and event.access != AccessClass.FREE:
            times.setdefault((event.licence, event.reader, event.story), []).append(event.at)
    totals, uniques = Counter[int](), Counter[int]()
    for (licence, _reader, _story), clicks in times.items():
        uniques[licence] += 1
        totals[licence] += count_clicks(clicks)
    return totals, uniques


def count_clicks(times: list[int]) -> int:
    """Requests in a list of instants (milliseconds): one that another follows within 30 s is none."""
    ordered = sorted(times)
    followed = sum(after - before < DOUBLE_CLICK for before, after in pairwise(ordered))
    return len(ordered) - followed


def _read_hour(spool: Path, hour: datetime) -> Iterable[MeterEvent]:
    """The licensed events of an hour, whichever file they stand in: a file may hold a late second."""
    begins, ends = int(hour.timestamp() * 1000), int((hour + HOUR).timestamp() * 1000)
    for name in (find_hour(hour), find_hour(hour + HOUR)):
        for path in sorted(spool.glob(f"{name}-*.jsonl")):
            with path.open(encoding="utf-8", errors="replace") as file:
                for line in file:
                    if MARK not in line:
                        continue
                    try:
                        event = MeterEvent.decode(line)
                    except UnreadableEvent:
                        continue
                    if begins <= event.at < ends:
                        yield event


def _find_first(spool: Path) -> datetime | None:
    """The hour of the oldest file; ``None`` where nothing was read yet."""
    hours = (path.name[:13] for path in spool.glob("*.jsonl"))
    first = min(hours, default="")
    try:
        return datetime.strptime(first, "%Y-%m-%dT%H").replace(tzinfo=UTC)
    except ValueError:
        return None
