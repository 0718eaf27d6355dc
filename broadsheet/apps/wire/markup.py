"""Markup from outside as blocks of running text.

Whatever comes in is cleaned first (nh3); what is left is well-formed, so that one pass over its
tags is enough, however deep a hostile page nests them.
"""

from __future__ import annotations

import html
import re

import nh3
import pyromark

from broadsheet.domain.running_text import clean_line, part_text, strip_controls
from broadsheet.domain.wire_copy import Block

INLINE = {"a", "b", "strong", "i", "em", "br"}
HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
LISTS = {"ul", "ol", "dl"}
ITEMS = {"li", "dt", "dd"}
CELLS = {"td", "th"}
PARTS = {"p", "div", "section", "article", "blockquote", "pre", "table", "tr", "center", "hr"}
DROPPED = {
    "script", "style", "template", "noscript", "iframe", "object", "figure", "figcaption", "video",
    "audio", "svg", "math", "form", "button", "select", "textarea", "title", "nav",
}  # fmt: skip
CLEANER = nh3.Cleaner(
    tags=INLINE | HEADINGS | LISTS | ITEMS | CELLS | PARTS,
    clean_content_tags=DROPPED,
    attributes={"a": {"href"}},
    url_schemes={"http", "https", "mailto"},
    link_rel=None,
)
TOKEN = re.compile(r"<(/?)([a-z0-9]+)([^>]*)>")
HAS_MARKUP = re.compile(
    r"</?(?:p|br|div|span|a|b|i|em|strong|u|h[1-6]|[uod]l|li|blockquote|table|tr|td|img|figure|pre"
    r"|script|style|section|article|iframe|center|font|q|cite)\b[^<>]*>"
    r"|&(?:[a-zA-Z]{2,8}|#\d{2,6});",
    re.IGNORECASE,
)
HAS_PARTS = re.compile(r"<(?:p|div|h[1-6]|ul|ol|table|blockquote|section|article)\b", re.IGNORECASE)
APART = re.compile(r"(?<=</span)><(?=span)", re.IGNORECASE)
WEB_LINK = re.compile(r"href=\"(?:https?://|mailto:)", re.IGNORECASE)
CELL = "\ue000"  # private: parts the cells of a row until it is written
ROW = re.compile(f"(?: ?{CELL} ?)+")
LETTER = re.compile(r"[^\W_]")
BROKEN_LINES = re.compile(r"(?:\s*<br>\s*){2,}")
ALL_BOLD = re.compile(r"^<(b|strong)>([^<]{3,80})</\1>$")
TEMPLATE_TAGS = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
MARKDOWN_SIGNS = re.compile(r"^(?:#{1,6} |[-*+] |> |\d+\. )|\*\*|\]\(|^```|^\|", re.MULTILINE)


def part_html(markup: str) -> list[Block]:
    """HTML as blocks; markup without any paragraph of its own is parted at its empty lines."""
    markup = strip_controls(markup)
    if not HAS_PARTS.search(markup):
        markup = re.sub(r"\r?\n\s*\r?\n", "<p>", markup)
    return _Parting().run(CLEANER.clean(APART.sub("> <", markup)))


def part_markdown(text: str) -> list[Block]:
    """Markdown as blocks; what a site's templates left in braces is taken out."""
    text = strip_controls(text)
    if "{{" in text or "{%" in text:
        text = TEMPLATE_TAGS.sub("", text)
    if not MARKDOWN_SIGNS.search(text) and "_" not in text and "<" not in text:
        return part_text(text)
    text = re.sub(r"^ {1,3}(?=\S)", "", text, flags=re.MULTILINE)
    return part_html(pyromark.html(text, options=pyromark.Options.ENABLE_TABLES))


def part_any(text: str) -> list[Block]:
    """Text of which nobody says what it is: HTML if it holds tags, plain otherwise."""
    if HAS_MARKUP.search(text):
        return part_html(text)
    return part_text(text)


def plain(markup: str) -> str:
    """One line of plain text from whatever came."""
    if "<" in markup or "&" in markup:
        markup = html.unescape(nh3.clean(markup, tags=set()))
    return clean_line(markup)


def _trim(part: str) -> str:
    part = part.strip()
    while part.startswith("<br>"):
        part = part[4:].lstrip()
    while part.endswith("<br>"):
        part = part[:-4].rstrip()
    return part


class _Parting:
    """One pass over clean markup."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.words: list[str] = []
        self.items: list[str] = []
        self.links: list[bool] = []
        self.depth = 0
        self.heading = False

    def run(self, markup: str) -> list[Block]:
        last = 0
        for found in TOKEN.finditer(markup):
            self.words.append(markup[last : found.start()])
            last = found.end()
            name = found[2]
            if name == "a":
                self._link(found[0], found[3])
            elif name in INLINE:
                self.words.append(found[0])
            elif name in CELLS:
                self.words.append(f" {CELL} " if found[1] else "")
            else:
                self._turn(name, closing=bool(found[1]))
        self.words.append(markup[last:])
        self._flush()
        self._end_list()
        return self.blocks

    def _link(self, tag: str, attributes: str) -> None:
        """Links to the web stay; what leads nowhere from here keeps its words only."""
        if tag == "</a>":
            self.words.append(tag if self.links and self.links.pop() else "")
            return
        self.links.append(WEB_LINK.search(attributes) is not None)
        self.words.append(tag if self.links[-1] else "")

    def _turn(self, name: str, *, closing: bool) -> None:
        self._flush()
        if name in LISTS:
            self.depth = max(self.depth + (-1 if closing else 1), 0)
        if name in HEADINGS:
            self.heading = not closing
        if self.depth == 0:
            self._end_list()

    def _end_list(self) -> None:
        if self.items:
            self.blocks.append(("list", tuple(self.items)))
            self.items = []

    def _flush(self) -> None:
        written = "".join(self.words)
        self.words = []
        if not written or written.isspace():
            return
        written = " ".join(written.replace("\u00a0", " ").replace("&nbsp;", " ").split())
        if CELL in written:
            written = ROW.sub(" · ", written).strip(" ·")
        for part in BROKEN_LINES.split(written) if "<br>" in written else (written,):
            self._put(_trim(part))

    def _put(self, part: str) -> None:
        if not LETTER.search(TOKEN.sub("", part) if "<" in part else part):
            return
        bold = ALL_BOLD.match(part)
        if self.depth:
            self.items.append(part)
        elif self.heading or (bold and bold[2].rstrip()[-1] not in ".:,;"):
            self.blocks.append(("crosshead", plain(part)))
        else:
            self.blocks.append(("paragraph", part))
