"""ninjs, IPTC's News in JSON, of the 1.x, 2.x and 3.x series."""

from broadsheet.apps.wire.contract import Format
from broadsheet.apps.wire.formats.ninjs.read import read_items, recognise

FORMAT = Format(name="ninjs", from_agencies=True, recognise=recognise, read=read_items)
