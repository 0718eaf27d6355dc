"""The pages about the paper: whole, well formed and true of the site they stand on."""

from __future__ import annotations

import html
import re
import tomllib
from collections import defaultdict
from html.parser import HTMLParser

import pytest

from broadsheet.demo.content import FOLDER, read_stories
from broadsheet.domain.story import DISCLAIMERS
from broadsheet.protocol import cookies
from broadsheet.protocol.addresses import RESERVED

pytestmark = pytest.mark.pure
EVERY_PAGE = {
    page["slug"]: page
    for page in tomllib.loads((FOLDER / "house.toml").read_text(encoding="utf-8"))["page"]
}
# The offer page takes its words and its picture from here; it has a view of its own.
OFFER = EVERY_PAGE["subscribe"]
PAGES = {slug: page for slug, page in EVERY_PAGE.items() if page is not OFFER}
SLUGS = [
    "about",
    "contact",
    "terms",
    "privacy",
    "refunds",
    "grievance",
    "agencies",
    "code-of-practice",
    "ownership",
    "accessibility",
]
TAGS = {"p", "h2", "ul", "li", "a", "b", "i", "br"}
ELSEWHERE = {"/account/", "/account/meter/", "/subscribe/", "/corrections/"}
_SENTENCE_END = re.compile(r"(?<=[.?!…:])[”’)]*\s+|\n")


class Tags(HTMLParser):
    """Collects what a page is made of and refuses what is not closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.used: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.used.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name == "href"]
        if tag != "br":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def read_tags(body: str) -> Tags:
    tags = Tags()
    tags.feed(body)
    assert tags.open == []
    return tags


def plain(body: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", body))


def sentences_of(text: str) -> list[str]:
    parts = (" ".join(re.findall(r"[\w’]+", part.lower())) for part in _SENTENCE_END.split(text))
    return [part for part in parts if len(part.split()) >= 4]


def test_every_page_is_there_and_says_all() -> None:
    assert list(EVERY_PAGE) == [*SLUGS, "subscribe"]
    assert set(OFFER) == {"slug", "title", "standfirst", "picture", "alt", "body"}
    assert [
        slug for slug, page in PAGES.items() if set(page) != {"slug", "title", "standfirst", "body"}
    ] == []
    assert [slug for slug, page in PAGES.items() if len(plain(page["body"]).split()) < 150] == []
    assert [slug for slug, page in PAGES.items() if not 20 <= len(page["standfirst"]) <= 300] == []


def test_no_section_may_take_their_addresses() -> None:
    assert set(SLUGS) - RESERVED == set()


@pytest.mark.parametrize("slug", EVERY_PAGE)
def test_a_page_is_simple_html_whose_links_lead_somewhere(slug: str) -> None:
    tags = read_tags(EVERY_PAGE[slug]["body"])
    assert tags.used - TAGS == set()
    assert tags.attributes <= {"href"}
    pages = {f"/{name}/" for name in SLUGS} | ELSEWHERE
    outside = [link for link in tags.links if link not in pages]
    assert [
        link
        for link in outside
        if not re.fullmatch(r"mailto:[a-z]+@lantern\.example|tel:\+\d+", link)
    ] == []
    assert f"/{slug}/" not in tags.links


def test_no_sentence_stands_on_two_pages_or_in_a_story() -> None:
    found: dict[str, list[str]] = defaultdict(list)
    for slug, page in EVERY_PAGE.items():
        for sentence in sentences_of(page["standfirst"] + "\n" + plain(page["body"])):
            found[sentence].append(slug)
    for story in read_stories():
        for block in story.body:
            if block.kind == "paragraph":
                for sentence in sentences_of(plain(block.value)):
                    if sentence in found:
                        found[sentence].append(story.slug)
    assert {sentence: slugs for sentence, slugs in found.items() if len(slugs) > 1} == {}


def test_the_privacy_page_lists_every_cookie_and_no_other() -> None:
    said = re.findall(r"<li><b>([a-z_]+)</b>", PAGES["privacy"]["body"])
    assert sorted(said) == sorted(
        {
            cookies.DEVICE,
            cookies.PASS,
            cookies.SHOWN,
            cookies.SESSION,
            cookies.LENT,
            cookies.GIVEN,
            "bs_csrf",
            "messages",
        }
    )


def test_the_privacy_page_gives_the_lives_the_cookies_have() -> None:
    body = PAGES["privacy"]["body"]
    assert cookies.PASS_SECONDS == 5 * 60
    assert "five minutes’ proof" in body
    assert f"up to {cookies.DEVICE_DAYS} days" in body


def test_the_grievance_page_names_officer_address_and_days() -> None:
    body = PAGES["grievance"]["body"]
    for needed in (
        "Mrs Leelavathi Arunkad",
        "41 Lamp Street",
        "+91 00 2455 0197",
        "grievance@lantern.example",
        "Within 24 hours",
        "Within 15 days",
    ):
        assert needed in body


def test_the_agencies_page_explains_each_label_and_names_each_agency() -> None:
    body = PAGES["agencies"]["body"]
    assert len(re.findall(r"<li><b>", body)) == len(DISCLAIMERS)
    agencies = {
        story.facts["agency"] for story in read_stories() if "wire" in story.facts["origin"]
    }
    assert [name for name in agencies if f"<b>{name}</b>" not in body] == []


def test_the_pages_are_typeset() -> None:
    wrong = {}
    for slug, page in EVERY_PAGE.items():
        text = page["title"] + page["standfirst"] + plain(page["body"])
        if found := re.search(r"[\"']|  | -+ |—|!", text):
            wrong[slug] = text[max(0, found.start() - 20) : found.end() + 20]
    assert wrong == {}
