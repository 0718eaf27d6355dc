"""What a CDN may keep of the reader's pages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from broadsheet.plumbing.purging.waiting import send_waiting
from broadsheet.web.reader.shared_caches import OWN, SHARED, KeepOwn
from tests.factories.cdn import SERVICE, TOKEN, serve_cdn

pytestmark = [pytest.mark.db, pytest.mark.django_db]
LISTS = {
    "/": "front:home",
    "/city/": "section:city",
    "/feeds/home.xml": "feed:home",
    "/feeds/city.xml": "feed:city",
    "/sitemap.xml": "sitemap",
    "/sitemap-1.xml": "sitemap",
    "/news-sitemap.xml": "news-sitemap",
    "/corrections/": "corrections",
}


@pytest.fixture
def paper(write: Callable[..., Any], plans: None) -> None:
    """Three stories of one section, and something to buy."""
    for number in (1, 2, 3):
        write(number)


@pytest.fixture
def fastly(settings: Any) -> None:
    settings.PLANT = replace(settings.PLANT, cdn="fastly", cdn_id="s", cdn_token="t")


@pytest.mark.parametrize("path", [*LISTS, "/search/?q=a", "/nowhere/"])
def test_without_a_cdn_no_page_names_its_keys(client: Client, paper: Any, path: str) -> None:
    headers = client.get(path).headers
    assert not {"Surrogate-Key", "Cache-Tag"} & headers.keys()
    assert "s-maxage" not in headers.get("Cache-Control", "")


@pytest.mark.usefixtures("fastly")
@pytest.mark.parametrize(("path", "key"), LISTS.items())
def test_a_list_carries_its_key_and_may_be_kept(
    client: Client, paper: Any, path: str, key: str
) -> None:
    headers = client.get(path).headers
    assert headers["Surrogate-Key"].split()[:2] == ["all", key]
    assert headers["Cache-Control"] == ("public, max-age=300" if "/feeds/" in path else SHARED)
    assert "cookie" not in headers.get("Vary", "").lower()
    assert "Set-Cookie" not in headers


@pytest.mark.usefixtures("fastly")
@pytest.mark.parametrize("path", ["/", "/city/", "/feeds/home.xml"])
def test_a_list_carries_the_keys_of_the_stories_it_prints(
    client: Client, paper: Any, path: str
) -> None:
    from broadsheet.apps.newsroom.models import Story

    response = client.get(path)
    printed = {
        f"story:{story.pk}"
        for story in Story.objects.filter(live=True)
        if story.get_absolute_url() in response.content.decode()
    }
    assert printed
    assert {key for key in response["Surrogate-Key"].split() if key.startswith("story:")} == printed


def test_cloudflare_reads_another_header(client: Client, paper: Any, settings: Any) -> None:
    settings.PLANT = replace(settings.PLANT, cdn="cloudflare", cdn_id="z", cdn_token="t")
    headers = client.get("/corrections/").headers
    assert headers["Cache-Tag"] == "all,corrections"
    assert "Surrogate-Key" not in headers


@pytest.mark.usefixtures("fastly")
@pytest.mark.parametrize("cookie", ["bs_session", "bs_pass"])
def test_whoever_may_be_signed_in_gets_a_page_of_their_own(
    client: Client, paper: Any, cookie: str
) -> None:
    client.cookies[cookie] = "anything"
    headers = client.get("/").headers
    assert headers["Cache-Control"] == OWN
    assert "Surrogate-Key" not in headers
    assert client.get("/feeds/home.xml").headers["Surrogate-Key"].startswith("all feed:home")


def test_an_edit_forgets_every_list_that_prints_the_story_and_no_other(
    client: Client,
    write: Callable[..., Any],
    opinion: Any,
    settings: Any,
    django_capture_on_commit_callbacks: Any,
) -> None:
    """Through the outbox and the queue to a CDN that keeps what the pages let it keep."""
    from broadsheet.apps.newsroom.actions import correct_story, kill_story

    story, leader = write(1), write(2, section=opinion, author=False, topic=False)
    paths = [
        *LISTS,
        "/opinion/",
        "/feeds/opinion.xml",
        "/topic/the-audit/",
        "/author/zoya-mistral/",
    ]
    now = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
    with serve_cdn() as cdn:
        variables = {"cdn_id": SERVICE, "cdn_token": TOKEN, "cdn_url": cdn.address}
        settings.PLANT = replace(settings.PLANT, cdn="fastly", **variables)
        for path in paths:
            cdn.keep(path, ("Surrogate-Key", client.get(path)["Surrogate-Key"]))
        with django_capture_on_commit_callbacks(execute=True):
            correct_story(
                story_id=story.pk, text="Six, not five.", on=now.date(), actor=None, now=now
            )
        assert send_waiting(now=now) > 0
        assert sorted(cdn.kept) == ["/feeds/opinion.xml", "/opinion/"]
        cdn.keep("/", ("Surrogate-Key", client.get("/")["Surrogate-Key"]))
        with django_capture_on_commit_callbacks(execute=True):
            kill_story(story_id=leader.pk, note="It was wrong.", actor=None, now=now)
        assert send_waiting(now=now) == 1
        assert (cdn.kept, cdn.calls[-1]) == ({}, ["all"])


@pytest.mark.usefixtures("fastly")
@pytest.mark.parametrize("path", ["/search/?q=a", "/nowhere/", "/account/login/", "/subscribe/"])
def test_other_pages_are_kept_by_nobody_else(client: Client, paper: Any, path: str) -> None:
    headers = client.get(path).headers
    assert "public" not in headers["Cache-Control"]
    assert "s-maxage" not in headers["Cache-Control"]


@pytest.mark.usefixtures("fastly")
def test_a_story_is_never_kept(client: Client, paper: Any) -> None:
    from broadsheet.apps.newsroom.models import Story

    story = Story.objects.filter(live=True).first()
    assert story is not None
    headers = client.get(story.get_absolute_url()).headers
    assert headers["Cache-Control"] == OWN
    assert "Surrogate-Key" not in headers


@pytest.mark.usefixtures("fastly")
@pytest.mark.parametrize("what", ["cookie", "vary"])
def test_a_page_that_holds_something_of_one_reader_is_not_shared(what: str) -> None:
    def view(_request: Any) -> HttpResponse:
        response = HttpResponse(headers={"Cache-Control": SHARED})
        if what == "cookie":
            response.set_cookie("a", "b")
        else:
            response["Vary"] = "Accept-Encoding, Cookie"
        return response

    assert KeepOwn(view)(RequestFactory().get("/"))["Cache-Control"] == OWN
