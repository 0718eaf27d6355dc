"""Which stories a site has: its feeds and sitemaps, wherever it says they are."""

from __future__ import annotations

import re
import zlib
from urllib.parse import urljoin

from broadsheet.scan.asking import (
    Answer,
    CannotScan,
    NoAnswer,
    OffSite,
    Reader,
    Site,
    find_origin,
    tidy_address,
)
from broadsheet.scan.page import Page, list_addresses

KNOWN_LISTS = (
    "/feeds/home.xml",
    "/news-sitemap.xml",
    "/sitemap.xml",
    "/sitemap_index.xml",
    "/feed/",
    "/feed",
    "/rss.xml",
    "/rss",
    "/atom.xml",
    "/index.xml",
)
MOST_LISTS = 60
MOST_ADDRESSES = 50_000
SITEMAP_LINE = re.compile(r"^\s*sitemap:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
OK = 200
HTTP_ERROR = 400


class Lists:
    """What was found: the lists that were read, and the addresses they name, newest first."""

    def __init__(self) -> None:
        self.read: list[str] = []
        self.addresses: dict[str, None] = {}
        self.elsewhere = ""


def begin(address: str, *, pause: float | None) -> tuple[Site, Answer]:
    """The site that an address is on, with its first answer. Raises ``CannotScan``."""
    written = address.strip()
    origin = find_origin(written)
    if not origin:
        raise CannotScan(
            f"{address!r} is no address of a site; write one as https://paper.example/"
        )
    site = Site(origin, pause=pause)
    try:
        answer = site.ask(Reader("anonymous"), tidy_address(written))
    except OffSite as error:
        elsewhere = find_origin(str(error).split(" ", 1)[0])
        raise CannotScan(
            f"{origin} leads to another site. Scan that one: broadsheet gate scan {elsewhere}/"
        ) from error
    except NoAnswer as error:
        raise CannotScan(
            f"Nothing answers at {origin} ({error.__cause__!r}). Look at the address, and whether "
            "the site runs."
        ) from error
    return site, answer


def find_lists(site: Site, first: Answer, feeds: tuple[str, ...]) -> Lists:
    """Every list of stories, followed through indexes. Raises ``CannotScan`` where there is none."""
    lists = Lists()
    reader = Reader("anonymous")
    if feeds:
        waiting = [urljoin(first.address, feed) for feed in feeds]
    elif _take(site, lists, first):
        waiting = _take_maps(first)
    else:
        waiting = [*_list_named(site, reader, first), *(site.at(path) for path in KNOWN_LISTS)]
    asked: set[str] = {first.address}
    while waiting and len(asked) < MOST_LISTS and len(lists.addresses) < MOST_ADDRESSES:
        address = tidy_address(waiting.pop(0))
        if not site.has(address) or address in asked:
            continue
        asked.add(address)
        try:
            answer = site.ask(reader, address)
        except NoAnswer:
            continue
        _take(site, lists, answer)
        waiting += _take_maps(answer)
    if not lists.addresses and lists.elsewhere:
        raise CannotScan(
            f"The lists of {site.origin} name only pages of {lists.elsewhere}. Scan that one: "
            f"broadsheet gate scan {lists.elsewhere}/"
        )
    if not lists.addresses and first.status >= HTTP_ERROR:
        raise CannotScan(
            f"{site.origin} answers {first.status} to a plain request, and shows no feed and no "
            "sitemap. Let the scanner in, or give the address of a list with --feed."
        )
    if not lists.addresses:
        raise CannotScan(
            f"{site.origin} shows no feed and no sitemap with stories: neither its home page, its "
            "robots.txt nor the usual addresses name one. Give its address with --feed."
        )
    return lists


def _list_named(site: Site, reader: Reader, first: Answer) -> list[str]:
    """The feeds that the first page names, then the sitemaps of robots.txt."""
    page = Page(first.address, first.text)
    feeds = [
        address
        for rel, kind, address in page.list_alternates()
        if rel == "alternate" and kind in {"application/rss+xml", "application/atom+xml"}
    ]
    try:
        robots = site.ask(reader, site.at("/robots.txt"))
    except NoAnswer:
        return feeds
    return [*feeds, *(SITEMAP_LINE.findall(robots.text) if robots.status == OK else [])]


def _take(site: Site, lists: Lists, answer: Answer) -> bool:
    """Keep what a list names of this site; whether it was a list."""
    if answer.status != OK:
        return False
    pages, maps = list_addresses(_plain_bytes(answer))
    for page in pages:
        address = tidy_address(page)
        if site.has(address):
            lists.addresses.setdefault(address)
        else:
            lists.elsewhere = find_origin(address) or lists.elsewhere
    if pages or maps:
        lists.read.append(answer.address)
    return bool(pages or maps)


def _take_maps(answer: Answer) -> list[str]:
    return list_addresses(_plain_bytes(answer))[1] if answer.status == OK else []


def _plain_bytes(answer: Answer) -> bytes:
    """A sitemap may be a gzip file."""
    if answer.body[:2] != b"\x1f\x8b":
        return answer.body
    try:
        return zlib.decompressobj(wbits=47).decompress(answer.body, MOST_ADDRESSES * 1000)
    except zlib.error:
        return b""
