"""CSV: one story, one row, under a row of names."""

from broadsheet.apps.wire.contract import Format
from broadsheet.apps.wire.formats.csv.read import read_items, recognise

FORMAT = Format(name="csv", from_agencies=False, recognise=recognise, read=read_items)
