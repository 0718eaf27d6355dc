"""The store for one host: LMDB, shared by all processes and threads through mapped memory.

One file for each window, ``<window>.lmdb``; one record for each reader: the ids of the stories,
four bytes each. A re-read or a stop is one read; only a new read writes. Nothing is synced: a
killed process loses nothing, a power cut may spoil the file, and a file that cannot be opened is
set aside and begun anew, for it holds nothing but this window's counts. Writing into mapped memory
that a full disk cannot back would kill the process, so disk is taken ahead of the writing.
"""

from __future__ import annotations

import fcntl
import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from struct import Struct
from threading import Lock
from typing import Any

import lmdb

from broadsheet.counters.contract import StoreUnavailable
from broadsheet.domain.meter import Reads

log = logging.getLogger(__name__)
WINDOWS_KEPT = 2
LARGEST = 4 << 30
"""Bytes a window's file may grow to; the file is sparse and takes what it holds."""
AHEAD = 2 << 20
"""Bytes of disk taken beyond what is written; more than all processes write between two looks."""
WRITES_A_LOOK = 32
MAX_READERS = 1024
LOCK_BYTES = 64 * (MAX_READERS + 2)
_WINDOW = re.compile(r"[0-9A-Za-z-]{1,40}")
_ID = Struct("<I")


def open_store(folder: Path) -> EmbeddedStore:
    """The store in ``folder``, one and the same within a process (LMDB allows no second)."""
    return _open_once(folder.resolve(), os.getpid())


@cache
def _open_once(folder: Path, _process: int) -> EmbeddedStore:
    return EmbeddedStore(folder)


class EmbeddedStore:
    """A ``ReadStore`` in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._windows: dict[str, Any] = {}
        self._taken: dict[str, int] = {}
        self._writes_left: dict[str, int] = {}
        self._opening = Lock()

    def consume(
        self, window: str, reader_key: str, story_id: int, allowance: int, also: str = ""
    ) -> Reads:
        story = _ID.pack(story_id)
        key = reader_key.encode("ascii")
        try:
            env = self._windows.get(window) or self._open(window)
            with env.begin() as reading:
                held = reading.get(key, b"")
            known = _holds(held, story)
            if known or len(held) >= allowance * 4:
                return Reads(len(held) // 4, known)
            with env.begin(write=True) as writing:
                self._take_disk(window, env)
                held = writing.get(key, b"")
                known = _holds(held, story)
                if not known and len(held) < allowance * 4:
                    writing.put(key, held + story)
                    if also:
                        _add(writing, also.encode("ascii"), story)
                return Reads(len(held) // 4, known)
        except lmdb.Error as error:
            raise StoreUnavailable(str(error)) from error

    def peek(self, window: str, reader_key: str, story_id: int) -> Reads:
        held = self._read(window, reader_key)
        return Reads(len(held) // 4, _holds(held, _ID.pack(story_id)))

    def list_reads(self, window: str, reader_key: str) -> tuple[int, ...]:
        return tuple(story for (story,) in _ID.iter_unpack(self._read(window, reader_key)))

    def unite(self, window: str, *, source: str, into: str, fresh: str) -> int:
        keys = [key.encode("ascii") for key in (into, source, fresh)]
        try:
            env = self._windows.get(window) or self._open(window)
            with env.begin(write=True) as writing:
                self._take_disk(window, env)
                union: dict[int, None] = {}
                for key in keys:
                    union |= {story: None for (story,) in _ID.iter_unpack(writing.get(key, b""))}
                record = b"".join(map(_ID.pack, union))
                if record:
                    writing.put(keys[0], record)
                    writing.put(keys[2], record)
                return len(union)
        except lmdb.Error as error:
            raise StoreUnavailable(str(error)) from error

    def close(self) -> None:
        with self._opening:
            while self._windows:
                _, env = self._windows.popitem()
                env.sync(True)
                env.close()
            self._taken.clear()
            self._writes_left.clear()

    def _read(self, window: str, reader_key: str) -> bytes:
        try:
            env = self._windows.get(window) or self._open(window)
            with env.begin() as reading:
                held: bytes = reading.get(reader_key.encode("ascii"), b"")
                return held
        except lmdb.Error as error:
            raise StoreUnavailable(str(error)) from error

    def _take_disk(self, window: str, env: Any) -> None:
        """Have disk for the next writes. Called by a writer, of whom LMDB lets in one at a time."""
        left = self._writes_left.get(window, 0)
        if left == 0:
            wanted = min((env.info()["last_pgno"] + 1) * env.stat()["psize"] + AHEAD, LARGEST)
            taken = self._taken.get(window, 0)
            if wanted > taken:
                _allocate(Path(env.path()), taken, wanted + AHEAD)
                self._taken[window] = wanted + AHEAD
            left = WRITES_A_LOOK
        self._writes_left[window] = left - 1

    def _open(self, window: str) -> Any:
        if not _WINDOW.fullmatch(window):
            raise ValueError(f"{window!r} is no name of a window")
        with self._opening:
            if window not in self._windows:
                try:
                    self._windows[window] = self._open_file(window)
                except OSError as error:
                    raise StoreUnavailable(str(error)) from error
            return self._windows[window]

    def _open_file(self, window: str) -> Any:
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{window}.lmdb"
        with _alone_in(self._folder):
            self._drop_old_windows(window)
            try:
                return _open_whole(path)
            except lmdb.Error as error:
                aside = _set_aside(path)
                log.error(  # noqa: TRY400
                    "the reads of %s could not be opened (%s): set aside as %s and begun anew",
                    window,
                    error,
                    aside.name,
                )
                return _open_whole(path)

    def _drop_old_windows(self, window: str) -> None:
        known = {path.stem for path in self._folder.glob("*.lmdb")} | {window}
        for old in sorted(known)[:-WINDOWS_KEPT]:
            if old not in self._windows and old != window:
                for path in self._folder.glob(f"{old}.lmdb*"):
                    path.unlink(missing_ok=True)


def _holds(record: bytes, story: bytes) -> bool:
    at = record.find(story)
    while at & 3 and at > 0:
        at = record.find(story, at + 1)
    return at >= 0


def _add(writing: Any, key: bytes, story: bytes) -> None:
    held = writing.get(key, b"")
    if not _holds(held, story):
        writing.put(key, held + story)


def _allocate(path: Path, start: int, end: int) -> None:
    """Have the disk stand behind these bytes of a file. Raises ``StoreUnavailable``."""
    if not hasattr(os, "posix_fallocate"):
        return
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            os.posix_fallocate(handle, start, end - start)
        finally:
            os.close(handle)
    except OSError as error:
        raise StoreUnavailable(f"no disk for {path.name}: {error}") from error


def _open_whole(path: Path) -> Any:
    _allocate(path.with_name(f"{path.name}-lock"), 0, LOCK_BYTES)
    size = path.stat().st_size if path.exists() else 0
    env = lmdb.open(
        str(path),
        map_size=LARGEST,
        subdir=False,
        max_readers=MAX_READERS,
        sync=False,
        metasync=False,
        writemap=True,
        map_async=True,
        readahead=False,
    )
    try:
        env.reader_check()
        needed = (env.info()["last_pgno"] + 1) * env.stat()["psize"]
        if 0 < size < needed:
            raise lmdb.CorruptedError(f"{size} bytes of {needed}")
        with env.begin() as reading:
            cursor = reading.cursor()
            cursor.first()
            cursor.last()
    except lmdb.Error:
        env.close()
        raise
    return env


def _set_aside(path: Path) -> Path:
    number = 1
    while (aside := path.with_name(f"{path.name}.spoilt-{number}")).exists():
        number += 1
    path.replace(aside)
    path.with_name(f"{path.name}-lock").unlink(missing_ok=True)
    return aside


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    with (folder / "opening.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
