"""Every way of asking for one story that somebody has thought of, and those its page names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit, urlunsplit

from broadsheet.scan.asking import Answer, Site
from broadsheet.scan.page import Page

NUMBER = re.compile(r"(\d{1,18})/?$", re.ASCII)
FORMS = frozenset({"alternate", "amphtml", "shortlink", "next", "prev", "prefetch", "preload"})
FEEDS = frozenset({"application/rss+xml", "application/atom+xml"})
SEARCH_WORDS = 5


@dataclass(frozen=True, slots=True)
class Door:
    """One way of asking. ``bare`` doors are asked over a bare socket, with their ``method``."""

    name: str
    address: str
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "GET"
    bare: bool = False


def list_main_doors(address: str) -> list[Door]:
    """What everybody who is not to read it tries first, robots too."""
    return [
        Door("page", address),
        Door("print", _with_query(address, "print=1")),
        Door("AMP (/amp)", _below(address, "amp")),
        Door("AMP (?outputType=amp)", _with_query(address, "outputType=amp")),
    ]


def list_doors(address: str, answer: Answer, site: Site, words: str) -> list[Door]:
    """All ways of asking for a story whose page is ``answer``; ``words`` are some of its own."""
    etag = answer.headers.get("etag", "") or "*"
    known = [
        *list_main_doors(address),
        Door("HEAD", address, method="HEAD", bare=True),
        Door("Range", address, {"Range": "bytes=0-", "Accept-Encoding": "identity"}),
        Door("Range (its end)", address, {"Range": "bytes=-65536", "Accept-Encoding": "identity"}),
        Door("gzip", address, {"Accept-Encoding": "gzip"}),
        Door("brotli", address, {"Accept-Encoding": "br"}),
        Door("deflate", address, {"Accept-Encoding": "deflate"}),
        Door("identity", address, {"Accept-Encoding": "identity"}),
        Door("If-None-Match", address, {"If-None-Match": etag}, bare=True),
        Door("JSON (Accept)", address, {"Accept": "application/json"}),
        Door("JSON-LD (Accept)", address, {"Accept": "application/ld+json"}),
        Door("prefetch", address, {"Sec-Purpose": "prefetch", "Purpose": "prefetch"}),
        Door("AMP (?amp=1)", _with_query(address, "amp=1")),
        Door("JSON (?format=json)", _with_query(address, "format=json")),
        Door("JSON (.json)", _beside(address, ".json")),
        Door("trailing junk (/x.css)", _below(address, "x.css")),
        Door("trailing junk (;a=b)", _below(address, ";a=b")),
        Door("story's feed", _below(address, "feed/")),
        Door("error page", _beside(address, "-nowhere/")),
    ]
    doors = [*known, *_list_interfaces(address, site), *_list_named(answer, site)]
    if words:
        doors += [
            Door("search", site.at(f"/search/?q={quote(words)}")),
            Door("search (?s=)", site.at(f"/?s={quote(words)}")),
        ]
    return list(
        {(door.address, *door.headers.items(), door.method): door for door in doors}.values()
    )


def choose_words(sentence: str) -> str:
    """A few of a sentence's words to search for; too few to be a leak when they are echoed."""
    return " ".join(re.findall(r"[^\W_]+", sentence)[:SEARCH_WORDS])


def _list_interfaces(address: str, site: Site) -> Iterator[Door]:
    """Where well-known makes of site answer programs."""
    slug = urlsplit(address).path.rstrip("/").rpartition("/")[2]
    number = NUMBER.search(urlsplit(address).path)
    paths = [
        f"/wp-json/wp/v2/posts?slug={quote(slug)}",
        f"/wp-json/oembed/1.0/embed?url={quote(address, safe='')}",
        f"/oembed?format=json&url={quote(address, safe='')}",
        f"/ghost/api/content/posts/slug/{quote(slug)}/",
    ]
    if number:
        paths += [f"/api/v1/stories/{number[1]}/", f"/api/v1/stories/{number[1]}"]
    yield from (
        Door("oEmbed" if "oembed" in path else f"API ({path.partition('?')[0]})", site.at(path))
        for path in paths
    )


def _list_named(answer: Answer, site: Site) -> Iterator[Door]:
    """The other forms that the page itself names, if they are on this site."""
    page = Page(answer.address, answer.text)
    for rel, kind, address in page.list_alternates():
        if not site.has(address) or kind in FEEDS:
            continue
        if "oembed" in kind:
            yield Door("oEmbed", address)
        elif rel == "amphtml":
            yield Door("AMP (amphtml)", address)
        elif rel in FORMS and not kind.startswith(("font/", "image/", "text/css")):
            yield Door(f"alternate ({kind or rel})", address)


def _with_query(address: str, query: str) -> str:
    parts = urlsplit(address)
    return urlunsplit(parts._replace(query=f"{parts.query}&{query}" if parts.query else query))


def _below(address: str, name: str) -> str:
    parts = urlsplit(address)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{name}"))


def _beside(address: str, ending: str) -> str:
    parts = urlsplit(address)
    return urlunsplit(parts._replace(path=parts.path.rstrip("/") + ending))
