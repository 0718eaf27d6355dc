"""One story a month can be given back, whichever tally counted it.

That it was is noted in a calendar tally of its own, where the story given back stands as the
month's one read; so the note is made once, whoever asks at the same time, and goes with the reader
at a sign-in like any other read.
"""

from __future__ import annotations

from enum import StrEnum

from broadsheet.counters.contract import ReadStore, Tally

A_MONTH = 1
"""Stories that may be given back in a calendar month."""
_MANY = 1_000


class GivenBack(StrEnum):
    """What came of asking."""

    DONE = "done"
    NOT_COUNTED = "not-counted"
    SPENT = "spent"


def name_notes(month: str) -> Tally:
    """Where a month's notes stand; ``month`` as in ``2026-11``."""
    return Tally(f"given-back.{month}")


def count_left(store: ReadStore, notes: Tally, reader_key: str) -> int:
    """How many stories may be given back this month. Raises ``StoreUnavailable``."""
    return max(0, A_MONTH - len(store.list_reads(notes, reader_key)))


def give_back(
    store: ReadStore, tally: Tally, notes: Tally, reader_key: str, story_id: int, *, also: str = ""
) -> GivenBack:
    """Take one story out of what counted, also for ``also``, if this month has one left.

    Raises ``StoreUnavailable``; nothing is noted then, as far as the store lets that be undone.
    """
    if not store.peek(tally, reader_key, story_id).already:
        return GivenBack.NOT_COUNTED
    if store.consume(notes, reader_key, story_id, A_MONTH, also).before >= A_MONTH:
        return GivenBack.SPENT
    is_done = False
    try:
        is_done = store.give_back(tally, reader_key, story_id, most=_MANY, also=also)
    finally:
        if not is_done:
            store.give_back(notes, reader_key, story_id, most=_MANY, also=also)
    return GivenBack.DONE if is_done else GivenBack.NOT_COUNTED
