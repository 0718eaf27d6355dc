"""One NewsML-G2 news item as copy."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from broadsheet.apps.wire.contract import CannotRead
from broadsheet.apps.wire.instants import read_instant
from broadsheet.apps.wire.marked_xml import XML_SPACE, find, list_all, local, text_of, to_html
from broadsheet.apps.wire.markup import part_html, plain
from broadsheet.apps.wire.records import MOST_TOPICS, read_language
from broadsheet.apps.wire.subjects import find_section, host_of
from broadsheet.domain.running_text import has_text, part_text, settle_text, split_byline
from broadsheet.domain.wire_copy import (
    Block,
    Copy,
    PictureNote,
    Pubstatus,
    read_version,
    shorten_identifier,
)

FEED = "wire"
STATUSES = {
    "": Pubstatus.USABLE,
    "usable": Pubstatus.USABLE,
    "withheld": Pubstatus.WITHHELD,
    "canceled": Pubstatus.CANCELED,
}
TEXTLESS = {"picture", "graphic", "video", "audio", "animation", "composite"}
MARKED = {"nitf", "html", "body"}


def copy_from_news_item(item: Any, zone: ZoneInfo) -> Copy:
    """The copy in a ``newsItem`` element. Raises ``CannotRead``."""
    guid = item.get("guid", "").strip()
    if not guid:
        raise CannotRead("it has no guid")
    about, content = _part(item, "itemMeta"), _part(item, "contentMeta")
    pubstatus = _pubstatus(about)
    embargo, endless = _embargo(about, zone)
    nitf, blocks = _text(item)
    headline = text_of(_first_of(content, "headline")) or _nitf_line(nitf, "hedline")
    if pubstatus is not Pubstatus.CANCELED:
        _refuse_textless(item, about, blocks, headline)
    agency = _agency(item, about, content, guid)
    sent = _instant(find(about, "versionCreated"), zone)
    created = _instant(find(about, "firstCreated"), zone)
    names = tuple(dict.fromkeys(filter(None, map(_name, list_all(content, "subject")))))
    settled = settle_text(
        blocks,
        headline=headline,
        standfirst=_summary(content) or _nitf_line(nitf, "abstract"),
        dateline=_dateline(content, nitf),
        byline=_byline(content, nitf, agency),
        published_at=created or sent,
    )
    if pubstatus is not Pubstatus.CANCELED and not has_text(settled.blocks):
        raise CannotRead("it has no text", broken=False)
    return Copy(
        feed=FEED,
        external_id=shorten_identifier(guid),
        headline=plain(headline),
        body=settled.blocks,
        version=read_version(item.get("version", "")),
        pubstatus=Pubstatus.WITHHELD if endless and pubstatus is Pubstatus.USABLE else pubstatus,
        language=_language(item, content),
        kicker=settled.kicker,
        standfirst=settled.standfirst,
        byline=settled.byline,
        dateline=settled.dateline,
        slugline=text_of(_first_of(content, "slugline")),
        section=find_section(map(_code, list_all(content, "subject")), names),
        topics=names[:MOST_TOPICS],
        agency=agency,
        published_at=created or _instant(find(content, "contentCreated"), zone) or sent,
        sent_at=sent,
        embargoed_until=embargo,
        pictures=tuple(_pictures(item)),
        rights=_rights(item),
    )


def _part(item: Any, name: str) -> Any:
    found = find(item, name)
    return item.makeelement(name) if found is None else found


def _first_of(parent: Any, name: str) -> Any | None:
    return next((child for child in list_all(parent, name) if text_of(child)), None)


def _code(element: Any | None) -> str:
    if element is None:
        return ""
    return str(element.get("qcode") or element.get("uri") or element.get("literal") or "")


def _name(element: Any) -> str:
    return text_of(_first_of(element, "name")) or str(element.get("literal") or "")


def _pubstatus(about: Any) -> Pubstatus:
    written = _code(find(about, "pubStatus")).rpartition(":")[2].rpartition("/")[2].lower()
    if written not in STATUSES:
        raise CannotRead(f"its pubStatus is not one we know: {written[:40]!r}")
    return STATUSES[written]


def _embargo(about: Any, zone: ZoneInfo) -> tuple[datetime | None, bool]:
    """The end of an embargo, and whether there is one whose end nobody can know."""
    element = find(about, "embargoed")
    if element is None:
        return None, False
    written = text_of(element)
    found = read_instant(written, zone) if written else None
    if written and found is None:
        raise CannotRead(f"its embargo cannot be read: {written[:40]!r}")
    return found, found is None


def _instant(element: Any | None, zone: ZoneInfo) -> datetime | None:
    return read_instant(text_of(element), zone) if element is not None else None


def _text(item: Any) -> tuple[Any | None, list[Block]]:
    """The NITF document, if the text is one, and the text itself."""
    for held in list_all(_part(item, "contentSet"), "inlineXML"):
        for root in held:
            if local(root).lower() not in MARKED:
                continue
            body = find(root, "body") if local(root) != "body" else root
            content = None if body is None else find(body, "body.content")
            source = content if content is not None else body
            if source is not None and (blocks := part_html(to_html(source))):
                return (root if local(root) == "nitf" else None), blocks
    for held in list_all(_part(item, "contentSet"), "inlineData"):
        kind = held.get("contenttype", "text/plain").lower()
        written = "".join(held.itertext())
        if kind.startswith("text/") and held.get("encoding") is None:
            marked = "html" in kind or "<p" in written
            blocks = part_html(written) if marked else part_text(written)
            if blocks:
                return None, blocks
    return None, []


def _refuse_textless(item: Any, about: Any, blocks: list[Block], headline: str) -> None:
    if not blocks:
        kind = _code(find(about, "itemClass")).rpartition(":")[2].lower()
        article = "an" if kind.startswith("a") else "a"
        if kind in TEXTLESS:
            raise CannotRead(f"{article} {kind} item, no text", broken=False)
        held = next(iter(_part(item, "contentSet")), None)
        if held is None or local(held) == "remoteContent":
            raise CannotRead("its text is elsewhere, not in the file", broken=False)
        inner = next(iter(held), None)
        if inner is not None and local(inner) not in MARKED:
            raise CannotRead(f"it holds {local(inner)}, no running text", broken=False)
        raise CannotRead("it has no text", broken=False)
    if not headline:
        raise CannotRead("it has no headline")


def _agency(item: Any, about: Any, content: Any, guid: str) -> str:
    provider = find(about, "provider")
    for element in (*list_all(content, "infoSource"), provider):
        if element is not None and (name := _name(element)):
            return plain(name)
    holder = find(item, "rightsInfo", "copyrightHolder")
    if holder is not None and (name := _name(holder)):
        return plain(name)
    code = "" if provider is None else str(provider.get("qcode", "")).rpartition(":")[2]
    return code.removeprefix("www.") or host_of(guid)


def _nitf_line(nitf: Any | None, name: str) -> str:
    head = None if nitf is None else find(nitf, "body", "body.head", name)
    if head is None:
        return ""
    if name == "hedline":
        return text_of(find(head, "hl1"))
    return " ".join(filter(None, (text_of(part) for part in head))) or text_of(head)


def _summary(content: Any) -> str:
    for element in list_all(content, "description"):
        role = element.get("role", "").rpartition(":")[2].lower()
        if "caption" not in role:
            return plain(" ".join("".join(element.itertext()).split()))
    return ""


def _dateline(content: Any, nitf: Any | None) -> str:
    written = text_of(_first_of(content, "dateline")) or _nitf_line(nitf, "dateline")
    located = find(content, "located")
    return written or (_name(located) if located is not None else "")


def _byline(content: Any, nitf: Any | None, agency: str) -> tuple[str, ...]:
    written = text_of(_first_of(content, "by"))
    if not written and nitf is not None:
        by = find(nitf, "body", "body.head", "byline")
        if by is not None:
            person = find(by, "person")
            written = text_of(person) or plain(by.text or "")
    if not written:
        written = next(filter(None, map(_name, list_all(content, "creator"))), "")
    return split_byline(written, not_these=(agency,))


def _language(item: Any, content: Any) -> str:
    element = find(content, "language")
    tag = element.get("tag", "") if element is not None else ""
    return read_language(tag or item.get(XML_SPACE, ""))


def _pictures(item: Any) -> Iterator[PictureNote]:
    for held in list_all(_part(item, "contentSet"), "remoteContent"):
        if held.get("contenttype", "").startswith("image/") and held.get("href"):
            yield PictureNote(held.get("href"))


def _rights(item: Any) -> str:
    rights = find(item, "rightsInfo")
    if rights is None:
        return ""
    return text_of(find(rights, "usageTerms")) or text_of(find(rights, "copyrightNotice"))
