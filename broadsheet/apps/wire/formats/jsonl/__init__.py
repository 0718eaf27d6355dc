"""JSON lines: one story, one line."""

from broadsheet.apps.wire.contract import Format
from broadsheet.apps.wire.formats.jsonl.read import read_items, recognise

FORMAT = Format(name="jsonl", from_agencies=False, recognise=recognise, read=read_items)
