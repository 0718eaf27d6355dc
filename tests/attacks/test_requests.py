"""The same address, asked for in other ways (rows 18, 22 and 23, and some that no table has)."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.attacks.conftest import SPENT
from tests.factories.attacker import Answer, ask, is_full, send, verdict

pytestmark = pytest.mark.journey
METHODS = ("HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get", "Get")
REFERRERS = (
    "https://www.google.com/",
    "https://news.google.com/",
    "https://t.co/x",
    "https://www.facebook.com/",
    "https://l.facebook.com/l.php?u=x",
    "https://www.drudgereport.com/",
    "android-app://com.google.android.googlequicksearchbox/",
    "https://127.0.0.1/",
)
HEADERS = (
    ("Range", "bytes=0-"),
    ("Range", "bytes=-9000"),
    ("Range", "bytes=0-99,5000-"),
    ("Accept-Encoding", "identity"),
    ("Accept-Encoding", "br"),
    ("Accept-Encoding", "gzip"),
    ("Accept-Encoding", "gzip;q=0, *;q=1"),
    ("Accept-Encoding", "br;q=0, gzip;q=0"),
    ("Accept-Encoding", "zstd, dcb, dcz"),
    ("Accept", "application/json"),
    ("Accept", "application/ld+json"),
    ("Accept", "text/markdown"),
    ("X-Original-URL", "/desk/"),
    ("X-Rewrite-URL", "/desk/"),
    ("X-HTTP-Method-Override", "GET"),
    ("Broadsheet-Story", '{"id":1,"access":"free"}'),
    ("Broadsheet-Pass", "1"),
    ("Cookie", "paywall=0; isBot=true; bs_shown=0.99.2099-01-01.subscriber"),
    ("If-None-Match", "*"),
    ("If-None-Match", "W/*"),
    ("If-Modified-Since", "Sat, 01 Jan 2000 00:00:00 GMT"),
    ("If-Range", '"x"'),
    ("Sec-Fetch-Mode", "cors"),
    ("X-Requested-With", "XMLHttpRequest"),
    ("ismobileapp", "true"),
    ("platform", "app"),
)
UNKEYED = (
    ("X-Forwarded-Host", "evil.example"),
    ("X-Forwarded-Scheme", "http"),
    ("X-Forwarded-Proto", "https"),
    ("X-Forwarded-Prefix", "/evil"),
    ("X-Host", "evil.example"),
    ("Forwarded", "host=evil.example"),
    ("Accept-Language", "hi"),
    ("User-Agent", "<script>alert(1)</script>"),
    ("Referer", "https://evil.example/"),
    ("Origin", "https://evil.example"),
)


def test_no_method_opens_a_story(preys):
    for prey in preys:
        for method in METHODS:
            answer = prey.ask(method=method)
            assert prey.find_leaks(answer.text) == [], method
            assert "broadsheet-story" not in answer.headers, method
            assert answer.status in {200, 403, 405}, method
            assert method not in {"HEAD", "OPTIONS"} or answer.body == b""


def test_no_header_opens_a_story(preys):
    for prey in preys:
        for header in HEADERS:
            answer = prey.ask(header)
            assert (answer.status, answer.verdict) == (200, prey.verdict), header
            assert prey.find_leaks(answer.text) == [], header
            assert "content-range" not in answer.headers
            assert "accept-ranges" not in answer.headers


def test_no_referrer_opens_a_story(preys):
    for prey in preys:
        page = prey.ask()
        for referrer in REFERRERS:
            answer = prey.ask(("Referer", referrer), ("Sec-Fetch-Site", "cross-site"))
            assert (answer.verdict, answer.body) == (prey.verdict, page.body), referrer


def test_the_head_of_a_stopped_story_tells_of_the_preview_alone(preys):
    for prey in preys:
        for coding in ("identity", "gzip", "br"):
            head = prey.ask(("Accept-Encoding", coding), method="HEAD")
            page = prey.ask(("Accept-Encoding", coding))
            for name in ("etag", "broadsheet-verdict", "content-length"):
                assert head.headers[name] == page.headers[name], (name, coding)
            assert "content-md5" not in head.headers
            assert "digest" not in head.headers


def test_a_tag_learnt_by_asking_for_the_head_buys_nothing(lantern, by_access):
    paths = by_access["metered"][:8]
    with lantern.reader() as client:
        client.get("/")
        full = 0
        for path in paths:
            tag = client.head(path).headers["ETag"]
            for spelt in (tag.strip('"').removesuffix("-gzip"), f"W/{tag[:-2]}", '"x"', "*"):
                full += is_full(client.get(path, headers={"If-None-Match": spelt}))
        assert full == 5 * 4
        lucky = httpx.get(lantern.address + paths[7])
        for tag in (lucky.headers["ETag"], lucky.headers["ETag"].replace("-gzip", "")):
            stopped = client.get(paths[7], headers={"If-None-Match": tag, "If-Range": tag})
            assert (stopped.status_code, verdict(stopped)) == (200, SPENT)


def test_parts_of_stories_count_like_whole_ones(lantern, by_access):
    paths = by_access["metered"][:8]
    with lantern.reader() as client:
        client.get("/")
        answers = [client.get(path, headers={"Range": "bytes=4000-"}) for path in paths]
    assert [answer.status_code for answer in answers] == [200] * 8
    assert [is_full(answer) for answer in answers] == [True] * 5 + [False] * 3


def test_a_stopped_reader_gets_the_preview_by_every_door_at_once(preys):
    prey = preys[2]

    def enter(header: tuple[str, str]) -> Answer:
        return prey.ask(header)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(enter, HEADERS))
    for header, answer in zip(HEADERS, answers, strict=True):
        assert answer.verdict == SPENT, header
        assert prey.find_leaks(answer.text) == [], header


def test_no_cache_is_told_to_keep_what_one_reader_may_read(lantern, preys, subscriber, by_access):
    with lantern.reader() as client:
        pages = [
            *(httpx.get(lantern.address + prey.path) for prey in preys),
            *(subscriber.get(prey.path) for prey in preys),
            client.get(by_access["metered"][9]),
        ]
    assert [is_full(page) for page in pages[3:]] == [True] * 4
    for page in pages:
        assert page.headers["Cache-Control"] == "private, no-cache"
        assert "Cookie" in page.headers["Vary"]
    tags = [page.headers["ETag"].removesuffix('-gzip"') for page in pages[:6]]
    assert len(set(tags[:2] + tags[3:5])) == 4


def test_no_header_that_caches_forget_changes_a_byte(preys, by_access):
    for prey in preys:
        page = prey.ask()
        for header in UNKEYED:
            assert prey.ask(header).body == page.body, header
    for page in ("/", "/sitemap.xml", "/robots.txt", "/feeds/home.xml", "/subscribe/"):
        for header in UNKEYED:
            assert "evil" not in prey.ask(header, target=page).text, (page, header)


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_an_old_client_counts_like_a_new_one(lantern, by_access, version):
    cookie, opened = "", 0
    for path in by_access["metered"][:7]:
        headers = [("Cookie", cookie)] if cookie else []
        answer = ask(lantern.address, "GET", path, *headers, version=version)
        if not cookie:
            cookie = re.search(r"bs_device=\w+", answer.text)[0]
        opened += answer.verdict.startswith("full")
    assert opened == 5


def test_a_whole_address_in_the_request_line_is_a_path(preys):
    for prey in preys:
        for target in (
            f"{prey.address}{prey.path}",
            f"http://evil.example{prey.path}",
            f"https://127.0.0.1{prey.path}?x",
        ):
            answer = prey.ask(target=target)
            assert prey.find_leaks(answer.text) == [], target
            assert "evil" not in answer.text
            assert answer.verdict in {prey.verdict, ""}


def test_requests_sent_in_one_breath_are_each_decided(lantern, by_access, spent):
    paths = by_access["metered"][4:7]
    where = lantern.address.partition("//")[2]
    said = "".join(
        f"GET {path} HTTP/1.1\r\nHost: {where}\r\nCookie: {spent}\r\n"
        f"Connection: {'close' if path == paths[-1] else 'keep-alive'}\r\n\r\n"
        for path in paths
    )
    came = send(lantern.address, said.encode()).decode("utf-8", "replace")
    assert re.findall(r"(?i)broadsheet-verdict: (\S+) reason=([\w-]+)", came) == [
        ("full;", "already-read"),
        ("preview;", "allowance-spent"),
        ("preview;", "allowance-spent"),
    ]


def test_more_cookies_than_one_win_nothing(lantern, preys, spent):
    prey = preys[2]
    device = re.search(r"bs_device=(\w+)", spent)[1]
    for cookie in (
        f"bs_device={device}; bs_device={'0' * 78}",
        f"a=b; bs_device={device}; bs_shown=0.5.2099-01-01.subscriber",
        f"bs_device={device}; BS_DEVICE=x; xbs_device=y; bs_device2=z",
        f"$Version=1; bs_device={device}; $Path=/",
        f"bs_device={device};bs_session=;bs_pass=",
        f"bs_device={device}; bs_session=nobody; bs_pass=1.9.1.subscriber.premium.x.y",
    ):
        answer = ask(lantern.address, "GET", prey.path, ("Cookie", cookie))
        assert answer.verdict == SPENT, cookie
        assert prey.find_leaks(answer.text) == []


def test_cookies_too_many_or_too_large_are_nobodys_and_open_nothing(lantern, preys):
    for prey in preys[:2]:
        for cookie in ("x=" + "y" * 7_000, "; ".join(f"c{n}=1" for n in range(900)), "bs_device"):
            answer = ask(lantern.address, "GET", prey.path, ("Cookie", cookie))
            assert (answer.status, answer.verdict) == (200, prey.verdict)
            assert prey.find_leaks(answer.text) == []
