"""How the gate learns of changes: a snapshot renamed into place and a log of purges.

Both stand in ``HOME/gate/``; every gate worker polls them five times a second. The log is a file
of lines as ``protocol.feed`` writes them; a line longer than what one ``write`` keeps whole is
never made. When it has grown past ``ROTATE_AT`` bytes it is begun anew with the key ``all``.
Where there is a Redis, the gates of other hosts hear the same by its channel.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from django.conf import settings

from broadsheet.counters.resp import Broken, Connection, Refused, pack, read_address
from broadsheet.protocol import feed
from broadsheet.protocol.rendition import ALL

ROTATE_AT = 4_000_000
KEYS_A_LINE = 50
TELL = """
local count = redis.call('INCR', KEYS[1])
if ARGV[3] then redis.call('SET', KEYS[2], ARGV[3]) end
redis.call('PUBLISH', ARGV[1], count .. ' ' .. ARGV[2])
return count
"""


class CannotTell(Exception):  # noqa: N818
    """The gates of other hosts were not told. Those of this host were; a later try may help."""


def gate_folder() -> Path:
    folder: Path = settings.PLANT.home / "gate"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def purge(keys: Iterable[str]) -> None:
    """Tell every gate worker to forget these keys (``story:ID`` or ``all``). Raises ``CannotTell``."""
    wanted = list(keys)
    parts = [wanted[at : at + KEYS_A_LINE] for at in range(0, len(wanted), KEYS_A_LINE)]
    lines = [feed.write_purge(part) for part in parts]
    path = gate_folder() / "changes.log"
    if path.exists() and path.stat().st_size > ROTATE_AT:
        _put(path, f"{feed.write_purge([ALL])}\n".encode())
    else:
        with path.open("ab", buffering=0) as file:
            for line in lines:
                file.write(f"{line}\n".encode())
    if settings.PLANT.redis_url:
        _tell_other_hosts([[line] for line in lines])


def write_snapshot(text: str) -> bool:
    """Let this snapshot hold at every gate; whether that is news to any. Raises ``CannotTell``."""
    return _write("snapshot.json", feed.SNAPSHOT, feed.NEW_SNAPSHOT, text)


def write_licences(text: str) -> bool:
    """The same for the licences (``protocol.licences``)."""
    return _write("licences.json", feed.LICENCES, feed.NEW_LICENCES, text)


def _write(name: str, key: str, news: str, text: str) -> bool:
    path = gate_folder() / name
    is_news = not path.exists() or path.read_text(encoding="utf-8") != text
    if is_news:
        _put(path, text.encode())
    if settings.PLANT.redis_url and _ask_redis([pack("GET", key)]) != [text.encode()]:
        _tell_other_hosts([[news, text]], key)
        is_news = True
    return is_news


def _tell_other_hosts(messages: Iterable[Sequence[str]], key: str = feed.SNAPSHOT) -> None:
    channel = feed.name_channel(read_address(settings.PLANT.redis_url).database)
    script = ("EVAL", TELL, "2", feed.LAST, key, channel)
    _ask_redis([pack(*script, *words) for words in messages])


def _ask_redis(commands: Iterable[bytes]) -> list[object]:
    try:
        connection = Connection(read_address(settings.PLANT.redis_url))
        try:
            return [connection.ask(command) for command in commands]
        finally:
            connection.close()
    except (Broken, Refused) as trouble:
        raise CannotTell(f"the gates of other hosts were not told: {trouble}") from None


def _put(path: Path, content: bytes) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    Path(temporary).replace(path)
