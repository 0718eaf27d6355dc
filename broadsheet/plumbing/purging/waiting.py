"""The queue to the CDN: what is asked for is kept until the company took it.

Purges are sent in the order asked for, many in one call, by whichever worker comes first. After a
failed call all of them rest, longer each time or as long as the company asks; one that was tried
``MOST_TRIES`` times, or refused, is given up: logged as an error, and counted by ``site doctor``
for a day. By then every page has ended by itself: none is kept longer than ``SHARED_SECONDS``.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F

from broadsheet.plumbing.models import WaitingPurge
from broadsheet.plumbing.purging.contract import Answer, Cdn, Outcome, find_cdn
from broadsheet.plumbing.purging.declaring import Target
from broadsheet.protocol.rendition import ALL

log = logging.getLogger(__name__)
SHARED_SECONDS = 300
"""How long a CDN may keep a page that nobody purged."""
LEASE = timedelta(minutes=2)
LONGEST_PAUSE = timedelta(minutes=5)
MOST_TRIES = 10
"""With the pauses between them, 17 minutes."""
MOST_WAITING = 3_000
"""When more wait, everything is forgotten in one call."""
CALLS_A_ROUND = 10
"""The worker has other duties."""
GIVEN_UP_KEPT = timedelta(days=1)


def queue_targets(targets: Iterable[Target], *, now: datetime) -> int:
    """Ask the CDN to forget these pages; the number that did not wait already."""
    wanted = {target.key: target for target in targets}
    if ALL in wanted:
        wanted = {ALL: Target(ALL)}
    known = WaitingPurge.objects.filter(tries=0, given_up_at=None, key__in=(*wanted, ALL))
    waiting = set(known.values_list("key", flat=True))
    if ALL in waiting:
        return 0
    fresh = [
        WaitingPurge(key=target.key, path=target.path, asked_at=now, due_at=now)
        for target in wanted.values()
        if target.key not in waiting
    ]
    return len(WaitingPurge.objects.bulk_create(fresh))


def send_waiting(*, now: datetime) -> int:
    """Duty: send what waits, unless it rests; the number of purges the CDN took."""
    WaitingPurge.objects.filter(given_up_at__lt=now - GIVEN_UP_KEPT).delete()
    cdn = find_cdn(settings.PLANT)
    if cdn is None:
        return 0
    taken = 0
    rows = _claim(now, most=cdn.most * CALLS_A_ROUND)
    for part in _divide(cdn, rows):
        answer = _send(cdn, part)
        if answer.outcome is Outcome.SENT:
            WaitingPurge.objects.filter(pk__in=[row.pk for row in part]).delete()
            taken += len(part)
        elif answer.outcome is Outcome.REFUSED:
            _give_up(part, answer, now)
        else:
            _put_off([row for row in rows if row.pk >= part[0].pk], part, answer, now)
            break
    return taken


def count_waiting() -> tuple[int, int]:
    """How many purges wait, and how many were given up within a day."""
    rows = WaitingPurge.objects
    return rows.filter(given_up_at=None).count(), rows.exclude(given_up_at=None).count()


def _claim(now: datetime, *, most: int) -> list[WaitingPurge]:
    """What waits, oldest first, to be sent by nobody else for a while; nothing while any rests."""
    waiting = WaitingPurge.objects.filter(given_up_at=None)
    due = waiting.filter(due_at__lte=now)
    with transaction.atomic():
        if waiting.filter(due_at__gt=now, tries__gt=0).exists():
            return []
        if due.count() > MOST_WAITING:
            due.delete()
            WaitingPurge.objects.create(key=ALL, asked_at=now, due_at=now)
        rows = list(due.select_for_update().order_by("pk")[:most])
        mine = due.filter(pk__in=[row.pk for row in rows])
        if mine.update(due_at=now + LEASE, tries=F("tries") + 1) != len(rows):
            return []
    for row in rows:
        row.tries += 1
    return rows


def _divide(cdn: Cdn, rows: Sequence[WaitingPurge]) -> list[list[WaitingPurge]]:
    """The rows as they go, call by call; ``all`` makes up for every other."""
    if any(row.key == ALL for row in rows):
        return [list(rows)]
    parts: list[list[WaitingPurge]] = []
    held: set[str] = set()
    for row in rows:
        name = row.path if cdn.by_address else row.key
        if not parts or len(held | {name}) > cdn.most:
            parts.append([])
            held = set()
        held.add(name)
        parts[-1].append(row)
    return parts


def _send(cdn: Cdn, rows: Sequence[WaitingPurge]) -> Answer:
    keys = list(dict.fromkeys(row.key for row in rows))
    if ALL in keys:
        return cdn.purge([ALL], [])
    if not cdn.by_address:
        return cdn.purge(keys, [])
    urls = [settings.PLANT.origin + row.path for row in rows if row.path]
    return cdn.purge([], list(dict.fromkeys(urls))) if urls else Answer(Outcome.SENT)


def _put_off(
    rows: Sequence[WaitingPurge], tried: Sequence[WaitingPurge], answer: Answer, now: datetime
) -> None:
    """Let everything from the failed call on rest; what was not tried has lost no try."""
    log.warning("the CDN was not told of %d changes: %s", len(rows), answer.says)
    spent = [row for row in tried if row.tries >= MOST_TRIES]
    if spent:
        _give_up(spent, answer, now)
    tries = max(row.tries for row in tried)
    pause = min(timedelta(seconds=2**tries), LONGEST_PAUSE)
    due_at = now + max(pause, timedelta(seconds=answer.rest_seconds))
    resting = WaitingPurge.objects.filter(given_up_at=None)
    tried_ids = {row.pk for row in tried}
    resting.filter(pk__in=tried_ids).update(due_at=due_at, says=answer.says[:300])
    later = [row.pk for row in rows if row.pk not in tried_ids]
    resting.filter(pk__in=later).update(due_at=due_at, tries=F("tries") - 1)


def _give_up(rows: Sequence[WaitingPurge], answer: Answer, now: datetime) -> None:
    keys = ", ".join(sorted({row.key for row in rows}))
    log.error(
        "given up after %d tries, the CDN shows old pages for up to %d minutes: %s: %s",
        max(row.tries for row in rows),
        SHARED_SECONDS // 60,
        keys[:500],
        answer.says,
    )
    WaitingPurge.objects.filter(pk__in=[row.pk for row in rows]).update(
        given_up_at=now, says=answer.says[:300]
    )
