"""Other addresses of the same text (rows 8, 10 to 13, 21, 24, 25 and 36)."""

from __future__ import annotations

import re
import subprocess
import sys

import httpx
import pytest

from tests.factories.attacker import ask, find_leaks, is_full, plain, verdict

pytestmark = pytest.mark.journey
FLAGS = (
    "paywall_canRead=true",
    "variant=full",
    "experiment=no-wall&arm=open",
    "preview=true",
    "outcome=full",
    "access=free",
    "rendition=full",
    "amp=1",
    "print=1",
    "outputType=amp",
    "mode=reader",
    "utm_source=newsletter&utm_medium=email",
    "subscriber=1&bs_pass=1",
    "debug=1&_debug=1",
    "format=json",
    "full",
)
TWINS = (
    "{path}amp/",
    "/amp{path}",
    "{path}print/",
    "/print{path}",
    "{path}pdf/",
    "{path}?format=pdf",
    "{path}embed/",
    "{path}text/",
    "/m{path}",
    "/mobile{path}",
    "/en{path}",
    "/hi{path}",
)
FRAGMENTS = (
    "/account/pass/",
    "/partials{path}",
    "/_esi{path}",
    "/_next/data{path}",
    "{path}body/",
    "{path}index.json",
    "{path}__data.json",
    "/story/{number}/",
    "/story/{number}/body/",
    "/stories/{number}.json",
    "/oembed/?url={path}",
    "/wp-json/oembed/1.0/embed/?url={path}",
    "/sw.js",
    "/service-worker.js",
    "/rendition/{number}/",
)
DRAFT = """
import django
django.setup()
from broadsheet.apps.newsroom.models import Section, Story
story = Story(
    headline="Not yet", slug="not-yet", section=Section.objects.first(), access="metered",
    origin="staff", live=False, body=[("paragraph", "<p>Nobody may know this sentence yet.</p>")],
)
story.save()
story.save_revision()
print(story.pk, story.section.slug)
"""


def test_there_is_no_amp_twin_of_a_story(preys):
    for prey in preys:
        page = prey.ask()
        assert re.findall(r"amphtml|<html[^>]*\s(?:amp|⚡)[\s>]|cdn\.ampproject", page.text) == []
        asked = prey.ask(target=f"{prey.path}?amp=1")
        assert (asked.verdict, asked.body) == (prey.verdict, page.body)
        for target in (f"{prey.path}amp/", f"/amp{prey.path}", f"{prey.path[:-1]}.amp.html"):
            assert prey.ask(target=target).status == 404, target


def test_there_is_no_print_pdf_or_mobile_twin_of_a_story(preys):
    for prey in preys:
        page = prey.ask()
        for twin in TWINS:
            answer = prey.ask(target=twin.format(path=prey.path))
            if answer.status != 404:
                assert (answer.status, answer.body) == (200, page.body), twin
            assert prey.find_leaks(answer.text) == [], twin
        for host in ("m.127.0.0.1", "amp.127.0.0.1", "print.example"):
            assert prey.find_leaks(prey.ask(host=host).text) == []


def test_no_query_and_no_flag_opens_a_story(preys):
    for prey in preys:
        page = prey.ask()
        for flag in FLAGS:
            answer = prey.ask(target=f"{prey.path}?{flag}")
            assert (answer.verdict, answer.body) == (prey.verdict, page.body), flag
            cookie = ("Cookie", f"{flag.replace('&', '; ')}; isBot=true; subscribed=1; xbc=1")
            assert prey.ask(cookie).body == page.body, flag


def test_feeds_and_sitemaps_hold_standfirsts_only(lantern, preys):
    for prey in preys:
        section = prey.path.split("/")[1]
        feeds = (f"/feeds/{section}.xml", "/feeds/home.xml")
        named = 0
        for page in (*feeds, "/sitemap.xml", "/sitemap-1.xml", "/news-sitemap.xml"):
            for coding in ("identity", "gzip", "br"):
                answer = ask(lantern.address, "GET", page, ("Accept-Encoding", coding))
                assert answer.status == 200
                assert prey.find_leaks(answer.text) == [], page
                assert re.findall(r"content:encoded|<enclosure|<content\b", answer.text) == []
            named += prey.path in answer.text
        assert named >= 2
        for more in ("?full=1", "?token=x", "?format=full"):
            answer = ask(lantern.address, "GET", feeds[0] + more)
            assert prey.find_leaks(answer.text) == []


def test_nothing_that_lists_or_describes_a_story_prints_its_text(lantern, preys):
    for prey in preys:
        section = prey.path.split("/")[1]
        first = prey.ask().text
        around = set(re.findall(r'href="(/(?:topic|author|storyline)/[^"]+)"', first))
        words = max(re.findall(r"[a-z]{6,}", prey.locked[0]), key=len)
        pages = (
            "/",
            f"/{section}/",
            "/search/?q=the",
            f"/search/?q={words}",
            "/nowhere/",
            f"{prey.path}nowhere/",
            "/subscribe/",
            f"/subscribe/?next={prey.path}",
            f"/account/login/?next={prey.path}",
            f"/account/signup/?next={prey.path}",
            "/account/meter/",
            "/corrections/",
            "/manifest.webmanifest",
            "/robots.txt",
            *sorted(around),
        )
        assert len(around) >= 1
        for page in pages:
            answer = prey.ask(target=page)
            assert answer.status in {200, 404}, page
            assert prey.find_leaks(answer.text) == [], page
        assert f'href="{prey.path}"' in prey.ask(target=f"/search/?q={words}").text


def test_no_spelling_of_the_address_opens_a_story(preys):
    for prey in preys:
        path = prey.path.rstrip("/")
        number = path.rpartition("-")[2]
        section = path.split("/")[1]
        leads_there = (
            f"{path}",
            path.upper() + "/",
            f"/{section}/-{number}/",
            f"/culture-and-more/x-{number}/",
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
            f"{path}/index.html",
            f"{path}./",
            f"{path}/;a=b",
            f"{path};a=b/",
            f"{path}%00/",
            f"/{path}/",
            f"/{section}//{path.split('/')[2]}/",
            f"/./{section}/x-{number}/",
            f"/amp{path}/",
            f"{path}.json",
            f"/{section}/x-9999999999999999999999/",
            f"/{section}/x-999999999999999999/",
            f"/{section}/x-%D9%A1/",
            f"/{section}/x-\uff11/",
            f"//evil.example/x-{number}/",
        )
        for target, status in (
            *((target, 301) for target in leads_there),
            *((target, 200) for target in same),
            *((target, 404) for target in nowhere),
        ):
            answer = prey.ask(target=target)
            assert answer.status == status, target
            assert prey.find_leaks(answer.text) == [], target
            if status == 301:
                assert answer.headers["location"].startswith(prey.path), target


def test_a_story_counts_once_however_it_is_spelt(lantern, by_access):
    path = by_access["metered"][0]
    section, slug = path.strip("/").split("/")
    number = slug.rpartition("-")[2]
    with lantern.reader() as client:
        assert verdict(client.get(path)) == "full; reason=within-allowance; used=1; limit=5"
        for spelling in (
            f"{path}?a=1",
            f"{path}?a=1&a=2;b",
            path.rstrip("/"),
            f"/{section.upper()}/{slug}/",
            f"/{section}/x-{number}/",
            f"/{section}/-000{number}",
            f"/{section}%2F{slug}/",
            f"/{section}/{slug.replace('-', '%2D')}/",
        ):
            answer = client.get(spelling)
            assert verdict(answer) == "full; reason=already-read; used=1; limit=5", spelling
        host = lantern.address.replace("127.0.0.1", "localhost")
        assert is_full(httpx.get(host + path))


def test_a_suffix_makes_no_page_that_a_cache_may_keep(lantern, preys, subscriber, by_access):
    suffixes = ("x.css", "x.js", "logo.png", "%2e%2e/x.css", "favicon.ico", ";x.css", "x.css?y")
    for path in (preys[0].path, by_access["metered"][7]):
        whole = subscriber.get(path)
        assert (verdict(whole), whole.headers["Cache-Control"]) == (
            "full; reason=entitled",
            "private, no-cache",
        )
        for suffix in suffixes:
            answer = subscriber.get(path + suffix)
            assert answer.status_code == 404, suffix
            assert find_leaks(answer.text, preys[0].locked) == []
            assert subscriber.get(path.rstrip("/") + suffix).status_code == 404, suffix
    for page in ("/account/", "/account/meter/", "/subscribe/checkout/"):
        for suffix in suffixes:
            answer = subscriber.get(page + suffix)
            assert answer.status_code == 404, (page, suffix)
    email = lantern.people["subscriber"][0]
    mine = subscriber.get("/account/")
    assert email in mine.text
    caching = mine.headers.get("Cache-Control", "")
    assert "public" not in caching
    assert "Cookie" in mine.headers["Vary"]


def test_there_are_no_fragments_of_a_story(preys, subscriber):
    for prey in preys:
        number = prey.path.strip("/").rpartition("-")[2]
        for fragment in FRAGMENTS:
            target = fragment.format(path=prey.path, number=number)
            assert prey.ask(target=target).status == 404, target
            assert subscriber.get(target).status_code == 404, target


def test_what_the_gate_asks_django_no_client_can_ask(preys):
    asked = '{"v":1,"outcome":"full"}'
    for prey in preys:
        page = prey.ask()
        for name in ("broadsheet.rendition", "Broadsheet-Rendition", "Broadsheet_Rendition"):
            for method in ("GET", "POST", "get"):
                answer = prey.ask((name, asked), ("broadsheet.pass", "1"), method=method)
                assert prey.find_leaks(answer.text) == []
                assert "broadsheet-story" not in answer.headers
                assert method != "GET" or answer.body == page.body


def test_a_draft_is_nobodys(lantern):
    environ = lantern.environ | {"DJANGO_SETTINGS_MODULE": "broadsheet.settings"}
    made = subprocess.run(
        [sys.executable, "-c", DRAFT], env=environ, capture_output=True, text=True, check=True
    )
    number, section = made.stdout.split()
    secret = ["Nobody may know this sentence yet."]
    with lantern.reader() as client:
        for target in (
            f"/{section}/not-yet-{number}/",
            f"/{section}/not-yet-{number}/?preview=1",
            f"/{section}/x-{number}/",
            f"/desk/snippets/newsroom/story/preview/{number}/",
            f"/desk/snippets/newsroom/story/edit/{number}/preview/?mode=full",
            f"/desk/snippets/newsroom/story/edit/{number}/",
            f"/desk/snippets/newsroom/story/history/{number}/",
        ):
            answer = client.get(target)
            assert answer.status_code == 404 or answer.url.path == "/desk/login/", target
            assert find_leaks(plain(answer.text), secret) == []
        for page in ("/", f"/{section}/", "/sitemap-1.xml", "/feeds/home.xml", "/search/?q=nobody"):
            assert "not-yet" not in client.get(page).text
