"""The formats we read: one table, asked in its order when a file must say itself what it is."""

from __future__ import annotations

from broadsheet.apps.wire.contract import Format, Head
from broadsheet.apps.wire.formats import csv, jsonl, newsml_g2, ninjs

TABLE: tuple[Format, ...] = (newsml_g2.FORMAT, jsonl.FORMAT, ninjs.FORMAT, csv.FORMAT)
BY_NAME: dict[str, Format] = {one.name: one for one in TABLE}


def detect(head: Head) -> Format | None:
    """The format of a file by its beginning, or ``None``."""
    return next((one for one in TABLE if one.recognise(head)), None)
