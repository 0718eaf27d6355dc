"""What a reader's meter holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from django.conf import settings

from broadsheet.apps.meter.queries.policies import get_snapshot
from broadsheet.apps.newsroom.models import Section, Story
from broadsheet.counters.contract import ReadStore, StoreUnavailable, Tally, find_tally
from broadsheet.counters.giving_back import A_MONTH, count_left, name_notes
from broadsheet.counters.opening import open_reads
from broadsheet.domain.billing_calendar import add_months
from broadsheet.domain.meter import Policy, PolicyKind, WindowKind, get_window
from broadsheet.domain.policy_scope import Scope
from broadsheet.protocol import keys
from broadsheet.protocol.cookies import DAY_SECONDS
from broadsheet.protocol.device import read_device


@dataclass(frozen=True, slots=True)
class CountedStories:
    """One count of a reader: the stories that count in its window, oldest read first.

    ``starts_on`` is the window's first day, ``resets_on`` the day of the next one; of a rolling
    window of so many ``days`` the day on which its oldest read drops out.
    """

    policy: str
    is_own: bool
    sections: tuple[str, ...]
    kind: WindowKind
    days: int
    tally: str
    window: str
    starts_on: date
    resets_on: date
    limit: int
    stories: tuple[Story, ...]
    used: int

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.used)


@dataclass(frozen=True, slots=True)
class Meter:
    """All that counts for a reader now, the paper's own count first, and what may be given back."""

    counts: tuple[CountedStories, ...]
    may_give_back: int
    gives_back_on: date
    """The day on which one more may be given back."""


def open_store() -> ReadStore:
    """The newspaper's store of reads."""
    return open_reads(settings.PLANT.home / "reads", settings.PLANT.redis_url)


def name_month(now: datetime) -> Tally:
    """Where it is noted what a reader has given back in this month of the paper."""
    return name_notes(f"{now.astimezone(settings.PAPER.zone):%Y-%m}")


def list_tallies(now: datetime) -> list[Tally]:
    """Every count that a policy in force keeps, the paper's own first."""
    return [one.tally for one in _list_metering(now)]


def find_meter(
    *, device_cookie: str = "", reader_id: int | None = None, now: datetime
) -> Meter | None:
    """What counts now: for a signed-in reader theirs, else the device's.

    The paper's own count always; that of another policy where something was read. ``None`` if
    there is no policy or the count cannot be had just now. A forged or missing cookie has read
    nothing.
    """
    metering = _list_metering(now)
    if not metering:
        return None
    reader_key = find_reader_key(device_cookie, reader_id, now)
    store = open_store()
    try:
        held = [_read(store, one, reader_key) for one in metering]
        left = count_left(store, name_month(now), reader_key) if reader_key else A_MONTH
    except StoreUnavailable:
        return None
    first = now.astimezone(settings.PAPER.zone).date().replace(day=1)
    return Meter(
        counts=_tell([one for one in held if one.metering.is_own or one.read], reader_id, now),
        may_give_back=left,
        gives_back_on=add_months(first, 1),
    )


def find_reader_key(device_cookie: str, reader_id: int | None, now: datetime) -> str:
    """Under what a reader's reads are counted; ``""`` for a browser that has no device yet."""
    return f"r{reader_id}" if reader_id is not None else find_device_key(device_cookie, now)


def find_device_key(device_cookie: str, now: datetime) -> str:
    """Under what a browser's reads are counted, ``""`` if its cookie is none of ours."""
    key = keys.derive_key(settings.PLANT.secret_key, keys.DEVICE)
    device = read_device(key, device_cookie, int(now.timestamp() // DAY_SECONDS))
    return device.reader_key if device else ""


class _Metering(NamedTuple):
    """One count, and the policy that describes it."""

    tally: Tally
    policy: Policy
    scope: Scope
    is_own: bool


def _list_metering(now: datetime) -> list[_Metering]:
    """Every count kept now, the paper's own first; of several policies the first describes it."""
    snapshot = get_snapshot(now)
    if snapshot.find_policy(now) is None:
        return []
    *special, own = snapshot.list_standing(now)
    found: dict[Tally, _Metering] = {}
    for one in (own, *special):
        if one.policy.kind is PolicyKind.METER:
            tally = find_tally(one.policy, get_window(one.policy, now))
            found.setdefault(tally, _Metering(tally, one.policy, one.scope, one is own))
    return list(found.values())


class _Held(NamedTuple):
    """The stories of one count, in the order of reading, and the day number of the oldest read."""

    metering: _Metering
    read: tuple[int, ...]
    oldest: int


def _read(store: ReadStore, metering: _Metering, reader_key: str) -> _Held:
    read = store.list_reads(metering.tally, reader_key) if reader_key else ()
    is_dated = metering.tally.is_rolling and read
    oldest = store.peek(metering.tally, reader_key, read[0]).oldest if is_dated else 0
    return _Held(metering, read, oldest)


def _tell(held: list[_Held], reader_id: int | None, now: datetime) -> tuple[CountedStories, ...]:
    """The counts with their stories' and sections' names: two queries, however many they are."""
    read = {pk for one in held for pk in one.read}
    stories = Story.objects.defer("body").select_related("section").in_bulk(read)
    wanted = {slug for one in held for slug in one.metering.scope.sections}
    rows = Section.objects.filter(slug__in=wanted).order_by("position")
    named = dict(rows.values_list("slug", "name"))
    return tuple(_count(one, stories, named, reader_id, now) for one in held)


def _count(
    held: _Held,
    stories: dict[int, Story],
    named: dict[str, str],
    reader_id: int | None,
    now: datetime,
) -> CountedStories:
    tally, policy, scope, is_own = held.metering
    window = get_window(policy, now)
    oldest = held.oldest
    return CountedStories(
        policy=policy.code,
        is_own=is_own,
        sections=tuple(name for slug, name in named.items() if slug in scope.sections),
        kind=policy.window,
        days=policy.days,
        tally=tally.name,
        window=window.key,
        starts_on=window.starts_at.date(),
        resets_on=date.fromordinal(oldest + policy.days) if oldest else window.resets_on,
        limit=policy.anonymous_allowance if reader_id is None else policy.registered_allowance,
        stories=tuple(stories[pk] for pk in held.read if pk in stories),
        used=len(held.read),
    )
