"""Reads JSON lines; a bad line is one item set aside."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from typing import Any

from broadsheet.apps.wire.contract import (
    LARGEST_ITEM,
    CannotRead,
    Head,
    Item,
    Reading,
    attempt,
)
from broadsheet.apps.wire.files import read_lines
from broadsheet.apps.wire.records import copy_from_record
from broadsheet.domain.wire_copy import Copy


def recognise(head: Head) -> bool:
    """By its name, or by a first line that is a whole object with another one under it."""
    if head.name.endswith((".jsonl", ".ndjson", ".jl")):
        return True
    lines = head.text.lstrip().split("\n", 2)
    if not lines[0].startswith("{") or len(lines) < 2:  # noqa: PLR2004
        return False
    return _is_object(lines[0]) and lines[1].startswith("{")


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def read_items(reading: Reading) -> Iterator[Item]:
    """Each line that is not empty."""
    for number, line in read_lines(reading.stream):
        if line is not None and not line.strip():
            continue
        yield attempt(str(number), partial(_read, line, reading))


def _read(line: str | None, reading: Reading) -> Copy:
    return copy_from_record(_record(line), feed=reading.feed, zone=reading.zone)


def _record(line: str | None) -> dict[str, Any]:
    if line is None:
        raise CannotRead(f"it is larger than {LARGEST_ITEM // 1_000_000} MB")
    try:
        record = json.loads(line)
    except RecursionError:
        raise CannotRead("it is nested too deeply") from None
    except ValueError as error:
        raise CannotRead(f"it is not JSON: {error}") from error
    if not isinstance(record, dict):
        raise CannotRead("it is JSON, but not an object with named fields")
    return record
