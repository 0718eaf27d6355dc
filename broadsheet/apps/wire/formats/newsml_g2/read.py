"""Reads NewsML-G2; what is sound but no story (packages, plans, concepts) is set aside as that."""

from __future__ import annotations

import itertools
import re
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
from broadsheet.apps.wire.formats.newsml_g2.news_item import copy_from_news_item
from broadsheet.apps.wire.marked_xml import find, local, parse_xml, read_large

OTHERS = {
    "packageItem": "a package; its parts come as items of their own",
    "planningItem": "a plan of coverage, no story",
    "conceptItem": "a concept item, no story",
    "knowledgeItem": "a knowledge item, no story",
    "catalogItem": "a catalogue item, no story",
}
ROOT = re.compile(r"<(?![?!])(?:[\w.-]+:)?([\w.-]+)")
ITEMS = {"newsItem", *OTHERS}


def recognise(head: Head) -> bool:
    """XML whose first element is one of NewsML-G2's."""
    if not head.text.lstrip().startswith("<"):
        return False
    bare = re.sub(r"<!--.*?-->", "", head.text, flags=re.DOTALL)
    root = ROOT.search(bare)
    return root is not None and root[1] in {"newsMessage", *ITEMS}


def read_items(reading: Reading) -> Iterator[Item]:
    """The file's item, or each item of a message."""
    start = reading.stream.read(LARGEST_ITEM + 1)
    if len(start) > LARGEST_ITEM:
        reading.stream.seek(0)
        yield from _read_message(read_large(reading.stream, ITEMS), reading)
        return
    try:
        root = parse_xml(start)
        elements = _elements(root)
    except CannotRead as error:
        yield Item("", reason=str(error), broken=error.broken)
        return
    single = local(root) != "newsMessage"
    for place, element in enumerate(elements, 1):
        yield _item(element, "" if single else str(place), reading)


def _read_message(elements: Iterator[Any], reading: Reading) -> Iterator[Item]:
    for place in itertools.count(1):
        try:
            element = next(elements, None)
        except CannotRead as error:
            yield Item(str(place), reason=str(error), broken=error.broken)
            return
        if element is None:
            return
        yield _item(element, str(place), reading)


def _elements(root: Any) -> list[Any]:
    if local(root) != "newsMessage":
        return [root]
    held = find(root, "itemSet")
    found = list(held) if held is not None else []
    if not found:
        raise CannotRead("a message without items", broken=False)
    return found


def _item(element: Any, place: str, reading: Reading) -> Item:
    name = local(element)
    if name in OTHERS:
        return Item(place, reason=OTHERS[name], broken=False)
    if name != "newsItem":
        return Item(place, reason=f"not a news item: its first element is {name}")
    return attempt(place, partial(copy_from_news_item, element, reading.zone))
