"""What a reader's meter holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings

from broadsheet.apps.meter.queries.policies import get_snapshot
from broadsheet.apps.newsroom.models import Story
from broadsheet.counters.contract import StoreUnavailable, Tally
from broadsheet.counters.opening import open_reads
from broadsheet.domain.meter import Policy, Window, get_window
from broadsheet.protocol import keys
from broadsheet.protocol.cookies import DAY_SECONDS
from broadsheet.protocol.device import read_device


@dataclass(frozen=True, slots=True)
class CountedStories:
    """What a reader's meter holds: the stories that counted in this window, oldest read first."""

    window: str
    resets_on: date
    limit: int
    stories: tuple[Story, ...]
    used: int

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.used)


def name_tally(policy: Policy, window: Window) -> Tally:
    """Where a policy's reads of a window are counted."""
    name = f"{policy.tally}.{window.key}" if policy.tally else window.key
    return Tally(name, window.since, window.today)


def list_counted_stories(
    *, device_cookie: str = "", reader_id: int | None = None, now: datetime
) -> CountedStories | None:
    """What counted in this window: for a signed-in reader theirs, else the device's.

    ``None`` if there is no policy or the count cannot be had just now. A forged or missing cookie
    has read nothing.
    """
    found = get_snapshot(now).find_policy(now)
    if found is None:
        return None
    policy = found[0]
    window = get_window(policy, now)
    read: tuple[int, ...] = ()
    reader_key = _reader_key(device_cookie, reader_id, now)
    if reader_key:
        try:
            store = open_reads(settings.PLANT.home / "reads", settings.PLANT.redis_url)
            read = store.list_reads(name_tally(policy, window), reader_key)
        except StoreUnavailable:
            return None
    stories = Story.objects.select_related("section").in_bulk(read)
    allowance = policy.anonymous_allowance if reader_id is None else policy.registered_allowance
    return CountedStories(
        window=window.key,
        resets_on=window.resets_on,
        limit=allowance,
        stories=tuple(stories[pk] for pk in read if pk in stories),
        used=len(read),
    )


def _reader_key(device_cookie: str, reader_id: int | None, now: datetime) -> str:
    if reader_id is not None:
        return f"r{reader_id}"
    key = keys.derive_key(settings.PLANT.secret_key, keys.DEVICE)
    device = read_device(key, device_cookie, int(now.timestamp() // DAY_SECONDS))
    return device.reader_key if device else ""
