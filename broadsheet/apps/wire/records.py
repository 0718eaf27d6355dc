"""A story as a record of named fields, however they are named: one line of JSON, one row of CSV."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from broadsheet.apps.wire.contract import CannotRead
from broadsheet.apps.wire.instants import read_instant
from broadsheet.apps.wire.markup import part_any, part_html, part_markdown, plain
from broadsheet.domain.running_text import Settled, has_text, part_text, settle_text, split_byline
from broadsheet.domain.wire_copy import (
    Block,
    Copy,
    PictureNote,
    Pubstatus,
    read_version,
    shorten_identifier,
)

ALIASES: dict[str, tuple[str, ...]] = {
    "id": ("id", "guid", "external_id", "uid", "uuid", "post_id", "article_id", "story_id", "url",
           "link", "permalink", "canonical_url", "uri"),
    "headline": ("headline", "title", "post_title", "heading"),
    "body": ("body", "content", "text", "body_html", "content_html", "html", "body_markdown",
             "content_markdown", "markdown", "md", "body_text", "content_text", "plain_text",
             "article", "article_text", "article_body", "post_content", "full_text", "story"),
    "published": ("published_at", "published", "date_published", "publication_date", "pubdate",
                  "pub_date", "publish_date", "published_on", "date", "post_date", "datetime",
                  "created_at", "created", "timestamp"),
    "updated": ("updated_at", "updated", "date_modified", "modified_at", "modified",
                "last_modified", "versioncreated"),
    "version": ("version", "revision"),
    "section": ("section", "category", "desk", "channel", "rubric", "categories", "section_name"),
    "author": ("author", "byline", "authors", "by", "creator", "writer", "author_name"),
    "standfirst": ("standfirst", "summary", "description", "excerpt", "dek", "deck", "subtitle",
                   "subheadline", "lede", "abstract", "post_excerpt"),
    "kicker": ("kicker", "overline", "eyebrow"),
    "dateline": ("dateline", "location", "place"),
    "topics": ("topics", "tags", "keywords", "subjects"),
    "origin": ("origin",),
    "agency": ("agency", "wire", "news_agency", "sponsor"),
    "access": ("access", "access_class"),
    "language": ("language", "lang", "locale"),
    "slug": ("slug", "post_name"),
    "embargo": ("embargo", "embargoed", "embargo_until", "embargoed_until"),
    "pubstatus": ("pubstatus", "status", "post_status"),
    "picture": ("image", "picture", "image_url", "featured_image", "photo"),
    "rights": ("rights", "copyright", "copyrightnotice", "usageterms"),
}  # fmt: skip
FIELD_OF = {alias: field for field, aliases in ALIASES.items() for alias in aliases}
NOTHING = {"", "none", "null", "nan", "n/a", "undefined"}
LANGUAGES = {
    "arabic": "ar", "chinese": "zh", "danish": "da", "dutch": "nl", "english": "en",
    "esperanto": "eo", "finnish": "fi", "french": "fr", "german": "de", "greek": "el",
    "hindi": "hi", "italian": "it", "japanese": "ja", "korean": "ko", "norwegian": "no",
    "polish": "pl", "portuguese": "pt", "romanian": "ro", "russian": "ru", "spanish": "es",
    "swedish": "sv", "turkish": "tr", "urdu": "ur",
}  # fmt: skip
STATUSES = {
    "usable": Pubstatus.USABLE, "published": Pubstatus.USABLE, "publish": Pubstatus.USABLE,
    "live": Pubstatus.USABLE, "public": Pubstatus.USABLE, "withheld": Pubstatus.WITHHELD,
    "draft": Pubstatus.WITHHELD, "pending": Pubstatus.WITHHELD, "private": Pubstatus.WITHHELD,
    "canceled": Pubstatus.CANCELED, "cancelled": Pubstatus.CANCELED, "killed": Pubstatus.CANCELED,
}  # fmt: skip
MOST_TOPICS = 12


def find_fields(names: Mapping[str, Any] | list[str]) -> dict[str, str]:
    """Which of a record's names stands for which field; the first alias of the table wins."""
    known = {_bare_name(str(name)): str(name) for name in names}
    found: dict[str, str] = {}
    for field, aliases in ALIASES.items():
        for alias in aliases:
            if alias in known and not _is_hollow(names, known[alias]):
                found[field] = known[alias]
                break
    return found


def _bare_name(name: str) -> str:
    return re.sub(r"[\s-]+", "_", name.strip().lower())


def _is_hollow(names: Mapping[str, Any] | list[str], name: str) -> bool:
    return isinstance(names, Mapping) and not _line(names[name])


def copy_from_record(
    record: Mapping[str, Any],
    *,
    feed: str,
    zone: ZoneInfo,
    fields: Mapping[str, str] | None = None,
) -> Copy:
    """The record's story. Raises ``CannotRead`` with what is missing or wrong.

    Where a record names its language, its translations may share its identifier.
    """
    named = find_fields(record) if fields is None else fields
    line = {
        field: plain(_line(record.get(name))) for field, name in named.items() if field != "body"
    }
    identifier = line.get("id", "")
    if not identifier:
        raise CannotRead("it has no identifier (id, guid or url)")
    pubstatus = _pubstatus(line.get("pubstatus", ""))
    published = _instant(line, "published", zone)
    settled = _settle(record, named, line, published)
    if pubstatus is not Pubstatus.CANCELED:
        _refuse_wordless(record, line, settled)
    language = read_language(line.get("language", ""))
    picture = line.get("picture", "")
    return Copy(
        feed=feed,
        external_id=shorten_identifier(f"{identifier}#{language}" if language else identifier),
        headline=line.get("headline", ""),
        body=settled.blocks,
        version=read_version(line.get("version", "")),
        pubstatus=pubstatus,
        language=language,
        kicker=line.get("kicker", "") or settled.kicker,
        standfirst=settled.standfirst,
        byline=settled.byline,
        dateline=settled.dateline,
        slug=line.get("slug", ""),
        section=_first(record.get(named.get("section", ""))),
        topics=_list(record.get(named.get("topics", "")))[:MOST_TOPICS],
        origin=line.get("origin", "").lower(),
        agency=line.get("agency", ""),
        access=line.get("access", "").lower(),
        published_at=published,
        sent_at=_instant(line, "updated", zone),
        embargoed_until=_instant(line, "embargo", zone),
        pictures=(PictureNote(picture),) if picture.startswith("http") else (),
        rights=line.get("rights", ""),
    )


def _settle(
    record: Mapping[str, Any],
    named: Mapping[str, str],
    line: Mapping[str, str],
    published: datetime | None,
) -> Settled:
    return settle_text(
        _blocks(record, named.get("body")),
        headline=line.get("headline", ""),
        standfirst=line.get("standfirst", ""),
        dateline=line.get("dateline", ""),
        byline=_names(record.get(named.get("author", "")), line.get("agency", "")),
        published_at=published,
    )


def _refuse_wordless(record: Mapping[str, Any], line: Mapping[str, str], settled: Settled) -> None:
    """A record without any column for its text is damaged; one whose text is empty is no story."""
    if not line.get("headline"):
        raise CannotRead("it has no headline")
    if not has_text(settled.blocks):
        raise CannotRead("it has no text", broken="body" not in find_fields(list(record)))


def _blocks(record: Mapping[str, Any], name: str | None) -> list[Block]:
    if name is None:
        return []
    value = record[name]
    text = value if isinstance(value, str) else "\n\n".join(_texts(value))
    kind = _bare_name(name)
    if "markdown" in kind or kind == "md":
        return part_markdown(text)
    if "html" in kind:
        return part_html(text)
    return part_text(text) if kind in {"body_text", "plain_text"} else part_any(text)


def _instant(line: Mapping[str, str], field: str, zone: ZoneInfo) -> datetime | None:
    written = line.get(field, "")
    if not written:
        return None
    found = read_instant(written, zone)
    if found is None:
        raise CannotRead(f"its {field} date cannot be read: {written[:40]!r}")
    return found


def _pubstatus(written: str) -> Pubstatus:
    if not written:
        return Pubstatus.USABLE
    try:
        return STATUSES[written.lower()]
    except KeyError:
        raise CannotRead(f"its status is not one we know: {written[:40]!r}") from None


def read_language(written: str) -> str:
    """A language tag, from a tag or an English name; ``""`` for anything else."""
    tag = LANGUAGES.get(written.lower(), written.replace("_", "-"))
    return tag if re.fullmatch(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,2}", tag) else ""


def _names(value: Any, agency: str) -> tuple[str, ...]:
    if isinstance(value, list | tuple):
        return tuple(dict.fromkeys(name for one in value for name in _names(one, agency)))
    return split_byline(plain(_line(value)), not_these=(agency,) if agency else ())


def _list(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        parts = re.split(r"[;|]" if re.search(r"[;|]", value) else ",", value)
    else:
        parts = _texts(value)
    lines = (plain(part) for part in parts)
    return tuple(dict.fromkeys(part for part in lines if part.lower() not in NOTHING))


def _first(value: Any) -> str:
    if isinstance(value, str):
        return plain(_line(re.split(r"[;|>]", value)[0]))
    return next(iter(_list(value)), "")


def _line(value: Any) -> str:
    text = value if isinstance(value, str) else ", ".join(_texts(value))
    return "" if text.strip().lower() in NOTHING else text


def _texts(value: Any) -> list[str]:
    """Every text in a value, however a site has wrapped it."""
    if value is None or isinstance(value, bool):
        return []
    if isinstance(value, str):
        return [value]
    if isinstance(value, int | float):
        return [str(value)]
    if isinstance(value, list | tuple):
        return [text for one in value for text in _texts(one)]
    if isinstance(value, dict):
        for name in ("rendered", "value", "name", "title", "html", "text", "url"):
            if name in value:
                return _texts(value[name])
    return []
