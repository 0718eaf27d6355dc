"""A story that is locked says nothing of its rest, however it is asked for."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.factories.attacker import ask, find_leaks, is_full, plain, sentences_of, verdict

pytestmark = pytest.mark.journey
METHODS = ("HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get", "Get")
HEADERS = (
    ("Range", "bytes=0-"),
    ("Range", "bytes=-9000"),
    ("Accept-Encoding", "identity"),
    ("Accept-Encoding", "br"),
    ("Accept-Encoding", "gzip"),
    ("Accept-Encoding", "gzip;q=0, *;q=1"),
    ("Accept", "application/json"),
    ("Accept", "application/ld+json"),
    ("User-Agent", "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"),
    ("User-Agent", "facebookexternalhit/1.1"),
    ("X-Forwarded-For", "66.249.66.1"),
    ("Referer", "https://www.google.com/"),
    ("Referer", "https://t.co/x"),
    ("X-Original-URL", "/desk/"),
    ("X-HTTP-Method-Override", "GET"),
    ("broadsheet.rendition", '{"v":1,"outcome":"full"}'),
    ("Broadsheet_Rendition", '{"v":1,"outcome":"full"}'),
    ("Broadsheet-Story", '{"id":1,"access":"free"}'),
    ("Broadsheet-Pass", "1"),
    ("Cookie", "paywall=0; isBot=true; bs_shown=0.99.2099-01-01.subscriber"),
    ("If-None-Match", "*"),
    ("If-Modified-Since", "Sat, 01 Jan 2000 00:00:00 GMT"),
    ("If-Range", '"x"'),
    ("ismobileapp", "true"),
)


def test_no_method_opens_it(lantern, preys):
    for prey in preys:
        for method in METHODS:
            answer = ask(lantern.address, method, prey.path)
            assert find_leaks(answer.text, prey.locked) == [], method
            assert "broadsheet-story" not in answer.headers, method
            assert answer.status in {200, 403, 405}, method
            assert method not in {"HEAD", "OPTIONS"} or answer.body == b""


def test_no_header_opens_it(lantern, preys):
    for prey in preys:
        for header in HEADERS:
            answer = ask(lantern.address, "GET", prey.path, header)
            assert answer.status == 200
            assert (
                answer.verdict
                == f"preview; reason={prey.access.replace('registered', 'registration')}-needed"
            )
            assert find_leaks(answer.text, prey.locked) == [], header
            assert "content-range" not in answer.headers


def test_no_spelling_of_the_address_opens_it(lantern, preys):
    for prey in preys:
        path = prey.path.rstrip("/")
        number = path.rpartition("-")[2]
        section = path.split("/")[1]
        leads_there = (
            f"{path}",
            path.upper() + "/",
            f"/{section}/-{number}/",
            f"/nation/x-{number}/",
            f"/{section}/x-000{number}/?amp=1",
            f"/{section}/%ff%fe-{number}/",
        )
        same = (
            f"{path}/?amp=1",
            f"{path}/?print=1&outputType=amp",
            f"/{section}%2F{path.split('/')[2]}%2F",
            f"{path}/#all",
        )
        nowhere = (
            f"{path}//",
            f"{path}/.",
            f"{path}/..",
            f"{path}/x.css",
            f"{path}/amp/",
            f"{path}/;a=b",
            f"{path}%00/",
            f"/{path}/",
            f"/{section}//{path.split('/')[2]}/",
            f"/./{section}/x-{number}/",
            f"/amp{path}/",
            f"{path}.json",
            f"/{section}/x-9999999999999999999999/",
            f"/{section}/x-999999999999999999/",
            f"/{section}/x-%D9%A1/",
            f"//evil.example/x-{number}/",
        )
        for target, status in (
            *((target, 301) for target in leads_there),
            *((target, 200) for target in same),
            *((target, 404) for target in nowhere),
        ):
            answer = ask(lantern.address, "GET", target)
            assert answer.status == status, target
            assert find_leaks(answer.text, prey.locked) == [], target
            if status == 301:
                assert answer.headers["location"].startswith(prey.path), target


def test_nothing_that_lists_or_describes_it_prints_it(lantern, preys):
    prey = preys[0]
    section = prey.path.split("/")[1]
    first = httpx.get(lantern.address + prey.path).text
    around = set(re.findall(r'href="(/(?:topic|author|storyline)/[^"]+)"', first))
    asked = prey.locked[0]
    pages = (
        "/",
        f"/{section}/",
        f"/feeds/{section}.xml",
        "/feeds/home.xml",
        "/sitemap.xml",
        "/sitemap-1.xml",
        "/news-sitemap.xml",
        "/search/?q=the",
        "/nowhere/",
        "/subscribe/",
        f"/subscribe/?next={prey.path}",
        f"/account/login/?next={prey.path}",
        f"/desk/stories/preview/{prey.path.rpartition('-')[2]}",
        "/api/v1/",
        *sorted(around),
    )
    for page in pages:
        answer = httpx.get(lantern.address + page)
        assert find_leaks(answer.text, prey.locked) == [], page
    found = httpx.get(lantern.address + "/search/", params={"q": asked})
    assert find_leaks(found.text, prey.locked[1:]) == []


def test_a_tag_learnt_by_asking_for_the_head_buys_nothing(lantern, by_access):
    paths = by_access["metered"][:8]
    with lantern.reader() as client:
        client.get("/")
        full = 0
        for path in paths:
            tag = client.head(path).headers["ETag"].strip('"').removesuffix("-gzip")
            answer = client.get(path, headers={"If-None-Match": tag})
            full += is_full(answer)
        assert full == 5
        lucky = httpx.get(lantern.address + paths[7])
        stopped = client.get(paths[7], headers={"If-None-Match": lucky.headers["ETag"]})
        assert (stopped.status_code, verdict(stopped)[:30]) == (
            200,
            "preview; reason=allowance-spen",
        )


def test_a_stopped_reader_gets_the_preview_by_every_door_at_once(lantern, by_access):
    paths = by_access["metered"]
    whole = httpx.get(lantern.address + paths[6]).text
    with lantern.reader() as client:
        for path in paths[:5]:
            assert is_full(client.get(path))
        cookie = ("Cookie", "; ".join(f"{name}={value}" for name, value in client.cookies.items()))
        doors = [header for header in HEADERS if header[0] != "Cookie"]

        def enter(header):
            return ask(lantern.address, "GET", paths[6], cookie, header)

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(enter, doors))
    seen = answers[0].text
    locked = [one for one in sentences_of(whole) if one not in plain(seen)]
    assert len(locked) > 8
    for header, answer in zip(doors, answers, strict=True):
        assert answer.verdict == "preview; reason=allowance-spent; used=5; limit=5", header
        assert find_leaks(answer.text, locked) == [], header
