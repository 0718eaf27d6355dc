"""What every store of reads must do. ``tests/contracts/test_read_stores.py`` holds each to it."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from broadsheet.domain.meter import Policy, Reads, Window

HIGHEST_STORY = 2**32 - 1


class StoreUnavailable(Exception):  # noqa: N818
    """Reads cannot be counted just now. A retry may help; until then the paper's setting holds."""


class Tally(NamedTuple):
    """Where reads are counted: ``name`` of letters, digits, ``-`` and ``.`` (``2026-11``,
    ``SPORT.2026-W48``, ``rolling-7``), at most 40 characters.

    A calendar window has a name of its own and its reads all count: ``since`` and ``today`` are 0.
    In a rolling window the name stays and a read counts by its day, a day number of the paper's
    zone (``date.toordinal``): those from ``since`` on, up to ``today``.
    """

    name: str
    since: int = 0
    today: int = 0

    @property
    def is_rolling(self) -> bool:
        return self.today > 0


def find_tally(policy: Policy, window: Window) -> Tally:
    """Where a policy's reads of a window are counted."""
    name = f"{policy.tally}.{window.key}" if policy.tally else window.key
    return Tally(name, window.since, window.today)


class ReadStore(Protocol):
    """For each tally and reader the set of distinct stories that counted.

    ``reader_key`` is an opaque ASCII name of up to 200 characters, none a capital; a story is its
    id. Every method is safe in many threads and processes at once and raises ``StoreUnavailable``
    when the store fails. ``Reads.oldest`` is the day number of the oldest read that counts in a
    rolling tally, 0 in any other or where nothing was read.
    """

    def consume(
        self, tally: Tally, reader_key: str, story_id: int, allowance: int, also: str = ""
    ) -> Reads:
        """Count one opening if it is new and the allowance is not spent; what the count was before.

        Check and count are one atomic deed. A new read is also noted under the reader key
        ``also``, if given, whose own count does not matter.
        """

    def peek(self, tally: Tally, reader_key: str, story_id: int) -> Reads:
        """What ``consume`` would have answered, counting nothing."""

    def list_reads(self, tally: Tally, reader_key: str) -> tuple[int, ...]:
        """The stories that count, in the order in which they were read."""

    def unite(self, tally: Tally, *, source: str, into: str, fresh: str) -> int:
        """Add what ``source`` and ``fresh`` read to ``into`` and leave the union under ``fresh``.

        Atomic; ``source`` keeps its own set. Doing it again changes nothing; of two days of one
        story the earlier stands. What was given back moves with the reads: the larger count of
        the three stands under ``into`` and ``fresh``. Returns the number of stories ``into``
        holds now.
        """

    def give_back(
        self, tally: Tally, reader_key: str, story_id: int, *, most: int, also: str = ""
    ) -> bool:
        """Take one story out of what counted, at most ``most`` times in the tally; whether it was.

        Atomic. ``False``, and nothing changed, when the story is not in the set or the reader has
        given back ``most`` already (in a rolling tally: on days that still count). The story is
        taken out of ``also``'s set too.
        """

    def count_given_back(self, tally: Tally, reader_key: str) -> int:
        """How many reads were given back."""

    def admit(self, bucket: str, member: str, most: int, day: int) -> bool:
        """Whether ``member`` is among the first ``most`` distinct members of ``bucket`` on ``day``.

        Atomic; a member admitted once is admitted all day (``day`` as ``date.toordinal``). Memory
        is bounded: a bucket keeps at most ``most`` members, and days before yesterday are dropped.
        ``bucket`` and ``member`` are opaque ASCII of up to 64 characters.
        """

    def touch(self, holder: str, member: str, now: float, *, within: float, most: int) -> bool:
        """Whether ``member`` may go on as one of at most ``most`` that used ``holder`` of late.

        ``now`` is in seconds since 1970. A use is remembered for ``within`` seconds, at most a day.
        ``member`` is noted at ``now`` if it is known
        or a place is free; otherwise nothing changes and the answer is ``False``. Atomic.
        """

    def sweep(self, today: int) -> None:
        """Drop what can count no more on the day ``today``: reads of rolling tallies older than 62
        days, holders not used for a day. Where records end by themselves there is nothing to do.
        """

    def forget(self, reader_key: str) -> None:
        """Drop what this host alone remembers of a reader; what counts stays, and is asked for."""

    def check(self) -> None:
        """Nothing, if reads can be counted just now."""

    def close(self) -> None:
        """Let go of files and connections."""
