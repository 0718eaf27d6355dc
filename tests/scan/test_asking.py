"""Requests that are bounded, and stay on the site."""

from __future__ import annotations

import gzip
import tracemalloc

import brotli
import pytest

from broadsheet.scan import asking
from broadsheet.scan.asking import (
    GIVE_UP_AFTER,
    MOST_BYTES,
    CannotScan,
    NoAnswer,
    OffSite,
    Reader,
    Site,
    find_origin,
    tidy_address,
    without_cookies,
)
from tests.scan.leaky_paper import LeakyPaper, serve

pytestmark = pytest.mark.journey  # real sockets
FLOOD = b"0" * (64 * 1024 * 1024)
BOMBS = {"/gzip": gzip.compress(FLOOD), "/br": brotli.compress(FLOOD, quality=1)}


class Scripted(LeakyPaper):
    """A server that answers as its path says."""

    def __call__(self, environ, start_response):
        path = environ["PATH_INFO"]
        self.asked.append((environ["REQUEST_METHOD"], path + ";" + environ.get("HTTP_COOKIE", "")))
        turn = path.rpartition("/")[2]
        if path.startswith("/turn/"):
            headers = [("Location", f"/turn/{int(turn) - 1}" if turn != "0" else "/here")]
            start_response("302 Found", headers)
            return [b""]
        if path == "/away":
            start_response("302 Found", [("Location", "http://127.0.0.2:9/secret")])
            return [b""]
        if path == "/busy" and len(self.asked) == 1:
            start_response("429 Too Many Requests", [("Retry-After", "0")])
            return [b""]
        headers = [("Set-Cookie", "device=1; Path=/"), ("Content-Type", "text/html")]
        body = b"<p>here</p>"
        if path in BOMBS:
            headers.append(("Content-Encoding", path[1:]))
            body = BOMBS[path]
        if path == "/strange":
            headers.append(("Content-Encoding", "zstd"))
        start_response("200 OK", headers)
        return [body]


@pytest.fixture
def paper():
    with serve(Scripted()) as running:
        yield running


def test_five_redirects_are_followed_and_no_more(paper):
    site = Site(paper.address)
    assert site.ask(Reader("x"), paper.address + "/turn/4").address == paper.address + "/here"
    with pytest.raises(NoAnswer, match="more than 5 redirects"):
        site.ask(Reader("x"), paper.address + "/turn/5")


def test_nothing_off_the_site_is_asked(paper):
    site = Site(paper.address)
    with pytest.raises(OffSite, match=r"http://127.0.0.2:9/secret is on another site"):
        site.ask(Reader("x"), paper.address + "/away")
    with pytest.raises(OffSite):
        site.ask(Reader("x"), "http://127.0.0.2:9/")
    assert (site.unanswered, len(paper.asked)) == (0, 1)


@pytest.mark.parametrize("path", BOMBS)
def test_a_packed_flood_is_cut_before_it_is_held(paper, path):
    site, address = Site(paper.address), paper.address + path
    tracemalloc.start()
    try:
        answer = site.ask(Reader("x"), address)
        bare = site.ask_bare(Reader("x"), address, method="GET", headers={})
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (len(answer.body), answer.cut) == (MOST_BYTES, True)
    assert len(bare.body) == MOST_BYTES
    assert most < len(FLOOD) / 2


def test_a_coding_nobody_asked_for_is_no_answer(paper):
    site = Site(paper.address)
    with pytest.raises(NoAnswer, match="zstd"):
        site.ask(Reader("x"), paper.address + "/strange")
    assert site.unanswered == 1


def test_a_busy_site_is_asked_once_more(paper):
    site = Site(paper.address)
    assert site.ask(Reader("x"), paper.address + "/busy").status == 200
    assert (site.busy, len(paper.asked)) == (1, 2)


def test_cookies_are_kept_shared_or_refused(paper):
    site = Site(paper.address)
    keeper, nobody = Reader("x"), without_cookies("y")
    for reader in (keeper, keeper, nobody, nobody, keeper.like("robot", {})):
        site.ask(reader, paper.address + "/here")
    assert [cookie.partition(";")[2] for _, cookie in paper.asked] == [
        "",
        "device=1",
        "",
        "",
        "device=1",
    ]


def test_a_site_that_died_is_not_called_clean():
    site = Site("http://127.0.0.1:1")
    for _ in range(GIVE_UP_AFTER - 1):
        with pytest.raises(NoAnswer):
            site.ask(Reader("x"), "http://127.0.0.1:1/")
    with pytest.raises(CannotScan, match="stopped answering: 20 requests in a row failed"):
        site.ask(Reader("x"), "http://127.0.0.1:1/")


def test_requests_keep_their_distance(paper, monkeypatch):
    waited: list[float] = []

    class Clockwork:
        def wait(self, seconds):
            waited.append(round(seconds, 1))

    monkeypatch.setattr(asking.threading, "Event", Clockwork)
    monkeypatch.setattr(asking.time, "monotonic", lambda: 1000.0)
    site = Site(paper.address, pause=2.0)
    for _ in range(3):
        site._wait()
    assert waited == [2.0, 4.0]
    assert Site("https://paper.example")._pause == 0.1
    assert Site("http://[::1]:80")._pause == 0.0


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("HTTPS://Paper.example:443/x", "https://paper.example"),
        ("http://paper.example:8000", "http://paper.example:8000"),
        ("http://[::1]:8000/x", "http://[::1]:8000"),
        ("ftp://paper.example", ""),
        ("/x", ""),
        ("http://[", ""),
        ("http://a:b", ""),
    ],
)
def test_an_origin_is_scheme_host_and_port(address, origin):
    assert find_origin(address) == origin


def test_addresses_are_written_as_they_travel():
    assert (
        tidy_address(" http://a/नाव é?q=x y#top")
        == "http://a/%E0%A4%A8%E0%A4%BE%E0%A4%B5%20%C3%A9?q=x%20y"
    )
    assert tidy_address("http://a") == "http://a/"
    assert tidy_address("http://a/%C3%A9/") == "http://a/%C3%A9/"
    assert tidy_address("http://[") == ""
