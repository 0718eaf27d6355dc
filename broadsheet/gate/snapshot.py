"""What Django last told the gate: snapshot and licences, refreshed in the background, and purges.

From the home folder always; where there is a Redis, from other hosts too, by ``channel``.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from broadsheet.protocol.feed import read_purge
from broadsheet.protocol.licences import Licences, UnreadableLicences
from broadsheet.protocol.rendition import ALL, Unreadable
from broadsheet.protocol.snapshot import Snapshot, UnreadableSnapshot

if TYPE_CHECKING:
    from broadsheet.gate.channel import Channel

log = logging.getLogger(__name__)
POLL_SECONDS = 0.2


class Feed:
    """Follows ``snapshot.json``, ``licences.json`` and ``changes.log`` in one folder, and the
    channel at ``redis_url``.

    ``on_purge`` is called with the keys of each change, ``on_snapshot`` with each new snapshot,
    ``on_licences`` with new licences, ``on_poll`` at the end of every look; never two at once.
    """

    def __init__(
        self,
        folder: Path,
        *,
        on_purge: Callable[[list[str]], None],
        on_snapshot: Callable[[Snapshot], None],
        on_licences: Callable[[Licences], None] = lambda _told: None,
        on_poll: Callable[[], None] = lambda: None,
        redis_url: str = "",
    ) -> None:
        self._snapshot_path = folder / "snapshot.json"
        self._licences_path = folder / "licences.json"
        self._log_path = folder / "changes.log"
        self._on_purge = on_purge
        self._on_snapshot = on_snapshot
        self._on_licences = on_licences
        self._on_poll = on_poll
        self._telling = threading.Lock()
        self._channel = self._open_channel(redis_url) if redis_url else None
        self._seen_snapshot: tuple[int, ...] = ()
        self._seen_licences: tuple[int, ...] = ()
        self._log_inode, self._log_offset = self._end_of_log()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def poll(self) -> None:
        """Look once for changes."""
        with self._telling:
            self._poll_snapshot()
            self._poll_licences()
            self._poll_log()
            self._on_poll()

    def start(self) -> None:
        """Poll five times a second, and listen to other hosts, until ``stop``."""
        if self._channel is not None:
            self._channel.start()
        self._thread = threading.Thread(target=self._run, name="gate-feed", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._channel is not None:
            self._channel.stop()
        if self._thread is not None:
            self._thread.join()

    def _open_channel(self, redis_url: str) -> Channel:
        from broadsheet.gate.channel import Channel  # a paper on one host starts without it

        def on_purge(keys: list[str]) -> None:
            with self._telling:
                self._on_purge(keys)

        def on_snapshot(snapshot: Snapshot) -> None:
            with self._telling:
                self._on_snapshot(snapshot)

        def on_licences(told: Licences) -> None:
            with self._telling:
                self._on_licences(told)

        return Channel(
            redis_url, on_purge=on_purge, on_snapshot=on_snapshot, on_licences=on_licences
        )

    def _run(self) -> None:
        while not self._stop.wait(POLL_SECONDS):
            try:
                self.poll()
            except Exception:
                log.exception("the gate's feed could not be read; trying again")

    def _poll_snapshot(self) -> None:
        seen = _look_at(self._snapshot_path)
        if seen in {(), self._seen_snapshot}:
            return
        self._seen_snapshot = seen
        try:
            snapshot = Snapshot.decode(self._snapshot_path.read_text(encoding="utf-8"))
        except (UnreadableSnapshot, UnicodeDecodeError) as error:
            log.error("the snapshot cannot be read, the last one stands: %s", error)  # noqa: TRY400
        else:
            self._on_snapshot(snapshot)

    def _poll_licences(self) -> None:
        seen = _look_at(self._licences_path)
        if seen in {(), self._seen_licences}:
            return
        self._seen_licences = seen
        try:
            told = Licences.decode(self._licences_path.read_text(encoding="utf-8"))
        except (UnreadableLicences, UnicodeDecodeError) as error:
            log.error("the licences cannot be read, the last ones stand: %s", error)  # noqa: TRY400
        else:
            self._on_licences(told)

    def _end_of_log(self) -> tuple[int, int]:
        try:
            stat = self._log_path.stat()
        except FileNotFoundError:
            return 0, 0
        return stat.st_ino, stat.st_size

    def _poll_log(self) -> None:
        inode, size = self._end_of_log()
        if inode != self._log_inode or size < self._log_offset:
            self._log_inode, self._log_offset = inode, 0
        if size == self._log_offset:
            return
        with self._log_path.open("rb") as file:
            file.seek(self._log_offset)
            whole = file.read().rpartition(b"\n")[0]
        self._log_offset += len(whole) + bool(whole)
        keys = [key for line in whole.splitlines() for key in _read_purge(line)]
        if keys:
            self._on_purge(keys)


def _look_at(path: Path) -> tuple[int, ...]:
    """What changes when a file is put in another's place; nothing if there is none."""
    try:
        stat = path.stat()
    except FileNotFoundError:
        return ()
    return (stat.st_ino, stat.st_mtime_ns, stat.st_size)


def _read_purge(line: bytes) -> list[str]:
    """The keys of one change; what cannot be read may have meant anything, so all."""
    try:
        return read_purge(line)
    except Unreadable as error:
        log.error("a change cannot be read, all pages are forgotten: %s", error)  # noqa: TRY400
        return [ALL]
