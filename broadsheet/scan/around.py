"""The pages around the stories: home, fronts, lists, feeds, sitemaps."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from broadsheet.scan.asking import Answer, Site, tidy_address
from broadsheet.scan.doors import FEEDS, Door
from broadsheet.scan.page import Page

MOST_AROUND = 300
KNOWN = {
    "/": "home",
    "/robots.txt": "robots.txt",
    "/sitemap.xml": "sitemap",
    "/news-sitemap.xml": "news sitemap",
    "/feeds/home.xml": "feed",
    "/search/?q=the": "search",
    "/api/v1/": "API (/api/v1/)",
    "/nowhere-at-all/": "error page",
}
NAMES = (
    (re.compile(r"/(?:authors?|by|writers?|people)/"), "author"),
    (re.compile(r"/(?:topics?|tags?|subjects?|category|categories)/"), "topic"),
    (re.compile(r"/(?:storylines?|series|collections?)/"), "storyline"),
    (re.compile(r"/search\b"), "search"),
    (re.compile(r"/(?:feeds?|rss)\b|\.(?:rss|atom)$"), "feed"),
)
LEFT_ALONE = re.compile(
    r"/(?:account|log-?out|sign-?out|log-?in|sign-?in|subscribe|checkout|cart|desk|admin|wp-admin"
    r"|unsubscribe|delete|static|media|bank)\b|\.(?:css|js|png|jpe?g|webp|gif|svg|ico|pdf|woff2?)$",
    re.IGNORECASE,
)


class Around:
    """Collects the pages that stand around stories, each once, ``MOST_AROUND`` at most."""

    def __init__(self, site: Site, lists: Iterable[str]) -> None:
        self._site = site
        self._sections: set[str] = set()
        self._doors: dict[str, Door] = {}
        for path, name in KNOWN.items():
            self._add(site.at(path), name)
        for address in lists:
            self._add(address, _name_list(address))

    def note_story(self, address: str) -> None:
        """A story's first words of address are a section's."""
        first = urlsplit(address).path.split("/")[1]
        self._sections.add(f"/{first}/")
        self._add(self._site.at(f"/{first}/"), "")

    def note_page(self, address: str) -> None:
        """A page that a list named and that is no story."""
        self._add(address, "")

    def note_links(self, answer: Answer, stories: Iterable[str]) -> None:
        """Take the pages and feeds that a story's page leads to."""
        page = Page(answer.address, answer.text)
        known = set(stories)
        for rel, kind, address in page.list_alternates():
            if rel == "alternate" and kind in FEEDS:
                self._add(address, "feed")
        for address in page.list_links():
            if tidy_address(address) not in known:
                self._add(address, "")

    def list_doors(self) -> list[Door]:
        return [
            door if door.name else Door(self._name(door.address), door.address)
            for door in self._doors.values()
        ]

    def _add(self, address: str, name: str) -> None:
        address = tidy_address(address)
        if address in self._doors or len(self._doors) >= MOST_AROUND or not self._site.has(address):
            return
        where = urlsplit(address)
        if not name and (where.query or LEFT_ALONE.search(where.path)):
            return
        self._doors[address] = Door(name, address)

    def _name(self, address: str) -> str:
        path = urlsplit(address).path
        for pattern, name in NAMES:
            if pattern.search(path):
                return name
        if path.rstrip("/") + "/" in self._sections:
            return "section"
        return f"page {path}"


def _name_list(address: str) -> str:
    path = urlsplit(address).path
    if "sitemap" in path:
        return "news sitemap" if "news" in path else "sitemap"
    return "feed"
