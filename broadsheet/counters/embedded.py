"""The store for one host: LMDB, shared by all processes and threads.

One file for each tally; one record for each reader, as ``records`` lays it out. A re-read or a
stop is one read of mapped memory; only a new read writes. Of each kind of calendar tally
(``2026-11``, ``SPORT.2026-W48``) the last two files are kept. A rolling tally has one file for
ever, under ``rolling/``, which a daily sweep clears of what no window can hold any more. What is no
reading (new members of a bucket, uses of a holder) stands under ``uses/``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from struct import Struct
from typing import Any

import lmdb

from broadsheet.counters import records
from broadsheet.counters.contract import StoreUnavailable, Tally
from broadsheet.counters.mapped import MappedFile, Shelf
from broadsheet.domain.meter import Reads

WINDOWS_KEPT = 2
SWEPT_AT_ONCE = 100
DAY_SECONDS = 86_400
FIRST_DAY = 719_163
"""The day number of 1970-01-01, from which seconds are counted."""
HOLDERS = "holders"
_NAME = re.compile(r"[0-9A-Za-z.-]{1,40}")
_BACK = b"\xff"
"""Before a reader's key, which is ASCII: what that reader has given back."""
_NUMBER = Struct("<I")
_USE = Struct("<dB")


def open_store(folder: Path) -> EmbeddedStore:
    """The store in ``folder``, one and the same within a process (LMDB allows no second)."""
    return _open_once(folder.resolve(), os.getpid())


@cache
def _open_once(folder: Path, _process: int) -> EmbeddedStore:
    return EmbeddedStore(folder)


class EmbeddedStore:
    """A ``ReadStore`` in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._calendar = Shelf(folder, find_old_windows)
        self._rolling = Shelf(folder / "rolling", lambda _known, _name: ())
        self._uses = Shelf(folder / "uses", _find_old_budgets)
        self._calendar_files = self._calendar.files

    def consume(
        self, tally: Tally, reader_key: str, story_id: int, allowance: int, also: str = ""
    ) -> Reads:
        key = records.pack_key(reader_key)
        try:
            file = self._find(tally)
            reads = records.look(tally, file.env.begin().get(key, b""), story_id)
            if reads[1] or reads[0] >= allowance:
                return reads
            with file.begin_writing() as writing:
                held = writing.get(key, b"")
                reads = records.look(tally, held, story_id)
                if not reads[1] and reads[0] < allowance:
                    writing.put(key, records.add(tally, held, story_id))
                    if also:
                        beside = records.pack_key(also)
                        held = writing.get(beside, b"")
                        writing.put(beside, records.add(tally, held, story_id))
                return reads
        except lmdb.Error as error:
            raise StoreUnavailable(str(error)) from error

    def peek(self, tally: Tally, reader_key: str, story_id: int) -> Reads:
        return records.look(tally, self._read(tally, records.pack_key(reader_key)), story_id)

    def list_reads(self, tally: Tally, reader_key: str) -> tuple[int, ...]:
        return records.list_stories(tally, self._read(tally, records.pack_key(reader_key)))

    def unite(self, tally: Tally, *, source: str, into: str, fresh: str) -> int:
        keys = [records.pack_key(key) for key in (into, source, fresh)]
        with self._writing(tally) as writing:
            union = records.join(tally, (writing.get(key, b"") for key in keys))
            back = records.get_larger(tally, (writing.get(_BACK + key, b"") for key in keys))
            for key in (keys[0], keys[2]):
                _put(writing, key, union)
                _put(writing, _BACK + key, back)
        return len(records.list_stories(tally, union))

    def give_back(
        self, tally: Tally, reader_key: str, story_id: int, *, most: int, also: str = ""
    ) -> bool:
        key = records.pack_key(reader_key)
        with self._writing(tally) as writing:
            back = writing.get(_BACK + key, b"")
            held = writing.get(key, b"")
            if records.count_days(tally, back) >= most:
                return False
            if not records.look(tally, held, story_id).already:
                return False
            back = records.add_day(tally, back)
            _put(writing, key, records.remove(tally, held, story_id))
            writing.put(_BACK + key, back)
            if also:
                beside = records.pack_key(also)
                held = writing.get(beside, b"")
                _put(writing, beside, records.remove(tally, held, story_id))
                other = writing.get(_BACK + beside, b"")
                writing.put(_BACK + beside, records.get_larger(tally, (other, back)))
        return True

    def count_given_back(self, tally: Tally, reader_key: str) -> int:
        return records.count_days(tally, self._read(tally, _BACK + records.pack_key(reader_key)))

    def admit(self, bucket: str, member: str, most: int, day: int) -> bool:
        name = f"budget-{day}"
        counted, known = bucket.encode("ascii"), f"{bucket}\0{member}".encode("ascii")
        try:
            file = self._uses.files.get(name) or self._uses.open(name)
            reading = file.env.begin()
            if reading.get(known) is not None:
                return True
            if _NUMBER.unpack(reading.get(counted, b"\0\0\0\0"))[0] >= most:
                return False
            del reading
            with file.begin_writing() as writing:
                number = _NUMBER.unpack(writing.get(counted, b"\0\0\0\0"))[0]
                if writing.get(known) is not None:
                    return True
                if number >= most:
                    return False
                writing.put(known, b"")
                writing.put(counted, _NUMBER.pack(number + 1))
                return True
        except lmdb.Error as error:
            raise StoreUnavailable(str(error)) from error

    def touch(self, holder: str, member: str, now: float, *, within: float, most: int) -> bool:
        key = holder.encode("ascii")
        try:
            file = self._uses.files.get(HOLDERS) or self._uses.open(HOLDERS)
            with file.begin_writing() as writing:
                uses = {
                    name: used
                    for name, used in _read_uses(writing.get(key, b""))
                    if used > now - within
                }
                if member not in uses and len(uses) >= most:
                    return False
                uses[member] = now
                writing.put(key, _write_uses(uses.items()))
                return True
        except lmdb.Error as error:
            raise StoreUnavailable(str(error)) from error

    def sweep(self, today: int) -> None:
        for name in self._rolling.list_names():
            _sweep_file(self._rolling.open(name), today, _drop_old_reads)
        if HOLDERS in self._uses.list_names():
            _sweep_file(self._uses.open(HOLDERS), today, _drop_old_uses)

    def forget(self, reader_key: str) -> None:
        """Nothing: what is here is what counts."""

    def check(self) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreUnavailable(str(error)) from error
        if not os.access(self._folder, os.W_OK):
            raise StoreUnavailable(f"{self._folder} cannot be written")

    def close(self) -> None:
        for shelf in (self._calendar, self._rolling, self._uses):
            shelf.close()

    def _find(self, tally: Tally) -> MappedFile:
        name = tally[0]
        if tally[2]:
            return self._rolling.files.get(name) or _open_named(self._rolling, name)
        return self._calendar_files.get(name) or _open_named(self._calendar, name)

    def _read(self, tally: Tally, key: bytes) -> bytes:
        try:
            held: bytes = self._find(tally).env.begin().get(key, b"")
        except lmdb.Error as error:
            raise StoreUnavailable(str(error)) from error
        return held

    @contextmanager
    def _writing(self, tally: Tally) -> Iterator[Any]:
        try:
            with self._find(tally).begin_writing() as writing:
                yield writing
        except lmdb.Error as error:
            raise StoreUnavailable(str(error)) from error


def find_old_windows(known: set[str], name: str) -> Iterable[str]:
    """The calendar tallies that can go when ``name`` is opened: all of its kind but the last two.

    Weeks are another kind than months: a policy for some readers shares the paper's count, and may
    have another window than the paper's own.
    """
    kind = _find_kind(name)
    return sorted(other for other in known if _find_kind(other) == kind)[:-WINDOWS_KEPT]


def _find_kind(name: str) -> tuple[str, bool]:
    """What stands before the last dot, and whether the window is a week (``2026-W48``)."""
    part, _, window = name.rpartition(".")
    return part, "W" in window


def _find_old_budgets(known: set[str], name: str) -> Iterable[str]:
    head, dash, day = name.rpartition("-")
    if not dash:
        return ()
    return [
        other
        for other in known
        if other.startswith(head) and int(other[len(head) + 1 :]) < int(day) - 1
    ]


def _open_named(shelf: Shelf, name: str) -> MappedFile:
    if not _NAME.fullmatch(name) or name.startswith("."):
        raise ValueError(f"{name!r} is no name of a tally")
    return shelf.open(name)


def _put(writing: Any, key: bytes, record: bytes) -> None:
    if record:
        writing.put(key, record)
    else:
        writing.delete(key)


Dropping = Callable[[bytes, bytes, int], bytes]


def _drop_old_reads(key: bytes, record: bytes, today: int) -> bytes:
    drop = records.drop_old_days if key.startswith(_BACK) else records.drop_old_reads
    return drop(record, today - records.LONGEST_WINDOW)


def _drop_old_uses(_key: bytes, record: bytes, today: int) -> bytes:
    first = (today - FIRST_DAY - 1) * DAY_SECONDS
    return _write_uses(use for use in _read_uses(record) if use[1] >= first)


def _sweep_file(file: MappedFile, today: int, drop: Dropping) -> None:
    """Drop what is old, in transactions so short that no reader waits for one."""
    start: bytes | None = b""
    while start is not None:
        try:
            with file.begin_writing() as writing:
                start = _sweep_some(writing, start, today, drop)
        except lmdb.Error as error:
            raise StoreUnavailable(str(error)) from error


def _sweep_some(writing: Any, start: bytes, today: int, drop: Dropping) -> bytes | None:
    """Look at the next records from ``start`` on; where to go on, ``None`` at the end."""
    cursor = writing.cursor()
    there = cursor.set_range(start) if start else cursor.first()
    for _ in range(SWEPT_AT_ONCE):
        if not there:
            return None
        key, record = cursor.item()
        left = drop(key, record, today)
        if not left:
            there = cursor.delete() and bool(cursor.key())
            continue
        if left != record:
            cursor.put(key, left)
        there = cursor.next()
    return cursor.key() if there else None


def _read_uses(record: bytes) -> Iterator[tuple[str, float]]:
    at = 0
    while at < len(record):
        used, length = _USE.unpack_from(record, at)
        at += _USE.size + length
        yield record[at - length : at].decode("ascii"), used


def _write_uses(uses: Iterable[tuple[str, float]]) -> bytes:
    return b"".join(_USE.pack(used, len(name)) + name.encode("ascii") for name, used in uses)
