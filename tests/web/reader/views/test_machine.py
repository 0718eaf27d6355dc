"""Robots, sitemaps, feeds, manifest, media and health."""

from __future__ import annotations

import dataclasses
import json
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from broadsheet.plumbing.clock import now
from tests.web.reader.conftest import LOCKED, OPENING, PUBLISHED

pytestmark = [pytest.mark.db, pytest.mark.django_db]
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
NEWS = "{http://www.google.com/schemas/sitemap-news/0.9}"
ORIGIN = "http://127.0.0.1:8000"


def test_robots_names_the_maps_and_closes_the_back_rooms(client: Any) -> None:
    lines = client.get("/robots.txt").content.decode().splitlines()
    assert lines[0] == "User-agent: *"
    assert "Disallow: /desk/" in lines
    assert "Disallow: /account/" in lines
    assert lines[-2:] == [f"Sitemap: {ORIGIN}/sitemap.xml", f"Sitemap: {ORIGIN}/news-sitemap.xml"]


def test_the_sitemap_lists_sections_and_stories(client: Any, write: Any) -> None:
    story = write(1)
    write(2, live=False)
    index = ET.fromstring(client.get("/sitemap.xml").content)
    assert [loc.text for loc in index.iter(f"{MAP}loc")] == [f"{ORIGIN}/sitemap-1.xml"]
    page = ET.fromstring(client.get("/sitemap-1.xml").content)
    assert [loc.text for loc in page.iter(f"{MAP}loc")] == [
        f"{ORIGIN}/",
        f"{ORIGIN}/city/",
        f"{ORIGIN}{story.get_absolute_url()}",
    ]
    assert page.find(f".//{MAP}lastmod").text == PUBLISHED.isoformat()
    assert client.get("/sitemap-2.xml").status_code == 404
    assert client.get("/sitemap-0.xml").status_code == 404


def test_a_long_paper_has_several_maps(
    client: Any, write: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("broadsheet.web.reader.views.machine.SITEMAP_SIZE", 2)
    for number in range(3):
        write(number)
    index = ET.fromstring(client.get("/sitemap.xml").content)
    assert len(list(index.iter(f"{MAP}sitemap"))) == 2


def test_the_news_map_holds_two_days_only(client: Any, write: Any) -> None:
    fresh = write(1, published_at=now() - timedelta(hours=40), headline="Fish & <chips>")
    write(2, published_at=now() - timedelta(hours=49))
    page = ET.fromstring(client.get("/news-sitemap.xml").content)
    assert [loc.text for loc in page.iter(f"{MAP}loc")] == [f"{ORIGIN}{fresh.get_absolute_url()}"]
    assert page.find(f".//{NEWS}title").text == "Fish & <chips>"
    assert page.find(f".//{NEWS}name").text == "The Lantern"
    assert page.find(f".//{NEWS}language").text == "en"


def test_a_feed_carries_standfirsts_and_never_text(client: Any, write: Any) -> None:
    story = write(1, headline="Fish & <chips>")
    response = client.get("/feeds/city.xml")
    assert response["Content-Type"] == "application/rss+xml; charset=utf-8"
    channel = ET.fromstring(response.content).find("channel")
    assert channel.find("title").text == "The Lantern: City"
    [item] = channel.findall("item")
    assert item.find("title").text == "Fish & <chips>"
    assert item.find("link").text == f"{ORIGIN}{story.get_absolute_url()}"
    assert item.find("description").text == story.standfirst
    assert parsedate_to_datetime(item.find("pubDate").text) == PUBLISHED
    everything = response.content.decode()
    assert not [sentence for sentence in (OPENING, *LOCKED) if sentence in everything]


def test_the_papers_own_feed_holds_every_section(client: Any, write: Any, opinion: Any) -> None:
    write(1)
    write(2, section=opinion)
    channel = ET.fromstring(client.get("/feeds/home.xml").content).find("channel")
    assert len(channel.findall("item")) == 2


def test_a_feed_of_no_section_is_not_found(client: Any) -> None:
    assert client.get("/feeds/nosuch.xml").status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_a_feed_asks_little(
    count: int, client: Any, write: Any, django_assert_max_num_queries: Any
) -> None:
    for number in range(count):
        write(number)
    with django_assert_max_num_queries(5):
        client.get("/feeds/city.xml")


def test_the_manifest_names_the_paper(client: Any) -> None:
    said = json.loads(client.get("/manifest.webmanifest").content)
    assert said["name"] == "The Lantern"
    assert said["start_url"] == "/"
    assert [icon["sizes"] for icon in said["icons"]] == ["192x192", "512x512"]


def test_health_needs_no_store_and_readiness_asks_it(
    client: Any, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        assert client.get("/healthz").content == b"ok\n"
    with django_assert_num_queries(1):
        assert client.get("/readyz").status_code == 200


def test_readiness_fails_when_the_database_does(
    client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import OperationalError, connection

    def broken(*_args: Any) -> Any:
        raise OperationalError

    monkeypatch.setattr(connection, "cursor", broken)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.content == b"database does not answer\n"


def test_readiness_tells_when_reads_cannot_be_counted_and_goes_on(
    client: Any, settings: Any
) -> None:
    plant = dataclasses.replace(settings.PLANT, redis_url="redis://:a-secret@127.0.0.1:1/0")
    settings.PLANT = plant
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.content == b"ok, but reads cannot be counted just now\n"


def test_small_files_answer(client: Any) -> None:
    assert client.get("/ads.txt").status_code == 200
    assert client.get("/favicon.ico").status_code == 302
    assert client.get("/login/?next=/city/")["Location"] == "/account/login/?next=/city/"


def test_media_is_served_from_its_folder_and_no_other(
    client: Any, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()
    (settings.MEDIA_ROOT / "dot.png").write_bytes(b"picture")
    (tmp_path / "secret.key").write_text("secret")
    response = client.get("/media/dot.png")
    assert b"".join(response.streaming_content) == b"picture"
    assert response["Cache-Control"] == "public, max-age=2592000"
    for close in response._resource_closers:  # response.close() would end the connection too
        close()
    for path in ("/media/../secret.key", "/media/%2e%2e/secret.key", "/media/nothing.png"):
        assert client.get(path).status_code == 404
