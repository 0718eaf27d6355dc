"""XML from agencies, parsed without trusting it, and its text turned into HTML.

No network, no DTD, no entities of the file's own: a document that declares any is refused.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from lxml import etree

from broadsheet.apps.wire.contract import LARGEST_ITEM, CannotRead
from broadsheet.apps.wire.files import HEAD, guess_encoding

SAFE: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}
CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
DECLARED = re.compile(rb"^\s*<\?xml[^>]*encoding=[\"']([\w.:-]+)")
UNDEFINED = re.compile(r"Entity '([^']+)' not defined")
OWN_ENTITIES = "it declares entities of its own; such files are not read"
XML_SPACE = "{http://www.w3.org/XML/1998/namespace}lang"
SAME_TAGS = {
    "p", "ul", "ol", "li", "table", "tr", "td", "th", "b", "strong", "i", "em", "br", "div", "dl",
    "dt", "dd", "blockquote", "pre", "section", "article", "h1", "h2", "h3", "h4", "h5", "h6",
}  # fmt: skip
OUR_TAGS = {
    "hl1": "h2",
    "hl2": "h2",
    "bold": "b",
    "italic": "i",
    "bq": "blockquote",
    "block": "div",
}
SILENT = {
    "media", "figure", "figcaption", "script", "style", "img", "video", "audio", "object", "head",
    "note", "tobject", "media-metadata", "body.head", "body.end", "svg", "nitf-table-metadata",
}  # fmt: skip


def parse_xml(written: bytes) -> Any:
    """The root of a small document. Raises ``CannotRead`` in words that say what is wrong."""
    try:
        root = etree.fromstring(_repaired(written), etree.XMLParser(**SAFE))
    except etree.XMLSyntaxError as error:
        raise CannotRead(_reason(error)) from error
    except (LookupError, ValueError) as error:
        raise CannotRead(f"its XML cannot be read: {error}") from error
    refuse_entities(root)
    return root


def refuse_entities(root: Any) -> None:
    """Refuse a document that declares entities. Raises ``CannotRead``."""
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and next(iter(declared.iterentities()), None) is not None:
        raise CannotRead(OWN_ENTITIES)


def _repaired(written: bytes) -> bytes:
    """Bytes a parser can take: UTF-8 where the file claims or implies it and is not."""
    wide = guess_encoding(written)
    if wide and wide != "utf-8-sig":
        return written
    written = CONTROL.sub(b"", written)
    declared = DECLARED.match(written)
    if declared is None or declared[1].lower() in {b"utf-8", b"utf8"}:
        try:
            written.decode("utf-8")
        except UnicodeDecodeError:
            return written.decode("cp1252", "replace").encode("utf-8")
    return written


def _reason(error: etree.XMLSyntaxError) -> str:
    undefined = UNDEFINED.search(str(error))
    if undefined:
        return f"it uses an entity that nobody defines: &{undefined[1]};"
    if "amplification" in str(error):
        return OWN_ENTITIES
    return f"its XML is broken: {error.msg}"


def read_large(stream: BinaryIO, names: set[str]) -> Iterator[Any]:
    """Elements of these local names from a document of any size, each dropped after use.

    Raises ``CannotRead`` for a single one larger than an item may be, or where the XML breaks.
    """
    parser = etree.XMLPullParser(("end",), **SAFE)
    since = 0
    try:
        while piece := stream.read(HEAD):
            parser.feed(piece)
            since += len(piece)
            for _event, element in parser.read_events():
                if local(element) not in names:
                    continue
                refuse_entities(element)
                yield element
                since = 0
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
            if since > LARGEST_ITEM + HEAD:
                raise CannotRead(f"an item is larger than {LARGEST_ITEM // 1_000_000} MB")
    except etree.XMLSyntaxError as error:
        raise CannotRead(_reason(error)) from error


def local(element: Any) -> str:
    """An element's name without its namespace."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def find(element: Any, *path: str) -> Any | None:
    """The first element at this path of local names, or ``None``."""
    for name in path:
        element = next((child for child in element if local(child) == name), None)
        if element is None:
            return None
    return element


def list_all(element: Any, name: str) -> list[Any]:
    """Every child of this local name."""
    return [child for child in element if local(child) == name]


def text_of(element: Any | None) -> str:
    """All text under an element in one line."""
    return "" if element is None else " ".join("".join(element.itertext()).split())


def to_html(element: Any) -> str:
    """XHTML or NITF text as HTML; unknown elements give their words, silent ones nothing."""
    written: list[str] = []
    silent = 0
    for event, node in etree.iterwalk(element, events=("start", "end")):
        name = local(node).lower()
        if name in SILENT:
            silent += 1 if event == "start" else -1
        elif not silent:
            written.append(_tag(node, name, event))
            if event == "start" and node.text:
                written.append(html.escape(node.text, quote=False))
        if event == "end" and not silent and node is not element and node.tail:
            written.append(html.escape(node.tail, quote=False))
    return "".join(written)


def _tag(node: Any, name: str, event: str) -> str:
    ours = OUR_TAGS.get(name, name if name in SAME_TAGS else "")
    if name == "a" and event == "start":
        return f'<a href="{html.escape(node.get("href", ""))}">'
    if name == "a":
        return "</a>"
    if not ours or (ours == "br" and event == "end"):
        return ""
    return f"<{ours}>" if event == "start" else f"</{ours}>"
