"""The parts of a ninjs item that each series writes in its own way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from broadsheet.apps.wire.contract import CannotRead
from broadsheet.apps.wire.marked_xml import parse_xml, to_html
from broadsheet.apps.wire.markup import part_any, part_html, plain
from broadsheet.domain.running_text import part_text
from broadsheet.domain.wire_copy import Block, PictureNote

NOT_TEXT = {"caption", "alt", "credit"}


def text_at(item: dict[str, Any], name: str) -> str:
    """A field that must be text. Raises ``CannotRead`` when it is something else."""
    value = item.get(name)
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise CannotRead(f"its {name} is not text")


def _variants(item: dict[str, Any], one: str, many: str) -> Iterator[tuple[str, str]]:
    """(what it is, text): ``body_html`` in 1.x, a list of roles and values after it."""
    for name, value in item.items():
        if name == one or name.startswith(f"{one}_"):
            if not isinstance(value, str):
                raise CannotRead(f"its {name} is not text")
            yield name.removeprefix(one).strip("_"), value
    listed = item.get(many) or ()
    if not isinstance(listed, list | tuple):
        raise CannotRead(f"its {many} are not a list")
    for variant in listed:
        if not isinstance(variant, dict) or not isinstance(variant.get("value"), str):
            raise CannotRead(f"one of its {many} is not text")
        kind = variant.get("contenttype") or variant.get("contentType") or ""
        yield f"{variant.get('role', '')} {kind}".lower(), variant["value"]


def pick_headline(item: dict[str, Any]) -> str:
    """The main headline, else the first."""
    found = [
        (kind, text) for kind, text in _variants(item, "headline", "headlines") if text.strip()
    ]
    found.sort(key=lambda one: one[0].split()[:1] not in ([], ["main"]))
    return plain(found[0][1]) if found else plain(text_at(item, "title"))


def pick_description(item: dict[str, Any]) -> str:
    """The description that is text about the item, not a picture's caption; HTML or plain."""
    for kind, text in _variants(item, "description", "descriptions"):
        if text.strip() and not set(kind.split()) & NOT_TEXT:
            return plain(text)
    return ""


def pick_body(item: dict[str, Any]) -> list[Block]:
    """The richest body that holds words."""
    found = sorted(_variants(item, "body", "bodies"), key=lambda one: _richness(one[0]))
    for kind, text in found:
        if text.strip() and (blocks := _part(kind, text)):
            return blocks
    return []


def _richness(kind: str) -> int:
    if "html" in kind:
        return 0
    if "nitf" in kind or "xml" in kind:
        return 1
    return 3 if "caption" in kind else 2


def _part(kind: str, text: str) -> list[Block]:
    if "html" in kind:
        return part_html(text)
    if "nitf" in kind or "xml" in kind:
        return part_html(to_html(parse_xml(text.encode())))
    return part_text(text) if kind.startswith("text") and "<p" not in text else part_any(text)


def list_pictures(item: dict[str, Any]) -> tuple[PictureNote, ...]:
    """Pictures that came with the item."""
    given = item.get("associations") or {}
    found = given.values() if isinstance(given, dict) else given
    return tuple(
        note for one in found if isinstance(one, dict) and (note := _picture(one)) is not None
    )


def _picture(given: dict[str, Any]) -> PictureNote | None:
    item = {str(name).lower(): value for name, value in given.items()}
    if item.get("type") != "picture":
        return None
    renditions = item.get("renditions") or {}
    listed = list(renditions.values()) if isinstance(renditions, dict) else renditions
    sized = [one for one in listed if isinstance(one, dict) and isinstance(one.get("href"), str)]
    sized.sort(key=lambda one: -one["width"] if isinstance(one.get("width"), int) else 0)
    address = sized[0]["href"] if sized else str(item.get("uri") or "")
    caption = pick_description(item) or pick_headline(item)
    credit = item.get("byline") or item.get("by") or item.get("copyrightholder") or ""
    return PictureNote(address, caption, credit if isinstance(credit, str) else "")
