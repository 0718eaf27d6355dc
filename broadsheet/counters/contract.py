"""What every store of reads must do. ``tests/contracts/test_read_stores.py`` holds each to it."""

from __future__ import annotations

from typing import Protocol

from broadsheet.domain.meter import Reads

HIGHEST_STORY = 2**32 - 1


class StoreUnavailable(Exception):  # noqa: N818
    """Reads cannot be counted just now. A retry may help; until then the paper's setting holds."""


class ReadStore(Protocol):
    """For each window and reader the set of distinct stories that counted.

    ``window`` is a key such as ``2026-11``; ``reader_key`` an opaque ASCII name of up to 200
    characters; a story is its id. Every method is safe in many threads and processes at once and
    raises ``StoreUnavailable`` when the store fails.
    """

    def consume(
        self, window: str, reader_key: str, story_id: int, allowance: int, also: str = ""
    ) -> Reads:
        """Count one opening if it is new and the allowance is not spent; what the count was before.

        Check and count are one atomic deed. A new read is also noted under the reader key
        ``also``, if given, whose own count does not matter.
        """

    def peek(self, window: str, reader_key: str, story_id: int) -> Reads:
        """What ``consume`` would have answered, counting nothing."""

    def list_reads(self, window: str, reader_key: str) -> tuple[int, ...]:
        """The stories that counted, in the order in which they were read."""

    def unite(self, window: str, *, source: str, into: str, fresh: str) -> int:
        """Add what ``source`` and ``fresh`` read to ``into`` and leave the union under ``fresh``.

        Atomic; ``source`` keeps its own set. Doing it again changes nothing. Returns the number of
        stories ``into`` holds now.
        """

    def close(self) -> None:
        """Let go of files and connections."""
