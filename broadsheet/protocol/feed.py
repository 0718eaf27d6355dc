"""What Django tells every gate: which pages to forget, and that a new snapshot holds.

On one host a purge is a line of a log and the snapshot a file. Between hosts both go through
Redis: a purge, or the news of a snapshot, is a numbered message of one channel, so that whoever
misses one knows it by the next. The snapshot itself stands under a key.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from broadsheet.protocol.rendition import Unreadable

LAST = "bs:{feed}last"
"""The Redis key of the last message's number."""
SNAPSHOT = "bs:{feed}snapshot"
"""The Redis key of the snapshot."""
NEW_SNAPSHOT = '{"snapshot":true}'
LICENCES = "bs:{feed}licences"
"""The Redis key of the licences."""
NEW_LICENCES = '{"licences":true}'


def name_channel(database: int) -> str:
    """The channel; Redis parts keys by database and channels not, so its name does."""
    return f"bs:feed:{database}"


def write_purge(wanted: Iterable[str]) -> str:
    """One line that asks to forget these keys."""
    return json.dumps({"purge": list(wanted)}, separators=(",", ":"))


def read_purge(line: str | bytes) -> list[str]:
    """Read what ``write_purge`` wrote. Raises ``Unreadable``."""
    try:
        return [str(key) for key in json.loads(line)["purge"]]
    except (ValueError, TypeError, KeyError) as error:
        raise Unreadable(f"no purge: {line[:80]!r}") from error


def read_message(told: bytes) -> tuple[int, Sequence[str] | None]:
    """A message's number and the keys to forget; ``None``: snapshot or licences are new.

    On the channel a message is its number, a space, and what ``write_purge`` wrote,
    ``NEW_SNAPSHOT`` or ``NEW_LICENCES``. Raises ``Unreadable``.
    """
    count, _, message = told.partition(b" ")
    if not count.isdigit():
        raise Unreadable(f"no message of ours: {told[:80]!r}")
    if message in {NEW_SNAPSHOT.encode(), NEW_LICENCES.encode()}:
        return int(count), None
    return int(count), read_purge(message)
