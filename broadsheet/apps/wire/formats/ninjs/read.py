"""Reads ninjs items. Names are compared in lower case: that is all that parts 3.x from 2.x."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from broadsheet.apps.wire.contract import CannotRead, Head, Item, Reading, attempt
from broadsheet.apps.wire.files import decode_whole, read_whole
from broadsheet.apps.wire.formats.ninjs.parts import (
    list_pictures,
    pick_body,
    pick_description,
    pick_headline,
    text_at,
)
from broadsheet.apps.wire.instants import read_instant
from broadsheet.apps.wire.markup import plain
from broadsheet.apps.wire.records import MOST_TOPICS, read_language
from broadsheet.apps.wire.subjects import find_section, host_of
from broadsheet.domain.running_text import has_text, settle_text, split_byline
from broadsheet.domain.wire_copy import Copy, Pubstatus, read_version, shorten_identifier

FEED = "wire"
STATUSES = {
    "usable": Pubstatus.USABLE,
    "withheld": Pubstatus.WITHHELD,
    "canceled": Pubstatus.CANCELED,
    "cancelled": Pubstatus.CANCELED,
}
TEXTLESS = {
    "picture": "a picture item, no text",
    "graphic": "a graphic item, no text",
    "video": "a video item, no text",
    "audio": "an audio item, no text",
    "animation": "an animation item, no text",
    "composite": "a composite item, no text",
    "component": "a component item, no text",
}
JSON_START = re.compile(r"\s*(?:\{\s*[\"}]|\[\s*[{\]])")
STILL = {"picture", "graphic"}
"""Kinds whose body is a caption, however long."""


def recognise(head: Head) -> bool:
    """JSON that is not JSON lines."""
    return JSON_START.match(head.text) is not None


def read_items(reading: Reading) -> Iterator[Item]:
    """The file's item, or each item of a list."""
    try:
        found = _parse(reading)
    except CannotRead as error:
        yield Item("", reason=str(error), broken=error.broken)
        return
    if isinstance(found, dict) and isinstance(found.get("items"), list):
        found = found["items"]
    for place, item in enumerate(found, 1) if isinstance(found, list) else (("", found),):
        yield attempt(str(place), partial(_copy, item, reading.zone))


def _parse(reading: Reading) -> Any:
    try:
        return json.loads(decode_whole(read_whole(reading.stream)))
    except RecursionError:
        raise CannotRead("it is nested too deeply") from None
    except ValueError as error:
        raise CannotRead(f"it is not JSON: {error}") from error


def _copy(given: Any, zone: ZoneInfo) -> Copy:
    if not isinstance(given, dict):
        raise CannotRead("it is JSON, but not an item with named fields")
    if "uri" not in given and ("$schema" in given or "properties" in given):
        raise CannotRead("a schema, not an item", broken=False)
    item = {str(name).lower(): value for name, value in given.items()}
    uri = (text_at(item, "uri") or text_at(item, "guid")).strip()
    if not uri:
        raise CannotRead("it has no uri")
    kind = text_at(item, "type").lower()
    _refuse_plans(item, kind)
    pubstatus = _pubstatus(item)
    headline, standfirst = pick_headline(item), pick_description(item)
    blocks = pick_body(item)
    if not blocks and standfirst and kind in {"text", ""}:
        blocks, standfirst = [("paragraph", standfirst)], ""
    if pubstatus is not Pubstatus.CANCELED:
        if not blocks or kind in STILL:
            raise CannotRead(TEXTLESS.get(kind, "it has no text"), broken=False)
        if not headline:
            raise CannotRead("it has no headline")
    agency = _agency(item, uri)
    sent, published = _instant(item, zone, "versioncreated"), _instant(item, zone, "firstcreated")
    settled = settle_text(
        blocks,
        headline=headline,
        standfirst=plain(standfirst),
        dateline=text_at(item, "located") or text_at(item, "dateline"),
        byline=split_byline(
            plain(text_at(item, "byline") or text_at(item, "by")), not_these=(agency,)
        ),
        published_at=published or sent,
    )
    if pubstatus is not Pubstatus.CANCELED and not has_text(settled.blocks):
        raise CannotRead("it has no text", broken=False)
    codes, names = _subjects(item)
    return Copy(
        feed=FEED,
        external_id=shorten_identifier(uri),
        headline=headline,
        body=settled.blocks,
        version=read_version(text_at(item, "version")),
        pubstatus=pubstatus,
        language=read_language(text_at(item, "language")),
        kicker=settled.kicker,
        standfirst=settled.standfirst,
        byline=settled.byline,
        dateline=settled.dateline,
        slugline=text_at(item, "slugline"),
        section=find_section(codes, names),
        topics=names[:MOST_TOPICS],
        agency=agency,
        published_at=published or _instant(item, zone, "contentcreated") or sent,
        sent_at=sent,
        embargoed_until=_embargo(item, zone),
        pictures=list_pictures(item),
        rights=plain(text_at(item, "usageterms") or text_at(item, "copyrightnotice")),
    )


def _refuse_plans(item: dict[str, Any], kind: str) -> None:
    if kind == "event" or "eventdetails" in item:
        raise CannotRead("an event, no story", broken=False)
    if kind == "planning" or "plannedcoverage" in item or "newscoverages" in item:
        raise CannotRead("a plan of coverage, no story", broken=False)
    if kind and kind not in TEXTLESS and kind != "text":
        raise CannotRead(f"its type is not one we know: {kind[:40]!r}")


def _pubstatus(item: dict[str, Any]) -> Pubstatus:
    written = text_at(item, "pubstatus").lower() or "usable"
    if written not in STATUSES:
        raise CannotRead(f"its pubstatus is not one we know: {written[:40]!r}")
    return STATUSES[written]


def _agency(item: dict[str, Any], uri: str) -> str:
    for name in ("infosource", "infosources", "source", "provider", "copyrightholder"):
        value = item.get(name)
        first = value[0] if isinstance(value, list) and value else value
        said = first.get("name") if isinstance(first, dict) else first
        if isinstance(said, str) and said.strip():
            return plain(said)
    return host_of(uri)


def _instant(item: dict[str, Any], zone: ZoneInfo, name: str) -> datetime | None:
    """An agency's clock that cannot be read is no reason to lose the story."""
    return read_instant(text_at(item, name), zone)


def _embargo(item: dict[str, Any], zone: ZoneInfo) -> datetime | None:
    written = text_at(item, "embargoed").strip()
    found = read_instant(written, zone) if written else None
    if written and found is None:
        raise CannotRead(f"its embargo cannot be read: {written[:40]!r}")
    return found


def _subjects(item: dict[str, Any]) -> tuple[list[str], tuple[str, ...]]:
    codes: list[str] = []
    names: list[str] = []
    for subject in item.get("subject") or item.get("subjects") or ():
        if isinstance(subject, dict):
            codes += [str(subject[key]) for key in ("code", "literal", "uri") if subject.get(key)]
            names += [plain(str(subject["name"]))] if subject.get("name") else []
    return codes, tuple(dict.fromkeys(filter(None, names)))
