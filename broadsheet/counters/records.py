"""What a record holds, as bytes, and the arithmetic of it: pure, the same for every store.

A reader's reads in a calendar tally are the ids of the stories, four bytes each, in the order of
reading; in a rolling tally each id is followed by the day it was read, four bytes more. What a
reader has given back is the day of each time, four bytes, 0 in a calendar tally.
"""

from __future__ import annotations

from binascii import Error, unhexlify
from collections.abc import Iterable, Iterator
from struct import Struct

from broadsheet.counters.contract import Tally
from broadsheet.domain.meter import Reads

LONGEST_WINDOW = 62
"""Days of the longest rolling window; an older read is dropped when its record is next written."""
_ID = Struct("<I")
_READ = Struct("<II")
pack_story = _ID.pack
_DEVICE = b"\xfd"
_DEVICE_KEY = 33
_TABLED = 64
_NEW = tuple(Reads(before, already=False) for before in range(_TABLED))
_KNOWN = tuple(Reads(before, already=True) for before in range(_TABLED))


def pack_key(reader_key: str) -> bytes:
    """A reader key as a file of LMDB has it. A device's (``d`` and 32 hex digits) takes half.

    Nothing else begins with the byte that this begins with, for a key is ASCII.
    """
    if len(reader_key) == _DEVICE_KEY and reader_key[0] == "d":
        try:
            return _DEVICE + unhexlify(reader_key[1:])
        except Error:
            pass
    return reader_key.encode("ascii")


def look(tally: Tally, held: bytes, story_id: int) -> Reads:
    """What a record says of one story."""
    if tally[2]:
        return _look_at_days(tally, held, story_id)
    before = len(held) >> 2
    if before < _TABLED:
        return _KNOWN[before] if _holds(held, pack_story(story_id)) else _NEW[before]
    return Reads(before, _holds(held, pack_story(story_id)))


def add(tally: Tally, held: bytes, story_id: int) -> bytes:
    """The record with the story as its last read, unless it counts there already."""
    if not tally.today:
        story = pack_story(story_id)
        return held if _holds(held, story) else held + story
    if _look_at_days(tally, held, story_id).already:
        return held
    return _drop(held, story_id, tally.today - LONGEST_WINDOW) + _READ.pack(story_id, tally.today)


def remove(tally: Tally, held: bytes, story_id: int) -> bytes:
    """The record without the story."""
    if tally.today:
        return _drop(held, story_id, 0)
    return b"".join(pack_story(story) for (story,) in _ID.iter_unpack(held) if story != story_id)


def join(tally: Tally, records: Iterable[bytes]) -> bytes:
    """All reads of several records, each story once; of its days that count the earliest."""
    if not tally.today:
        stories = {story: None for held in records for (story,) in _ID.iter_unpack(held)}
        return b"".join(map(pack_story, stories))
    days: dict[int, int] = {}
    for held in records:
        for story, day in _READ.iter_unpack(held):
            if day >= tally.since:
                days[story] = min(day, days.get(story, day))
    return b"".join(_READ.pack(*read) for read in sorted(days.items(), key=lambda read: read[1]))


def list_stories(tally: Tally, held: bytes) -> tuple[int, ...]:
    """The stories that count, in the order of reading."""
    if tally.today:
        return tuple(story for story, _ in _list_counting(tally, held))
    return tuple(story for (story,) in _ID.iter_unpack(held))


def count_days(tally: Tally, back: bytes) -> int:
    """How many of the days in a record of what was given back still count."""
    return sum(tally.since <= day <= tally.today for (day,) in _ID.iter_unpack(back))


def add_day(tally: Tally, back: bytes) -> bytes:
    """The record of what was given back with one more, of today."""
    return drop_old_days(back, tally.today - LONGEST_WINDOW) + _ID.pack(tally.today)


def get_larger(tally: Tally, backs: Iterable[bytes]) -> bytes:
    """The one of several records of what was given back that counts most."""
    return max(backs, key=lambda back: count_days(tally, back))


def drop_old_reads(held: bytes, first: int) -> bytes:
    """The reads of a rolling tally from the day ``first`` on."""
    return _drop(held, -1, first)


def drop_old_days(back: bytes, first: int) -> bytes:
    """What was given back from the day ``first`` on."""
    return b"".join(_ID.pack(day) for (day,) in _ID.iter_unpack(back) if day >= first)


def _holds(held: bytes, story: bytes) -> bool:
    at = held.find(story)
    while at & 3 and at > 0:
        at = held.find(story, at + 1)
    return at >= 0


def _look_at_days(tally: Tally, held: bytes, story_id: int) -> Reads:
    already, oldest, before = False, 0, 0
    for story, day in _list_counting(tally, held):
        before += 1
        oldest = min(day, oldest or day)
        already = already or story == story_id
    return Reads(before, already, oldest)


def _list_counting(tally: Tally, held: bytes) -> Iterator[tuple[int, int]]:
    _, since, today = tally
    return ((story, day) for story, day in _READ.iter_unpack(held) if since <= day <= today)


def _drop(held: bytes, story_id: int, first: int) -> bytes:
    return b"".join(
        _READ.pack(story, day)
        for story, day in _READ.iter_unpack(held)
        if story != story_id and day >= first
    )
