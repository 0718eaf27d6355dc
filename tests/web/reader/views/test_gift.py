"""Opening a link that lends a story: who is counted, who is let in, and what the others are told."""

from __future__ import annotations

import dataclasses
import html
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from broadsheet.apps.meter.actions.lending import lend_story, revoke_link
from broadsheet.apps.meter.models import Link
from broadsheet.apps.meter.queries.lending import describe_link
from broadsheet.apps.newsroom.actions import free_story
from broadsheet.domain.lending import LinkKind
from broadsheet.protocol.cookies import DEVICE, GIVEN, LENT

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def lend(write: Any) -> Any:
    """A link to a story, for two devices; the link and its address."""

    def lend(story: Any = None, **fields: Any) -> tuple[Link, str]:
        given = {
            "kind": LinkKind.NEWSLETTER,
            "story_id": (story or write()).pk,
            "devices": 2,
            "days": 7,
            "actor": "lata",
            "now": now(),
        }
        link = lend_story(**{**given, **fields})
        return link, describe_link(link, now()).path

    return lend


def opens(link: Link) -> int:
    link.refresh_from_db()
    return link.opens


def text_of(response: Any) -> str:
    return html.unescape(response.content.decode())


def test_a_browser_is_lent_the_story(client: Client, lend: Any, write: Any) -> None:
    story = write()
    link, path = lend(story)
    first = client.get(path)
    assert (first.status_code, first["Location"], opens(link)) == (303, f"{path}?seen=1", 0)
    assert set(first.cookies) == {DEVICE}
    second = client.get(first["Location"])
    assert (second.status_code, second["Location"]) == (303, story.get_absolute_url())
    assert set(second.cookies) == {LENT, GIVEN}
    assert second.cookies[LENT]["httponly"] is True
    assert second.cookies[GIVEN].value == f"{story.pk}.%2A"
    assert second.cookies[LENT]["max-age"] <= 7 * 86_400
    assert opens(link) == 1
    for response in (first, second):
        assert response["X-Robots-Tag"] == "noindex"
        assert "no-store" in response["Cache-Control"]


def test_it_is_counted_once(client: Client, lend: Any) -> None:
    link, path = lend()
    client.get(path)
    for _again in range(3):
        assert client.get(path).status_code == 303
    assert opens(link) == 1


def test_what_keeps_no_cookie_spends_nothing(lend: Any, write: Any) -> None:
    story = write()
    link, path = lend(story)
    for _visit in range(4):
        answer = Client().get(f"{path}?seen=1")
        assert (answer.status_code, answer["Location"]) == (303, story.get_absolute_url())
        assert LENT not in answer.cookies
    assert opens(link) == 0


def test_neither_head_nor_prefetch_spends(client: Client, lend: Any) -> None:
    link, path = lend()
    client.get(path)
    assert client.head(path).status_code == 303
    ahead = client.get(path, headers={"Sec-Purpose": "prefetch;prerender"})
    assert (ahead.status_code, dict(ahead.cookies), opens(link)) == (503, {}, 0)
    assert client.post(path).status_code == 405


def test_the_third_device_is_too_many(lend: Any, write: Any) -> None:
    story = write()
    link, path = lend(story)
    clients = [Client() for _ in range(3)]
    answers = [client.get(path, follow=False) and client.get(path) for client in clients]
    assert [answer.status_code for answer in answers] == [303, 303, 410]
    page = text_of(answers[2])
    assert "opened by all it was for" in page
    assert f'href="{story.get_absolute_url()}"' in page
    assert 'href="/subscribe/"' in page
    assert LENT not in answers[2].cookies
    assert clients[0].get(path).status_code == 303
    assert opens(link) == 2


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"now": datetime(2026, 1, 1, tzinfo=UTC), "days": 1}, "This link is over"),
        ({}, "This link was taken back"),
    ],
)
def test_a_link_that_is_over_says_so(
    client: Client, lend: Any, fields: dict[str, Any], words: str
) -> None:
    link, path = lend(**fields)
    client.get(path)
    if not fields:
        revoke_link(link_id=link.pk, actor="lata", now=now())
    answer = client.get(path)
    assert (answer.status_code, opens(link)) == (410, 0)
    assert words in text_of(answer)
    assert answer["X-Robots-Tag"] == "noindex"


@pytest.mark.parametrize("spoilt", ["x", "g-1-1-1-" + "a" * 26, "%00", "é"])
def test_a_forged_link_is_none_of_ours(client: Client, spoilt: str) -> None:
    answer = client.get(f"/gift/{spoilt}/")
    assert answer.status_code == 404
    assert "not one of ours" in text_of(answer)
    assert dict(answer.cookies) == {}


def test_no_character_of_a_link_can_be_changed(client: Client, lend: Any) -> None:
    _, path = lend()
    assert client.get(path.replace("/gift/n-", "/gift/g-")).status_code == 404
    assert client.get(path[:-2] + ("a" if path[-2] != "a" else "b") + "/").status_code == 404


def test_a_withdrawn_story_is_gone(client: Client, lend: Any, write: Any) -> None:
    story = write()
    _, path = lend(story)
    type(story).objects.filter(pk=story.pk).update(live=False)
    answer = client.get(path)
    assert (answer.status_code, "no longer here" in text_of(answer)) == (410, True)


def test_a_story_free_for_all_spends_nothing(client: Client, lend: Any, write: Any) -> None:
    story = write()
    link, path = lend(story)
    free_story(story_id=story.pk, actor=None, now=now())
    client.get(path)
    answer = client.get(path)
    assert (answer["Location"], opens(link)) == (story.get_absolute_url(), 0)
    assert LENT not in answer.cookies


def test_a_story_that_became_premium_is_not_lent(client: Client, lend: Any, write: Any) -> None:
    story = write()
    link, path = lend(story)
    type(story).objects.filter(pk=story.pk).update(access="premium")
    client.get(path)
    answer = client.get(path)
    assert (answer["Location"], opens(link)) == (story.get_absolute_url(), 0)
    assert LENT not in answer.cookies


@pytest.mark.parametrize(
    ("access", "benefits", "spent"),
    [
        ("metered", ["unlimited"], 0),
        ("metered", [], 1),
        ("registered", [], 0),
        ("premium", ["premium"], 0),
        ("premium", ["unlimited"], 1),
    ],
)
def test_whoever_may_read_it_anyway_spends_nothing(
    client: Client,
    lend: Any,
    write: Any,
    settings: Any,
    access: str,
    benefits: list[str],
    spent: int,
) -> None:
    from broadsheet.apps.benefits.actions import grant_entitlement
    from tests.factories.sale import lay_out_plans, make_reader

    settings.PAPER = dataclasses.replace(settings.PAPER, lend_premium="yes")
    lay_out_plans()
    reader = make_reader()
    if benefits:
        grant_entitlement(
            reader_id=reader.pk,
            benefits=benefits,
            starts_at=now() - timedelta(days=1),
            ends_at=None,
            source="test",
            now=now(),
        )
    client.force_login(reader.user, backend="django.contrib.auth.backends.ModelBackend")
    story = write(access=access)
    link, path = lend(story)
    answers = [client.get(path), client.get(path)]
    assert answers[1]["Location"] == story.get_absolute_url()
    assert (opens(link), LENT in answers[1].cookies) == (spent, bool(spent))


def test_five_stories_are_remembered_with_their_givers(
    client: Client, lend: Any, write: Any
) -> None:
    stories = [write(number) for number in range(6)]
    for story in stories:
        _, path = lend(story)
        client.get(path)
        client.get(path)
    shown = client.cookies[GIVEN].value.split("~")
    assert shown == [f"{story.pk}.%2A" for story in reversed(stories[1:])]
    assert client.cookies[LENT].value.count("+") == 4
