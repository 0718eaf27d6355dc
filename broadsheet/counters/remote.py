"""The store for many hosts: one Redis or Valkey, one question over the network for each read.

A reader's reads are one string under ``bs:{TALLY}read:KEY``, laid out as ``records`` says; the braces
keep all records of a tally in one slot. Keys end by themselves once no window can need them.
Giving back and uniting, which are rare, are worked out here and written on condition that nothing
changed meanwhile.

Whatever goes wrong is ``StoreUnavailable``. After a broken connection every request is refused at
once for a second, then one of them tries again, so a Redis that hangs holds up one request a
second and not all.
"""

from __future__ import annotations

import os
import time
import weakref
from collections.abc import Callable, Sequence
from contextlib import suppress
from math import ceil
from typing import Any, TypeVar

from broadsheet.counters import records, scripts
from broadsheet.counters.contract import StoreUnavailable, Tally
from broadsheet.counters.resp import Answer, Broken, Connection, Refused, pack, read_address
from broadsheet.domain.meter import Reads

DAY_SECONDS = 86_400
KEPT = (records.LONGEST_WINDOW + 2) * DAY_SECONDS
"""Seconds after its last change at which a record ends: longer than any window."""
REST_SECONDS = 1.0
"""How long nobody asks after a connection broke."""
ATTEMPTS = 50
"""How often a change is worked out anew because another came first."""
_TURNED = frozenset({"LOADING", "READONLY", "MASTERDOWN"})
"""Refusals by a server that another may have taken the place of: connect anew."""
_STORY = b"$4\r\n%b\r\n"
_KEPT = b"$%d\r\n%d\r\n" % (len(str(KEPT)), KEPT)

T = TypeVar("T")
Change = Callable[[Sequence[bytes]], tuple[T, Sequence[bytes] | None]]


class RemoteStore:
    """A ``ReadStore`` in one Redis. Raises ``WrongAddress`` for an address that cannot be one."""

    def __init__(self, url: str) -> None:
        self._address = read_address(url)
        self._idle: list[Connection] = []
        self._trouble = ""
        self._try_at = 0.0
        self._calendar = _begin_call(scripts.CONSUME, 7)
        self._calendar_also = _begin_call(scripts.CONSUME, 8)
        forget = weakref.WeakMethod(self._forget_connections)
        os.register_at_fork(after_in_child=lambda: (known := forget()) and known())

    def consume(
        self, tally: Tally, reader_key: str, story_id: int, allowance: int, also: str = ""
    ) -> Reads:
        held = self.consume_record(tally, reader_key, story_id, allowance, also)
        return records.look(tally, held, story_id)

    def consume_record(
        self, tally: Tally, reader_key: str, story_id: int, allowance: int, also: str = ""
    ) -> bytes:
        """Count as ``consume`` does; the whole record as it was before."""
        key = name_reader(tally, reader_key)
        if tally.today:
            keys = [key, name_reader(tally, also)] if also else [key]
            days = (tally.since, tally.today, tally.today - records.LONGEST_WINDOW)
            words = [records.pack_story(story_id), allowance, KEPT, *days]
            return self._get_record(self._run(scripts.CONSUME_ROLLING, keys, words))
        most = b"%d" % allowance
        tail = b"$4\r\n%b\r\n$%d\r\n%b\r\n%b" % (
            records.pack_story(story_id),
            len(most),
            most,
            _KEPT,
        )
        if also:
            beside = name_reader(tally, also)
            parts = (self._calendar_also, 2, len(key), key, len(beside), beside, tail)
            command = b"%b$1\r\n%d\r\n$%d\r\n%b\r\n$%d\r\n%b\r\n%b" % parts
        else:
            command = b"%b$1\r\n1\r\n$%d\r\n%b\r\n%b" % (self._calendar, len(key), key, tail)
        return self._get_record(self._ask(command, scripts.CONSUME))

    def peek(self, tally: Tally, reader_key: str, story_id: int) -> Reads:
        return records.look(tally, self.read_record(tally, reader_key), story_id)

    def list_reads(self, tally: Tally, reader_key: str) -> tuple[int, ...]:
        return records.list_stories(tally, self.read_record(tally, reader_key))

    def read_record(self, tally: Tally, reader_key: str) -> bytes:
        """All a reader read in a tally, as ``records`` lays it out."""
        return self._get_record(self._ask(pack("GET", name_reader(tally, reader_key))))

    def unite(self, tally: Tally, *, source: str, into: str, fresh: str) -> int:
        names = (source, into, fresh)
        keys = [name_reader(tally, name) for name in names]
        keys += [_name_back(tally, name) for name in names]

        def join(held: Sequence[bytes]) -> tuple[int, Sequence[bytes]]:
            union = records.join(tally, (held[1], held[0], held[2]))
            back = records.get_larger(tally, (held[4], held[3], held[5]))
            counting = len(records.list_stories(tally, union))
            return counting, (held[0], union, union, held[3], back, back)

        return self._change(keys, join)

    def give_back(
        self, tally: Tally, reader_key: str, story_id: int, *, most: int, also: str = ""
    ) -> bool:
        names = (reader_key, also) if also else (reader_key,)
        keys = [name_reader(tally, name) for name in names]
        keys += [_name_back(tally, name) for name in names]

        def take_out(held: Sequence[bytes]) -> tuple[bool, Sequence[bytes] | None]:
            reads, backs = held[: len(names)], held[len(names) :]
            spent = records.count_days(tally, backs[0]) >= most
            if spent or not records.look(tally, reads[0], story_id).already:
                return False, None
            back = records.add_day(tally, backs[0])
            beside = [records.get_larger(tally, (other, back)) for other in backs[1:]]
            return True, [*(records.remove(tally, read, story_id) for read in reads), back, *beside]

        return self._change(keys, take_out)

    def count_given_back(self, tally: Tally, reader_key: str) -> int:
        back = self._get_record(self._ask(pack("GET", _name_back(tally, reader_key))))
        return records.count_days(tally, back)

    def admit(self, bucket: str, member: str, most: int, day: int) -> bool:
        key = f"bs:{{budget-{day}}}{bucket}".encode("ascii")
        return self._run(scripts.ADMIT, [key], [member, most, 2 * DAY_SECONDS]) == 1

    def touch(self, holder: str, member: str, now: float, *, within: float, most: int) -> bool:
        key = f"bs:{{holders}}{holder}".encode("ascii")
        words = [member, repr(now), repr(now - within), most, ceil(within) + 1]
        return self._run(scripts.TOUCH, [key], words) == 1

    def sweep(self, today: int) -> None:
        """Nothing: keys end by themselves."""

    def forget(self, reader_key: str) -> None:
        """Nothing: no host remembers here."""

    def check(self) -> None:
        self._ask(pack("PING"))

    def close(self) -> None:
        with suppress(IndexError):  # other threads may take the last one
            while True:
                self._idle.pop().close()

    def _change(self, keys: list[bytes], change: Change[T]) -> T:
        """Work out new records from those held and write them, all or none."""
        for _ in range(ATTEMPTS):
            found = self._ask(pack("MGET", *keys))
            if not isinstance(found, list):
                raise StoreUnavailable(f"{self._address}: {found!r} is no list")
            held = [record or b"" for record in found]
            answer, records_then = change(held)
            if records_then is None:
                return answer
            words = [word for pair in zip(held, records_then, strict=True) for word in pair]
            if self._run(scripts.REPLACE, keys, [KEPT, *words]) == 1:
                return answer
        raise StoreUnavailable(f"{self._address}: too many changes at once")

    def _run(self, script: str, keys: Sequence[bytes], words: Sequence[Any]) -> Answer:
        given = [word if isinstance(word, bytes) else str(word) for word in words]
        command = pack("EVALSHA", scripts.name_script(script), str(len(keys)), *keys, *given)
        return self._ask(command, script)

    def _get_record(self, answer: Answer) -> bytes:
        if isinstance(answer, bytes):
            return answer
        if answer is None:
            return b""
        raise StoreUnavailable(f"{self._address}: {answer!r} is no record")

    def _ask(self, command: bytes, script: str = "") -> Answer:
        if self._try_at:
            self._rest()
        try:
            return self._ask_any(command)
        except Refused as refusal:
            if refusal.code == "NOSCRIPT" and script:
                return self._teach(script, command)
            raise StoreUnavailable(f"{self._address}: {refusal}") from None

    def _teach(self, script: str, command: bytes) -> Answer:
        """Have Redis, which began anew, learn a script, and ask again."""
        try:
            self._ask_any(pack("SCRIPT", "LOAD", script))
            return self._ask_any(command)
        except Refused as refusal:
            raise StoreUnavailable(f"{self._address}: {refusal}") from None

    def _ask_any(self, command: bytes) -> Answer:
        """Ask over an idle connection or a new one.

        An idle one that Redis closed meanwhile, with nothing heard, is no trouble: ask a new one.
        """
        fresh = False
        while True:
            connection = None
            try:
                try:
                    connection = self._idle.pop()
                except IndexError:
                    fresh = True
                    connection = Connection(self._address)
                answer = connection.ask(command)
            except Refused as refusal:
                if connection is not None:
                    self._put_back(connection, keep=refusal.code not in _TURNED)
                raise
            except Broken as trouble:
                if connection is not None:
                    connection.close()
                if trouble.unheard and not fresh:
                    continue
                self._shut(str(trouble))
                raise StoreUnavailable(f"{self._address}: {trouble}") from None
            self._idle.append(connection)
            if self._try_at:
                self._try_at = 0.0
            return answer

    def _put_back(self, connection: Connection, *, keep: bool) -> None:
        if keep:
            self._idle.append(connection)
        else:
            connection.close()

    def _shut(self, trouble: str) -> None:
        self._trouble = trouble
        self._try_at = time.monotonic() + REST_SECONDS
        self.close()

    def _rest(self) -> None:
        """Refuse at once until it is time to try, and then let one in to try."""
        now = time.monotonic()
        if now < self._try_at:
            raise StoreUnavailable(f"{self._address}: {self._trouble}")
        self._try_at = now + REST_SECONDS

    def _forget_connections(self) -> None:
        """A forked process must not speak over its parent's connections."""
        self._idle = []


def name_reader(tally: Tally, reader_key: str) -> bytes:
    """The key of what a reader read in a tally."""
    head = "bs:{%s}days:" if tally.today else "bs:{%s}read:"
    return (head % tally.name + reader_key).encode("ascii")


def _name_back(tally: Tally, reader_key: str) -> bytes:
    head = "bs:{%s}days-back:" if tally.today else "bs:{%s}back:"
    return (head % tally.name + reader_key).encode("ascii")


def _begin_call(script: str, words: int) -> bytes:
    return b"*%d\r\n$7\r\nEVALSHA\r\n$40\r\n%b\r\n" % (words, scripts.name_script(script))
