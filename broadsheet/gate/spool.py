"""Meter events, written after the response: JSON lines in ``HOME/spool``, a file per process."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import deque
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from broadsheet.gate.metrics import count
from broadsheet.protocol import keys
from broadsheet.protocol.meter_event import VERSION, find_hour, write_pseudonym

if TYPE_CHECKING:
    from broadsheet.gate.answers import Served
    from broadsheet.gate.renditions import Pages

log = logging.getLogger(__name__)
EVERY_SECONDS = 0.5
NAMES_HELD = 8_192
ROOM = 100_000
"""Events held while the disk is slow or full; beyond that the oldest are lost and counted."""


class Spool:
    """Takes events from requests at once and writes them in batches from a thread of its own."""

    def __init__(self, folder: Path, *, secret: str) -> None:
        self._folder = folder
        self._key = keys.derive_key(secret, keys.EVENT)
        self._name_reader = lru_cache(maxsize=NAMES_HELD)(write_pseudonym)
        self._waiting: deque[str] = deque(maxlen=ROOM)
        self._name = f"{os.getpid()}-{time.time_ns():x}"
        self._file: TextIO | None = None
        self._hour = ""
        self._writing = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def note(
        self, at: float, pages: Pages, reader_key: str, served: Served, licence: int = 0
    ) -> None:
        """Note one decided view; ``at`` in seconds since 1970, ``licence`` 0 for none."""
        reader = self._name_reader(self._key, reader_key, served.window)
        if len(self._waiting) == ROOM:
            count("events_lost_total").number += 1
        by = f'"licence":{licence},' if licence else ""
        self._waiting.append(
            f'{{"v":{VERSION},"at":{int(at * 1000)},"reader":"{reader}",{by}{pages.event},{served.event}'
        )

    def start(self) -> None:
        """Write twice a second until ``stop``."""
        self._thread = threading.Thread(target=self._run, name="gate-spool", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self.flush()
        if self._file is not None:
            self._file.close()
            self._file = None

    def flush(self) -> int:
        """Write all that waits; the number of events written."""
        with self._writing:
            batch = [self._waiting.popleft() for _ in range(len(self._waiting))]
            if batch:
                try:
                    file = self._open()
                    file.write("".join(batch))
                    file.flush()
                except OSError as error:
                    log.error("%s meter events are lost: %s", len(batch), error)  # noqa: TRY400
                    count("events_lost_total").number += len(batch)
                    return 0
            return len(batch)

    def _run(self) -> None:
        while not self._stop.wait(EVERY_SECONDS):
            self.flush()

    def _open(self) -> TextIO:
        hour = find_hour(datetime.now(UTC))
        if self._file is None or hour != self._hour:
            if self._file is not None:
                self._file.close()
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self._folder / f"{hour}-{self._name}.jsonl"
            self._file = path.open("a", encoding="utf-8")
            self._hour = hour
        return self._file
