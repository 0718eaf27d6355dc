"""Which store of reads a newspaper has: on one host LMDB alone, else a Redis with LMDB before it."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from broadsheet.counters.contract import ReadStore
from broadsheet.counters.embedded import open_store


def open_reads(folder: Path, redis_url: str = "") -> ReadStore:
    """The store of reads with its files in ``folder``, one and the same within a process.

    Nothing is asked of Redis yet. Raises ``WrongAddress``.
    """
    if not redis_url:
        return open_store(folder)
    return _open_near(folder.resolve(), redis_url, os.getpid())


@cache
def _open_near(folder: Path, redis_url: str, _process: int) -> ReadStore:
    from broadsheet.counters.near import NearStore  # a paper on one host starts without it
    from broadsheet.counters.remote import RemoteStore

    return NearStore(RemoteStore(redis_url), folder / "near")
