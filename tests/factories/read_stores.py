"""Every store of reads, and a plain one of lists to hold them against."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from broadsheet.counters.contract import ReadStore, Tally
from broadsheet.counters.embedded import EmbeddedStore
from broadsheet.counters.near import NearStore
from broadsheet.counters.remote import RemoteStore
from broadsheet.domain.meter import Reads

Opener = Callable[[Path], ReadStore]


def open_embedded(_url: str, folder: Path) -> ReadStore:
    return EmbeddedStore(folder / "reads")


def open_remote(url: str, _folder: Path) -> ReadStore:
    return RemoteStore(url)


def open_near(url: str, folder: Path) -> ReadStore:
    return NearStore(RemoteStore(url), folder / "near")


OPENERS: dict[str, Callable[[str, Path], ReadStore]] = {
    "embedded": open_embedded,
    "near": open_near,
    "remote": open_remote,
}


class PlainStore:
    """The contract in lists and dictionaries: slow, for one thread, and easy to see through."""

    def __init__(self) -> None:
        self.reads: dict[tuple[str, bool, str], list[tuple[int, int]]] = defaultdict(list)
        self.backs: dict[tuple[str, bool, str], list[int]] = defaultdict(list)
        self.buckets: dict[tuple[str, int], set[str]] = defaultdict(set)
        self.holders: dict[str, dict[str, float]] = defaultdict(dict)

    def consume(
        self, tally: Tally, reader_key: str, story_id: int, allowance: int, also: str = ""
    ) -> Reads:
        reads = self.peek(tally, reader_key, story_id)
        if not reads.already and reads.before < allowance:
            self._note(tally, reader_key, story_id)
            if also:
                self._note(tally, also, story_id)
        return reads

    def peek(self, tally: Tally, reader_key: str, story_id: int) -> Reads:
        counting = self._counting(tally, reader_key)
        oldest = min((day for _, day in counting), default=0)
        return Reads(len(counting), story_id in dict(counting), oldest)

    def list_reads(self, tally: Tally, reader_key: str) -> tuple[int, ...]:
        return tuple(story for story, _ in self._counting(tally, reader_key))

    def unite(self, tally: Tally, *, source: str, into: str, fresh: str) -> int:
        days: dict[int, int] = {}
        for key in (into, source, fresh):
            for story, day in self.reads[_place(tally, key)]:
                if day >= tally.since:
                    days[story] = min(day, days.get(story, day))
        union = sorted(days.items(), key=lambda read: read[1])
        backs = [self.backs[_place(tally, key)] for key in (into, source, fresh)]
        most = max(backs, key=lambda days: sum(tally.since <= day <= tally.today for day in days))
        for key in (into, fresh):
            self.reads[_place(tally, key)] = list(union)
            self.backs[_place(tally, key)] = list(most)
        return len(self.list_reads(tally, into))

    def give_back(
        self, tally: Tally, reader_key: str, story_id: int, *, most: int, also: str = ""
    ) -> bool:
        given = self.count_given_back(tally, reader_key)
        if not self.peek(tally, reader_key, story_id).already or given >= most:
            return False
        self.backs[_place(tally, reader_key)].append(tally.today)
        for key in filter(None, (reader_key, also)):
            place = _place(tally, key)
            self.reads[place] = [read for read in self.reads[place] if read[0] != story_id]
            if self.count_given_back(tally, key) <= given:
                self.backs[place] = list(self.backs[_place(tally, reader_key)])
        return True

    def count_given_back(self, tally: Tally, reader_key: str) -> int:
        days = self.backs[_place(tally, reader_key)]
        return sum(tally.since <= day <= tally.today for day in days)

    def admit(self, bucket: str, member: str, most: int, day: int) -> bool:
        members = self.buckets[bucket, day]
        if len(members) < most:
            members.add(member)
        return member in members

    def touch(self, holder: str, member: str, now: float, *, within: float, most: int) -> bool:
        uses = self.holders[holder]
        live = {name for name, used in uses.items() if used > now - within}
        if member not in live and len(live) >= most:
            return False
        uses[member] = now
        return True

    def sweep(self, today: int) -> None:
        pass

    def forget(self, reader_key: str) -> None:
        pass

    def check(self) -> None:
        pass

    def close(self) -> None:
        pass

    def _note(self, tally: Tally, key: str, story: int) -> None:
        if story not in dict(self._counting(tally, key)):
            place = _place(tally, key)
            others = [read for read in self.reads[place] if read[0] != story]
            self.reads[place] = [*others, (story, tally.today)]

    def _counting(self, tally: Tally, key: str) -> list[tuple[int, int]]:
        held = self.reads[_place(tally, key)]
        return [read for read in held if tally.since <= read[1] <= tally.today]


def _place(tally: Tally, key: str) -> tuple[str, bool, str]:
    return tally.name, tally.is_rolling, key
