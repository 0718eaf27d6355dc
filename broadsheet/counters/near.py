"""The embedded store in front of a remote one, for what can hardly change.

What a reader has read in a calendar tally only grows, so a story once read stays read, and an
allowance once spent stays spent: both are answered from this host's own memory, without the
network. Two things shrink or grow a set behind this host's back: giving a read back, and reading
on through another host. A copy is therefore believed for ``BELIEVED`` seconds after the remote
store told it, and forgotten at once on the host that gives back or unites and on every host that is
told so (``forget``).

Every other answer, and each new read, is the remote store's alone. If it fails, what is known here
is still answered.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from struct import Struct

import lmdb

from broadsheet.counters import records
from broadsheet.counters.contract import StoreUnavailable, Tally
from broadsheet.counters.embedded import find_old_windows
from broadsheet.counters.mapped import Shelf
from broadsheet.counters.remote import RemoteStore
from broadsheet.domain.meter import Reads

BELIEVED = 60
"""Seconds for which a copy is believed."""
_TOLD_AT = Struct("<I")
_HEAD = _TOLD_AT.size


class NearStore:
    """A ``ReadStore``: ``remote``, and copies of its records in ``folder``."""

    def __init__(
        self, remote: RemoteStore, folder: Path, clock: Callable[[], float] = time.time
    ) -> None:
        self.remote = remote
        self._clock = clock
        self._copies = Shelf(folder, find_old_windows)
        self.admit = remote.admit
        self.touch = remote.touch
        self.count_given_back = remote.count_given_back

    def consume(
        self, tally: Tally, reader_key: str, story_id: int, allowance: int, also: str = ""
    ) -> Reads:
        if tally[2]:
            return self.remote.consume(tally, reader_key, story_id, allowance, also)
        copy = self._recall(tally, reader_key)
        if copy is not None:
            reads = records.look(tally, copy, story_id)
            if reads[1] or reads[0] >= allowance:
                return reads
        held = self.remote.consume_record(tally, reader_key, story_id, allowance, also)
        reads = records.look(tally, held, story_id)
        if reads[1] or reads[0] >= allowance:
            self._keep(tally, reader_key, held)
        else:
            self._keep(tally, reader_key, held + records.pack_story(story_id))
            if also:
                self._forget(tally, also)
        return reads

    def peek(self, tally: Tally, reader_key: str, story_id: int) -> Reads:
        copy = None if tally.today else self._recall(tally, reader_key)
        if copy is None or not (reads := records.look(tally, copy, story_id)).already:
            return self.remote.peek(tally, reader_key, story_id)
        return reads

    def list_reads(self, tally: Tally, reader_key: str) -> tuple[int, ...]:
        return self.remote.list_reads(tally, reader_key)

    def unite(self, tally: Tally, *, source: str, into: str, fresh: str) -> int:
        try:
            return self.remote.unite(tally, source=source, into=into, fresh=fresh)
        finally:
            self._forget(tally, into, fresh)

    def give_back(
        self, tally: Tally, reader_key: str, story_id: int, *, most: int, also: str = ""
    ) -> bool:
        try:
            return self.remote.give_back(tally, reader_key, story_id, most=most, also=also)
        finally:
            self._forget(tally, reader_key, also)

    def sweep(self, today: int) -> None:
        """Nothing: keys end by themselves."""

    def forget(self, reader_key: str) -> None:
        for name in list(self._copies.files):
            self._forget(Tally(name), reader_key)

    def check(self) -> None:
        self.remote.check()

    def close(self) -> None:
        self.remote.close()
        self._copies.close()

    def _recall(self, tally: Tally, reader_key: str) -> bytes | None:
        """The copy of a record, if there is one to be believed."""
        name = tally[0]
        try:
            file = self._copies.files.get(name) or self._copies.open(name)
            copy: bytes | None = file.env.begin().get(records.pack_key(reader_key))
        except (lmdb.Error, StoreUnavailable):
            return None
        if copy is None or not 0 <= self._clock() - _TOLD_AT.unpack_from(copy)[0] < BELIEVED:
            return None
        return copy[_HEAD:]

    def _keep(self, tally: Tally, reader_key: str, record: bytes) -> None:
        """Keep a copy. Two answers may come here out of order: the one that knows more stands."""
        key = records.pack_key(reader_key)
        now = int(self._clock())
        with suppress(lmdb.Error, StoreUnavailable):
            file = self._copies.files.get(tally[0]) or self._copies.open(tally[0])
            with file.begin_writing() as writing:
                copy = writing.get(key, b"")
                if len(copy) > _HEAD + len(record) and _TOLD_AT.unpack_from(copy)[0] >= now:
                    return
                writing.put(key, _TOLD_AT.pack(now) + record)

    def _forget(self, tally: Tally, *reader_keys: str) -> None:
        if tally.today:
            return
        keys = [records.pack_key(key) for key in reader_keys if key]
        with suppress(lmdb.Error, StoreUnavailable):
            file = self._copies.files.get(tally[0]) or self._copies.open(tally[0])
            with file.env.begin() as reading:
                held = [key for key in keys if reading.get(key) is not None]
            if held:
                with file.begin_writing() as writing:
                    for key in held:
                        writing.delete(key)
