"""The front page."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.web.reader.conftest import LOCKED

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def text_of(response: Any) -> str:
    return html.unescape(response.content.decode())


@pytest.fixture
def place() -> Callable[..., None]:
    """Put stories into the slots of the front page."""
    from broadsheet.apps.newsroom.models import Front, Slot

    def put(**roles: Any) -> None:
        front, _ = Front.objects.get_or_create(slug="home")
        for role, stories in roles.items():
            for position, story in enumerate(stories, 1):
                Slot.objects.create(
                    front=front, role=role.replace("_", "-"), position=position, story=story
                )

    return put


def test_an_empty_paper_says_so(client: Any) -> None:
    assert "The Lantern has not published anything yet" in text_of(client.get("/"))


def test_slots_stand_where_the_desk_put_them(client: Any, write: Any, place: Any) -> None:
    stories = [write(number) for number in range(1, 9)]
    place(
        lead=stories[:1],
        related=stories[1:2],
        opinion=stories[2:3],
        row=stories[3:4],
        briefing=stories[4:5],
        picks=stories[5:6],
        long_read=stories[6:7],
    )
    page = text_of(client.get("/"))
    assert re.search(r'<h1 class="h-lead item-head"><a href="[^"]+">Headline 1 about', page)
    headings = re.findall(r"<h[1-4][^>]*>(?:<a [^>]*>)?(?:Headline )(\d)", page)
    assert headings == ["1", "2", "3", "4", "5", "6", "7", "8"]
    assert page.count("<h1") == 1


def test_where_nothing_is_placed_the_newest_stand(client: Any, write: Any) -> None:
    for number in range(1, 7):
        write(number)
    page = text_of(client.get("/"))
    assert '<h1 class="h-lead item-head"><a href="/city/water-6-' in page
    assert page.count('class="card item') == 4
    assert page.count("Headline 1 about") == 1


def test_no_text_of_a_story_stands_on_the_front(client: Any, write: Any) -> None:
    for number in range(1, 4):
        write(number)
    page = text_of(client.get("/"))
    assert not [sentence for sentence in LOCKED if sentence in page]


@pytest.mark.parametrize("each", [1, 3])
def test_the_front_asks_little_however_much_it_holds(
    each: int,
    client: Any,
    write: Any,
    place: Any,
    picture: Any,
    django_assert_max_num_queries: Callable[..., Any],
) -> None:
    from broadsheet.apps.newsroom.models import Author

    stories = iter([write(number, lead_picture=picture) for number in range(1, 6 * each + 3)])
    Author.objects.update(portrait=picture)
    take = lambda many: [next(stories) for _ in range(many)]  # noqa: E731
    place(
        lead=take(1),
        related=take(each),
        opinion=take(each),
        row=take(each),
        briefing=take(each),
        picks=take(each),
        long_read=take(1),
    )
    with django_assert_max_num_queries(12):
        client.get("/")


def test_the_lead_comes_at_once_and_the_rest_later(
    client: Any, write: Any, place: Any, picture: Any
) -> None:
    place(lead=[write(1, lead_picture=picture)], row=[write(2, lead_picture=picture)])
    page = client.get("/").content.decode()
    assert page.count('fetchpriority="high"') == 1
    assert page.count('loading="lazy"') == 1
    assert 'alt="Water tanks on a roof"' in page


def test_a_reader_free_of_advertisements_sees_none(
    client: Any, write: Any, django_user_model: Any
) -> None:
    from datetime import UTC, datetime

    from broadsheet.apps.accounts.actions import register_reader
    from broadsheet.apps.advertising.models import HouseAd
    from broadsheet.apps.benefits.models import Benefit, Entitlement

    write(1)
    HouseAd.objects.create(slot="front", headline="Read us", link="/subscribe/", link_text="Plans")
    assert '<aside class="ad"' in client.get("/").content.decode()
    user = django_user_model.objects.create_user("meenal@example.org", "a long password")
    start = datetime(2026, 1, 1, tzinfo=UTC)
    reader = register_reader(user=user, now=start)
    client.force_login(user)
    assert '<aside class="ad"' in client.get("/").content.decode()
    benefit = Benefit.objects.create(code="ad-free", name="No advertisements", sentence="None.")
    Entitlement.objects.create(reader=reader, benefit=benefit, source="test", starts_at=start)
    assert '<aside class="ad"' not in client.get("/").content.decode()


def test_the_front_is_sent_compressed_to_who_can_read_it(client: Any, write: Any) -> None:
    write(1)
    response = client.get("/", headers={"Accept-Encoding": "gzip"})
    assert response["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in response["Vary"]
    assert "Content-Encoding" not in client.get("/").headers
