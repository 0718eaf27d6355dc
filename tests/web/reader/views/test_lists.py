"""Sections, writers, topics, storylines, corrections and search: lists of headlines."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from tests.web.reader.conftest import LOCKED

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def text_of(response: Any) -> str:
    return html.unescape(response.content.decode())


def test_a_section_lists_its_own_stories_only(client: Any, write: Any, opinion: Any) -> None:
    write(1)
    write(2, section=opinion)
    page = text_of(client.get("/city/"))
    assert '<h1 class="h-page">City</h1>' in page
    assert "Street by street." in page
    assert "Headline 1 about" in page
    assert "Headline 2 about" not in page


def test_a_section_opens_with_a_lead_a_rail_and_a_row(
    client: Any, write: Any, picture: Any
) -> None:
    for number in range(1, 10):
        write(number, lead_picture=picture if number < 9 else None)
    page = text_of(client.get("/city/"))
    assert re.search(r'<h2 class="h-1"><a href="/city/water-8-', page)
    assert page.count('class="card item') == 4
    assert page.count('class="hit item"') == 2
    for number in range(1, 10):
        assert page.count(f"Headline {number} about") == 1


def test_pages_of_a_section_tile(client: Any, write: Any) -> None:
    for number in range(1, 27):
        write(number, author=False, topic=False)
    first, second = text_of(client.get("/city/")), text_of(client.get("/city/?page=2"))
    seen = re.findall(r"Headline (\d+) about", first) + re.findall(r"Headline (\d+) about", second)
    assert sorted(seen, key=int) == [str(number) for number in range(1, 27)]
    assert '<a class="lnk" href="?page=2" rel="next">Older</a>' in first
    assert '<a class="lnk" href="?page=1" rel="prev">Newer</a>' in second


@pytest.mark.parametrize("page", ["3", "0", "-1", "x", "9" * 30, "²"])
def test_a_page_that_is_none_is_not_found(page: str, client: Any, write: Any) -> None:
    write(1)
    assert client.get("/city/", {"page": page}).status_code == 404


def test_an_unknown_word_is_not_found(client: Any) -> None:
    for path in ("/nosuch/", "/author/nobody/", "/topic/nothing/", "/storyline/none/"):
        assert client.get(path).status_code == 404


@pytest.mark.parametrize("count", [1, 3, 9])
def test_a_section_asks_little(
    count: int,
    client: Any,
    write: Any,
    picture: Any,
    django_assert_max_num_queries: Callable[..., Any],
) -> None:
    for number in range(count):
        write(number, lead_picture=picture)
    with django_assert_max_num_queries(10):
        client.get("/city/")


def test_a_writers_page_tells_who_and_what(client: Any, write: Any) -> None:
    from broadsheet.apps.newsroom.models import Author

    write(1)
    Author.objects.update(role="Investigations", place="Kadalpur", bio="Reads the annexes.")
    page = text_of(client.get("/author/zoya-mistral/"))
    assert "Investigations, Kadalpur" in page
    assert "Reads the annexes." in page
    assert "Headline 1 about" in page


def test_a_topic_lists_its_stories(client: Any, write: Any) -> None:
    write(1)
    write(2, topic=False)
    page = text_of(client.get("/topic/the-audit/"))
    assert "Headline 1 about" in page
    assert "Headline 2 about" not in page


def test_a_storyline_tells_every_event_no_more_exactly_than_known(client: Any, write: Any) -> None:
    from broadsheet.apps.newsroom.models import Storyline, StorylineEvent

    line = Storyline.objects.create(title="The port accounts", slug="port-accounts")
    story = write(1, storyline=line)
    for on, precision, title in (
        (date(2026, 11, 3), "day", "Told"),
        (date(2025, 4, 1), "month", "Signed"),
        (date(2022, 1, 1), "year", "Begun"),
    ):
        StorylineEvent.objects.create(
            storyline=line,
            on=on,
            precision=precision,
            title=title,
            story=story if title == "Told" else None,
        )
    page = text_of(client.get("/storyline/port-accounts/"))
    assert re.findall(r"<time datetime=\"\d{4}-\d\d-\d\d\">([^<]+)</time></p>\s*<h3", page) == [
        "3 November",
        "April 2025",
        "2022",
    ]
    assert f'<a href="{story.get_absolute_url()}">Told</a>' in page


def test_corrections_are_listed_with_their_stories(client: Any, write: Any) -> None:
    from broadsheet.apps.newsroom.models import Correction

    story = write(1)
    Correction.objects.create(
        story=story, on=date(2026, 11, 22), text="an earlier version said 460."
    )
    hidden = write(2, live=False)
    Correction.objects.create(story=hidden, on=date(2026, 11, 22), text="never shown.")
    page = text_of(client.get("/corrections/"))
    assert "An earlier version said 460." in page
    assert "never shown" not in page.lower()


def test_search_finds_every_word_and_marks_it(client: Any, write: Any) -> None:
    write(1)
    write(2, headline="Salt & rain", standfirst="Nothing else.")
    page = client.get("/search/", {"q": "rain SALT"}).content.decode()
    assert "<mark>Salt</mark> &amp; <mark>rain</mark>" in page
    assert "Headline 1" not in page


def test_search_shows_no_locked_text(client: Any, write: Any) -> None:
    write(1)
    page = text_of(client.get("/search/", {"q": "secret sentence"}))
    assert "Headline 1 about" in page
    assert not [sentence for sentence in LOCKED if sentence in page]


@pytest.mark.parametrize("query", ["<script>alert(1)</script>", "\0", "x" * 5000, "%", "' OR 1=1"])
def test_search_bears_anything(query: str, client: Any) -> None:
    response = client.get("/search/", {"q": query})
    assert response.status_code == 200
    assert "<script>alert" not in response.content.decode()
    assert response["X-Robots-Tag"] == "noindex"
