"""A page as the scanner reads it: what it says of its own locks, its text, its links, its parts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urldefrag, urljoin

from lxml import etree
from lxml import html as markup

BLOCKS = frozenset(
    {"p", "li", "blockquote", "h2", "h3", "h4", "figcaption", "td", "th", "dd", "dt", "pre"}
)
AROUND = frozenset(
    {
        "aside",
        "nav",
        "form",
        "footer",
        "header",
        "script",
        "style",
        "template",
        "noscript",
        "button",
    }
)
STORY_TYPES = re.compile(r"(Article|BlogPosting|Report|Review)$")
SIMPLE_SELECTOR = re.compile(r"^([a-zA-Z][\w-]*)?(?:([.#])([\w-]+))?$", re.ASCII)
DEEPEST = 40
Tree = Any


class Page:
    """One HTML page. A page too broken to be read is an empty one."""

    def __init__(self, address: str, source: str) -> None:
        self.address = address
        self._tree: Tree = _parse(source)
        self.structured = list(self._list_structured())
        self.mark = self._find("//article[@data-story and @data-access]")

    @property
    def access(self) -> str:
        """The access class that the page itself names (``data-access``), or ``""``."""
        return "" if self.mark is None else self.mark.get("data-access", "")

    @property
    def wall(self) -> str:
        """The kind of the wall it shows by our own marks, or ``""``."""
        found = self._find("//*[@data-paywall]")
        return "" if found is None else found.get("data-paywall", "")

    @property
    def is_preview(self) -> bool:
        """Whether it is, by our own marks, a stopped reader's page."""
        return self._find('//*[@data-part="preview"]') is not None

    @property
    def is_story(self) -> bool:
        """Whether it says of itself that it is one story, in any of the usual ways."""
        kind = self._find('//meta[@property="og:type"]')
        return (
            self.mark is not None
            or (kind is not None and kind.get("content", "").lower() == "article")
            or any(_is_story_type(said.get("@type")) for said in self.structured)
        )

    @property
    def is_free(self) -> bool | None:
        """What its structured data says: free, locked, or nothing (``None``)."""
        for said in self.structured:
            if _is_story_type(said.get("@type")) and "isAccessibleForFree" in said:
                return str(said["isAccessibleForFree"]).strip().lower() in {"true", "1", "yes"}
        return None

    def find_body(self) -> tuple[list[str], bool]:
        """The paragraphs of the story's text, and whether the page marks where that text is."""
        marked = self._find_all('//*[@data-part="body"]') or self._find_locked()
        if marked:
            return _list_paragraphs(marked, around=False), True
        for path in ('//*[@itemprop="articleBody"]', "//article", "//main"):
            paragraphs = _list_paragraphs(self._find_all(path)[:1], around=True)
            if paragraphs:
                return paragraphs, False
        said = [str(s.get("articleBody", "")) for s in self.structured if s.get("articleBody")]
        return [line for text in said for line in text.split("\n") if line.strip()], False

    def list_preview(self) -> list[str]:
        """The paragraphs that a stopped reader is meant to see of the text.

        Where the page marks them, those; else the article without what the page calls its body or
        its locked part, without what is hidden and without what stands around it.
        """
        marked = self._find_all('//*[@data-part="preview"]')
        if marked:
            return _list_paragraphs(marked, around=False)
        locked = {*self._find_all('//*[@data-part="body"]'), *self._find_locked()}
        seen = [
            _text_of(block)
            for element in (self._find_all("//article") or self._find_all("//body"))[:1]
            for block in _walk_blocks(element, around=True)
            if not locked.intersection((block, *block.iterancestors())) and not _is_hidden(block)
        ]
        return [text for text in seen if text]

    def list_public(self) -> Iterator[str]:
        """What every list may print of the story: headline, standfirst, captions."""
        for path in ("//title", "//h1", "//article//header", "//figcaption"):
            for element in self._find_all(path):
                if not _is_hidden(element):
                    yield _text_of(element)

    def list_links(self) -> Iterator[str]:
        """Where its links lead, as whole addresses without their fragments."""
        for element in self._find_all("//a[@href]"):
            yield self.resolve(element.get("href"))

    def list_alternates(self) -> Iterator[tuple[str, str, str]]:
        """Other forms that its head names: rel, media type and address."""
        for element in self._find_all("//link[@href and @rel]"):
            for rel in element.get("rel").lower().split():
                yield rel, element.get("type", "").lower(), self.resolve(element.get("href"))

    def list_forms(self) -> list[Tree]:
        return self._find_all("//form")

    def list_parts(self) -> Iterator[tuple[str, str]]:
        """Its bytes sorted by where they stand: the part's name and its text."""
        scripts = self._find_all("//script")
        yield (
            "JSON-LD",
            "\n".join(s.text or "" for s in scripts if "ld+json" in s.get("type", "").lower()),
        )
        yield (
            "script",
            "\n".join(s.text or "" for s in scripts if "ld+json" not in s.get("type", "").lower()),
        )
        metas = self._find_all("//meta[@content]")
        yield "meta", "\n".join(element.get("content") for element in metas)
        yield "comment", "\n".join(element.text or "" for element in self._find_all("//comment()"))
        rest = [element for element in self._find_all("//*[@*]") if element.tag != "meta"]
        yield "attribute", "\n".join(value for element in rest for value in element.attrib.values())
        shown: list[str] = []
        hidden: list[str] = []
        for text in self._find_all("//body//text()"):
            parent = text.getparent()
            if parent is None or not isinstance(parent.tag, str) or parent.tag == "script":
                continue
            own = parent if text.is_text else parent.getparent()
            (hidden if own is not None and _is_hidden(own) else shown).append(str(text))
        yield "hidden text", "".join(hidden)
        yield "text", "".join(shown)

    def resolve(self, href: str) -> str:
        """A whole address for one written on the page; ``""`` where none can be made."""
        try:
            return urldefrag(urljoin(self.address, href.strip())).url
        except ValueError:
            return ""

    def _find(self, path: str) -> Tree:
        found = self._find_all(path)
        return found[0] if found else None

    def _find_all(self, path: str) -> list[Tree]:
        return [] if self._tree is None else list(self._tree.xpath(path))

    def _find_locked(self) -> list[Tree]:
        """The elements that the structured data calls locked (``hasPart``, ``cssSelector``)."""
        found: list[Tree] = []
        for said in self.structured:
            parts = said.get("hasPart", ())
            for part in parts if isinstance(parts, list) else [parts]:
                if isinstance(part, dict) and "cssSelector" in part:
                    written = part["cssSelector"]
                    for selector in written if isinstance(written, list) else [written]:
                        found += self._select(str(selector))
        return found

    def _select(self, selectors: str) -> list[Tree]:
        """What simple selectors choose: a tag, a class, an id, or a tag with one of them."""
        found: list[Tree] = []
        for selector in selectors.split(","):
            simple = SIMPLE_SELECTOR.match(selector.strip())
            if simple is None or not simple[0]:
                continue
            tag, sign, name = simple[1] or "*", simple[2], simple[3]
            test = {
                ".": f'[contains(concat(" ", normalize-space(@class), " "), " {name} ")]',
                "#": f'[@id="{name}"]',
                None: "",
            }[sign]
            found += self._find_all(f"//{tag}{test}")
        return found

    def _list_structured(self) -> Iterator[dict[str, Any]]:
        for script in self._find_all('//script[contains(@type, "ld+json")]'):
            try:
                said = json.loads(script.text or "", strict=False)
            except (ValueError, RecursionError):
                continue
            yield from _list_dicts(said, DEEPEST)


def list_addresses(source: bytes) -> tuple[list[str], list[str]]:
    """The pages that a sitemap or a feed names, and the sitemaps that an index names.

    Entities are not resolved; what is no such XML names nothing.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True, load_dtd=False)
    try:
        root = etree.fromstring(source, parser)
    except (etree.XMLSyntaxError, ValueError):
        return [], []
    if root is None:
        return [], []
    pages: list[str] = []
    maps: list[str] = []
    for element in root.iter("{*}loc", "{*}link"):
        parent = _local(element.getparent())
        written = (element.text or "").strip() or element.get("href", "").strip()
        if not written:
            continue
        if _local(element) == "loc":
            (maps if parent == "sitemap" else pages if parent == "url" else []).append(written)
        elif parent in {"item", "entry"} and element.get("rel", "alternate") == "alternate":
            pages.append(written)
    return list(dict.fromkeys(pages)), list(dict.fromkeys(maps))


def _local(element: Tree) -> str:
    if element is None or not isinstance(element.tag, str):
        return ""
    return str(element.tag).rpartition("}")[2]


def _parse(source: str) -> Tree:
    if not source.strip():
        return None
    parser = markup.HTMLParser(encoding="utf-8", huge_tree=False)
    try:
        return markup.document_fromstring(source.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None


def _is_story_type(written: Any) -> bool:
    kinds = written if isinstance(written, list) else [written]
    return any(isinstance(kind, str) and STORY_TYPES.search(kind) for kind in kinds)


def _list_dicts(said: Any, deep: int) -> Iterator[dict[str, Any]]:
    if not deep:
        return
    if isinstance(said, dict):
        yield said
        said = list(said.values())
    if isinstance(said, list):
        for one in said:
            yield from _list_dicts(one, deep - 1)


def _list_paragraphs(elements: Iterable[Tree], *, around: bool) -> list[str]:
    found = [
        _text_of(block) for element in elements for block in _walk_blocks(element, around=around)
    ]
    return [text for text in found if text]


def _walk_blocks(element: Tree, *, around: bool) -> Iterator[Tree]:
    """The innermost blocks of text; with ``around`` those of asides, forms and the like are out."""
    blocks = [
        block
        for block in element.iter(*BLOCKS)
        if not any(True for _ in block.iterdescendants(*BLOCKS))
        and not (around and _is_around(block, element))
    ]
    yield from blocks or [element]


def _is_around(block: Tree, within: Tree) -> bool:
    for parent in block.iterancestors():
        if parent is within:
            return False
        if parent.tag in AROUND:
            return True
    return False


def _is_hidden(element: Tree) -> bool:
    for one in (element, *element.iterancestors()):
        if one.tag in {"template", "noscript", "style"} or one.get("hidden") is not None:
            return True
        style = one.get("style", "").replace(" ", "").lower()
        if "display:none" in style or "visibility:hidden" in style:
            return True
    return False


def _text_of(element: Tree) -> str:
    return " ".join(str(element.text_content()).split())
