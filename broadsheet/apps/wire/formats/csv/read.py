"""Reads tables; the first row names the columns, in any of the usual words."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import partial

from broadsheet.apps.wire.contract import (
    LARGEST_ITEM,
    Head,
    Item,
    LacksColumns,
    Reading,
    attempt,
)
from broadsheet.apps.wire.files import read_lines
from broadsheet.apps.wire.records import ALIASES, copy_from_record, find_fields

NEEDED = ("id", "headline", "body")
SEPARATORS = ",;\t|"


def recognise(head: Head) -> bool:
    """A first row that names a headline and a text, or the name of the file."""
    if head.text.lstrip()[:1] in {"{", "[", "<"}:
        return False
    if head.name.endswith((".csv", ".tsv")):
        return True
    first = head.text.split("\n", 1)[0]
    return {"headline", "body"} <= set(find_fields(_split(first)))


def _split(line: str) -> list[str]:
    try:
        return next(csv.reader([line.strip()], delimiter=_separator(line)), [])
    except csv.Error:
        return []


def _separator(line: str) -> str:
    return max(SEPARATORS, key=line.count)


def read_items(reading: Reading) -> Iterator[Item]:
    """Each row. Raises ``LacksColumns`` when the first row lacks what every story needs."""
    csv.field_size_limit(LARGEST_ITEM)
    lines = _Lines(reading)
    try:
        header = next(lines, None)
    except csv.Error:
        header = None
    if header is None or not header.strip():
        yield Item("", reason="it has no first row that names its columns")
        return
    names = [name.strip() for name in _split(header)]
    fields = find_fields(names)
    missing = [field for field in NEEDED if field not in fields]
    if missing:
        said = "; ".join(f"{field} (or {', '.join(ALIASES[field][1:5])})" for field in missing)
        raise LacksColumns(
            f"{reading.where} has no column for: {said}. Name them in its first row."
        )
    separator = _separator(header)
    while True:
        first = lines.number + 1
        try:
            for row in csv.reader(lines, delimiter=separator, strict=False):
                if any(row):
                    yield _item(row, names, fields, reading, first)
                first = lines.number + 1
        except csv.Error:
            reason = f"a quotation mark opens here and is not closed before line {lines.number}"
            yield Item(str(first), reason=reason)
            continue
        return


def _item(
    row: list[str], names: list[str], fields: dict[str, str], reading: Reading, line: int
) -> Item:
    if len(row) > len(names) and any(row[len(names) :]):
        return Item(str(line), reason=f"it has {len(row)} fields under {len(names)} names")
    record = dict(zip(names, row, strict=False))
    present = {field: name for field, name in fields.items() if record.get(name, "").strip()}
    read = partial(copy_from_record, record, feed=reading.feed, zone=reading.zone, fields=present)
    return attempt(str(line), read)


class _Lines:
    """Lines for the reader, and how many it has taken."""

    def __init__(self, reading: Reading) -> None:
        self.lines = read_lines(reading.stream)
        self.number = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        self.number, line = next(self.lines)
        if line is None:
            raise csv.Error("a line is too long")
        return line
