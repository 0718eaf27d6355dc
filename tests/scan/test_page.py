from __future__ import annotations

import pytest

from broadsheet.scan.page import Page, list_addresses

pytestmark = pytest.mark.pure
AT = "https://paper.example/city/ferry-1/"
STRUCTURED = (
    '<script type="application/ld+json">{"@graph": [{"@type": ["NewsArticle"], '
    '"isAccessibleForFree": "False", "hasPart": [{"cssSelector": ".rest, p#last"}]}]}</script>'
)


def test_our_own_marks_are_read():
    page = Page(
        AT,
        '<article data-story="1" data-access="metered"><div data-part="preview"><p>One</p></div>'
        '<section data-paywall="limit"></section></article>',
    )
    assert (page.access, page.wall, page.is_preview, page.is_story) == (
        "metered",
        "limit",
        True,
        True,
    )
    assert page.list_preview() == ["One"]
    assert page.is_free is None


def test_structured_data_says_what_is_locked():
    page = Page(
        AT,
        f'{STRUCTURED}<article><p>One</p><div class="a rest b"><p>Two</p><ul><li>Three</ul></div>'
        '<p id="last">Four</p><p style="display: none">Hid</p><aside><p>Ad</p></aside></article>',
    )
    assert (page.is_free, page.is_story) == (False, True)
    assert page.find_body() == (["Two", "Three", "Four"], True)
    assert page.list_preview() == ["One"]


@pytest.mark.parametrize(
    ("source", "body"),
    [
        ('<div itemprop="articleBody"><p>One</p></div><article><p>Two</p></article>', ["One"]),
        ("<article><p>One <b>two</b></p><form><p>Join</p></form></article>", ["One two"]),
        ("<main>Bare words</main>", ["Bare words"]),
        (
            '<script type="application/ld+json">{"articleBody": "One\\nTwo"}</script><p>No</p>',
            ["One", "Two"],
        ),
        ("", []),
        ("\0<<<>>", []),
    ],
)
def test_a_text_is_found_where_nothing_marks_it(source, body):
    assert Page(AT, source).find_body() == (body, False)


@pytest.mark.parametrize("said", ["{", "[" * 5000, '"x"', "null", "[1, [2]]"])
def test_broken_structured_data_says_nothing(said):
    page = Page(AT, f'<script type="application/ld+json">{said}</script><p>One</p>')
    assert (page.structured, page.is_free, page.is_story) == ([], None, False)


def test_links_and_alternates_are_whole_addresses():
    page = Page(
        AT,
        '<link rel="alternate amphtml" type="text/html" href="/amp/1#x">'
        '<a href="../tide-2/#top">Tide</a><a href="http://[">Broken</a>',
    )
    assert list(page.list_links()) == ["https://paper.example/city/tide-2/", ""]
    assert list(page.list_alternates()) == [
        ("alternate", "text/html", "https://paper.example/amp/1"),
        ("amphtml", "text/html", "https://paper.example/amp/1"),
    ]


def test_sitemaps_indexes_and_feeds_name_addresses():
    sitemap = b"<urlset xmlns='s'><url><loc> http://a/1 </loc></url><url><loc>http://a/1</loc></url></urlset>"
    index = b"<sitemapindex xmlns='s'><sitemap><loc>http://a/s.xml</loc></sitemap></sitemapindex>"
    rss = (
        b"<rss><channel><link>http://a/</link><item><link>http://a/2</link></item></channel></rss>"
    )
    atom = b"<feed xmlns='f'><entry><link rel='edit' href='no'/><link href='http://a/3'/></entry></feed>"
    assert list_addresses(sitemap) == (["http://a/1"], [])
    assert list_addresses(index) == ([], ["http://a/s.xml"])
    assert list_addresses(rss) == (["http://a/2"], [])
    assert list_addresses(atom) == (["http://a/3"], [])
    assert list_addresses(b"<html><a href='x'>no list</a></html>") == ([], [])
    assert list_addresses(b"\x00 nothing") == ([], [])


def test_entities_of_a_sitemap_are_not_followed():
    bomb = (
        b'<!DOCTYPE u [<!ENTITY a "http://a/9"><!ENTITY b SYSTEM "file:///etc/passwd">]>'
        b"<urlset><url><loc>&b;</loc></url><url><loc>http://a/1</loc></url></urlset>"
    )
    assert list_addresses(bomb) == (["http://a/1"], [])
