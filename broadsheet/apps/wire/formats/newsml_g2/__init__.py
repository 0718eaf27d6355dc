"""NewsML-G2: news items, alone or in a news message."""

from broadsheet.apps.wire.contract import Format
from broadsheet.apps.wire.formats.newsml_g2.read import read_items, recognise

FORMAT = Format(name="newsml-g2", from_agencies=True, recognise=recognise, read=read_items)
