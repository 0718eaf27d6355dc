"""Reading in a process of its own, so that a long import uses two cores: one reads, one writes.

The pipe between them holds little: a reader that is ahead waits, and memory stays flat.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator
from itertools import islice
from multiprocessing.connection import Connection
from zoneinfo import ZoneInfo

from broadsheet.apps.wire.contract import CannotRead, Item, LacksColumns, Reading
from broadsheet.apps.wire.files import Source, open_source
from broadsheet.apps.wire.formats import BY_NAME

WORTH_IT = 1_000_000
"""Bytes of a file from which a second process is quicker than it takes to start."""
AT_ONCE = 100
PATIENCE = 5.0


def is_worth_a_process(source: Source) -> bool:
    """Whether the file is large enough, and another core is there."""
    return len(os.sched_getaffinity(0)) > 1 and source.path.stat().st_size >= WORTH_IT


def read_beside(source: Source, format_name: str, feed: str, zone: ZoneInfo) -> Iterator[Item]:
    """The file's items, read by another process. Raises what reading raises."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    reader = context.Process(
        target=_read, args=(sender, source, format_name, feed, zone.key), daemon=True
    )
    reader.start()
    sender.close()
    try:
        while True:
            try:
                message = receiver.recv()
            except EOFError:
                raise CannotRead("the process that was reading it died") from None
            if message is None:
                return
            if isinstance(message, Exception):
                raise message
            yield from message
    finally:
        receiver.close()
        reader.terminate()
        reader.join(PATIENCE)


def _read(sender: Connection, source: Source, format_name: str, feed: str, zone: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with open_source(source) as stream:
            reading = Reading(stream, source.where, feed, ZoneInfo(zone))
            items = BY_NAME[format_name].read(reading)
            while batch := list(islice(items, AT_ONCE)):
                sender.send(batch)
        sender.send(None)
    except (CannotRead, LacksColumns) as error:
        sender.send(error)
    except BrokenPipeError:
        return
