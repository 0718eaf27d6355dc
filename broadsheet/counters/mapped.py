"""Files of LMDB in one folder, shared by all processes and threads through mapped memory.

Nothing is synced: a killed process loses nothing, a power cut may spoil a file, and a file that
cannot be opened is set aside and begun anew, for it holds nothing but counts. Writing into mapped
memory that a full disk cannot back would kill the process, so disk is taken ahead of the writing.
"""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

import lmdb

from broadsheet.counters.contract import StoreUnavailable

log = logging.getLogger(__name__)
LARGEST = 4 << 30
"""Bytes a file may grow to; it is sparse and takes what it holds."""
AHEAD = 2 << 20
"""Bytes of disk taken beyond what is written; more than all processes write between two looks."""
WRITES_A_LOOK = 32
MAX_READERS = 1024
LOCK_BYTES = 64 * (MAX_READERS + 2)
ENDING = ".lmdb"


class MappedFile:
    """One open file. A read is ``file.env.begin().get(key)``; a write goes through ``writing``."""

    __slots__ = ("_path", "_taken", "_writes_left", "env")

    def __init__(self, path: Path, env: Any) -> None:
        self.env = env
        self._path = path
        self._taken = 0
        self._writes_left = 0

    def begin_writing(self) -> Any:
        """A write transaction that has disk under it: one writer at a time, of all processes.

        Raises ``lmdb.Error`` or ``StoreUnavailable``.
        """
        writing = self.env.begin(write=True)
        if self._writes_left:
            self._writes_left -= 1
            return writing
        try:
            self._take_disk()
        except BaseException:
            writing.abort()
            raise
        return writing

    def _take_disk(self) -> None:
        env = self.env
        wanted = min((env.info()["last_pgno"] + 1) * env.stat()["psize"] + AHEAD, LARGEST)
        if wanted > self._taken:
            _allocate(self._path, self._taken, wanted + AHEAD)
            self._taken = wanted + AHEAD
        self._writes_left = WRITES_A_LOOK - 1


class Shelf:
    """The files of one folder by name, each opened once in a process.

    ``find_old`` is given the names that are there and the one about to be opened, and says which
    of them can go.
    """

    def __init__(self, folder: Path, find_old: Callable[[set[str], str], Iterable[str]]) -> None:
        self.files: dict[str, MappedFile] = {}
        self._folder = folder
        self._find_old = find_old
        self._opening = Lock()

    def open(self, name: str) -> MappedFile:
        """The file of this name, made if it is not there. Raises ``StoreUnavailable``."""
        with self._opening:
            if name not in self.files:
                try:
                    self.files[name] = self._open_file(name)
                except (OSError, lmdb.Error) as error:
                    raise StoreUnavailable(str(error)) from error
            return self.files[name]

    def list_names(self) -> list[str]:
        """The names of all files that are there."""
        return sorted(path.name.removesuffix(ENDING) for path in self._folder.glob(f"*{ENDING}"))

    def close(self) -> None:
        with self._opening:
            while self.files:
                _, file = self.files.popitem()
                file.env.sync(True)
                file.env.close()

    def _open_file(self, name: str) -> MappedFile:
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{name}{ENDING}"
        with _alone_in(self._folder):
            self._drop_old(name)
            try:
                return MappedFile(path, _open_whole(path))
            except lmdb.Error as error:
                aside = _set_aside(path)
                log.error(  # noqa: TRY400
                    "the reads of %s could not be opened (%s): set aside as %s and begun anew",
                    name,
                    error,
                    aside.name,
                )
                return MappedFile(path, _open_whole(path))

    def _drop_old(self, name: str) -> None:
        for old in self._find_old({*self.list_names(), name}, name):
            if old != name:
                self.files.pop(old, None)  # closed when the last thread that reads it lets go
                for ending in (ENDING, f"{ENDING}-lock"):
                    (self._folder / f"{old}{ending}").unlink(missing_ok=True)
                for spoilt in self._folder.glob(f"{old}{ENDING}.spoilt-*"):
                    spoilt.unlink(missing_ok=True)


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
