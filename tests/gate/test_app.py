"""The gate as readers meet it, in front of a stand-in site."""

from __future__ import annotations

import dataclasses
import json
import logging
import time
from datetime import UTC, datetime, timedelta

import pytest

from broadsheet.counters.contract import Tally

pytestmark = pytest.mark.pure

REST = "The rest of story"


def test_five_different_stories_open_and_the_sixth_is_a_preview(paper):
    urls = paper.add_stories(6)
    reader = paper.browser()
    pages = [reader.get(url) for url in urls]
    assert [page.verdict for page in pages] == [
        "full; reason=within-allowance; used=1; limit=5",
        "full; reason=within-allowance; used=2; limit=5",
        "full; reason=within-allowance; used=3; limit=5",
        "full; reason=within-allowance; used=4; limit=5",
        "full; reason=within-allowance; used=5; limit=5",
        "preview; reason=allowance-spent; used=5; limit=5",
    ]
    assert [REST in page.text for page in pages] == [True] * 5 + [False]
    assert {page.status for page in pages} == {200}


def test_a_stopped_readers_page_is_asked_for_with_its_numbers_and_its_code(paper):
    reader = paper.browser()
    for url in paper.add_stories(6):
        reader.get(url)
    asked = paper.site.renditions[-1]
    assert json.loads(asked.encode()) == {
        "v": 1,
        "outcome": "preview",
        "wall": "limit",
        "policy": "M5",
        "reason": "allowance-spent",
        "limit": 5,
        "window": "2026-11",
        "resets_on": "2026-12-01",
        "code": "LN-M5-A18P",
        "language": "en",
        "advertising": True,
        "message_version": "m1",
    }


def test_reading_again_stays_free_after_the_stop(paper):
    urls = paper.add_stories(6)
    reader = paper.browser()
    for url in urls:
        reader.get(url)
    page = reader.get(urls[0])
    assert page.verdict == "full; reason=already-read; used=5; limit=5"
    assert REST in page.text


def test_the_allowance_comes_back_with_the_papers_month(paper):
    urls = paper.add_stories(7)
    reader = paper.browser()
    for url in urls[:6]:
        reader.get(url)
    paper.now = datetime(2026, 11, 30, 18, 29, tzinfo=UTC)
    assert reader.get(urls[5]).verdict.startswith("preview")
    paper.now = datetime(2026, 11, 30, 18, 30, tzinfo=UTC)
    assert reader.get(urls[5]).verdict == "full; reason=within-allowance; used=1; limit=5"


def test_a_clock_put_right_counts_in_the_right_month_again(paper):
    urls = paper.add_stories(6)
    reader = paper.browser()
    for url in urls[:5]:
        reader.get(url)
    paper.now += timedelta(days=400)
    assert reader.get(urls[5]).verdict == "full; reason=within-allowance; used=1; limit=5"
    paper.now -= timedelta(days=400)
    assert reader.get(urls[5]).verdict == "preview; reason=allowance-spent; used=5; limit=5"
    paper.now -= timedelta(seconds=30)
    period = paper.gate._period
    reader.get(urls[5])
    assert paper.gate._period is period


@pytest.mark.parametrize(
    ("access", "verdict"),
    [
        ("free", "full; reason=free"),
        ("registered", "preview; reason=registration-needed"),
        ("premium", "preview; reason=premium-needed"),
    ],
)
def test_other_stories_need_no_count(paper, access, verdict):
    url = paper.site.add(1, access)
    reader = paper.browser()
    assert [reader.get(url).verdict for _ in range(2)] == [verdict] * 2
    assert paper.store.list_reads(Tally("2026-11"), "d" + reader.jar["bs_device"][1:33]) == ()


def test_fifty_requests_at_once_with_one_cookie_open_exactly_five(paper, at_once):
    urls = paper.add_stories(50)
    visitor = paper.browser()
    visitor.get("/")
    jar = dict(visitor.jar)
    assert list(jar) == ["bs_device"]
    pages = at_once(lambda url: paper.browser(**jar).get(url), urls)
    assert sum(REST in page.text for page in pages) == 5
    assert sum(page.verdict.startswith("full") for page in pages) == 5


def test_a_first_visit_without_cookies_gets_a_device(paper):
    page = paper.browser().get(paper.site.add(1))
    assert [line.partition("=")[0] for line in page.cookies] == ["bs_device", "bs_shown"]
    assert page.cookies[0].endswith("; Path=/; Max-Age=34560000; SameSite=Lax; HttpOnly")
    assert page.cookies[1] == (
        "bs_shown=1.5.2026-12-01.anonymous; Path=/; Max-Age=34560000; SameSite=Lax"
    )


def test_a_known_device_gets_no_second_cookie(paper):
    first, second = paper.add_stories(2)
    reader = paper.browser()
    reader.get(first)
    assert [line.partition("=")[0] for line in reader.get(second).cookies] == ["bs_shown"]
    assert reader.get(second).cookies == []


def test_on_https_every_cookie_is_bound_to_the_host(paper):
    paper.settings = dataclasses.replace(paper.settings, origin="https://paper.test")
    reader = paper.browser()
    reader.gate = paper.open_gate()
    page = reader.get(paper.site.add(1))
    assert sorted(reader.jar) == ["__Host-bs_device", "__Host-bs_shown"]
    assert all("; Path=/; " in line and "; Secure" in line for line in page.cookies)
    assert reader.get(paper.site.add(2)).verdict.endswith("used=2; limit=5")


def test_the_answers_headers(paper):
    page = paper.browser().get(paper.site.add(1))
    assert page.headers["cache-control"] == "private, no-cache"
    assert page.headers["vary"] == "Cookie, Accept-Encoding"
    assert page.headers["content-security-policy"] == "default-src 'self'"
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["content-encoding"] == "gzip"
    assert page.headers["content-length"] == str(len(page.raw))
    assert "broadsheet-story" not in page.headers


CODED = {"br": "-br", "gzip": "-gzip", "": ""}


@pytest.mark.parametrize("coding", CODED)
def test_every_coding_holds_the_same_page_under_a_tag_of_its_own(paper, coding):
    reader = paper.browser()
    url = paper.site.add(1)
    plain = reader.get(url, accept_encoding="")
    page = reader.get(url, accept_encoding=coding)
    assert page.headers.get("content-encoding", "") == coding
    assert page.headers["content-length"] == str(len(page.raw))
    assert page.text == plain.text
    assert page.headers["etag"] == plain.headers["etag"][:-1] + CODED[coding] + '"'


@pytest.mark.parametrize("coding", CODED)
def test_head_names_the_coding_that_get_would_use(paper, coding):
    reader = paper.browser()
    url = paper.site.add(1)
    head = reader.get(url, method="HEAD", accept_encoding=coding)
    page = reader.get(url, accept_encoding=coding)
    assert head.raw == b""
    for name in ("content-encoding", "content-length", "etag", "vary"):
        assert head.headers.get(name) == page.headers.get(name)


@pytest.mark.parametrize("held", CODED)
@pytest.mark.parametrize("asked", CODED)
def test_a_page_held_in_one_coding_is_not_sent_in_another(paper, held, asked):
    url = paper.site.add(1)
    reader = paper.browser()
    etag = reader.get(url, accept_encoding=held).headers["etag"]
    again = reader.get(url, accept_encoding=asked, if_none_match=f'"1-0-beef", {etag}')
    assert (again.status, again.raw, again.headers["etag"]) == (304, b"", etag)
    assert not {"content-encoding", "content-length", "content-type"} & again.headers.keys()


def test_what_a_browser_holds_is_not_sent_and_not_counted(paper):
    first, second = paper.add_stories(2)
    reader = paper.browser()
    etag = reader.get(first).headers["etag"]
    again = reader.get(first, if_none_match=etag)
    assert (again.status, again.raw, again.verdict) == (
        304,
        b"",
        "full; reason=already-read; used=1; limit=5",
    )
    assert again.headers["etag"] == etag
    assert "content-length" not in again.headers
    paper.now += timedelta(days=30)
    assert reader.get(first, if_none_match=etag).status == 304
    assert reader.get(second).verdict == "full; reason=within-allowance; used=1; limit=5"


def test_an_old_tag_gets_the_page_and_counts(paper):
    first, second = paper.add_stories(2)
    reader = paper.browser()
    page = reader.get(first, if_none_match='"1-0-beef"')
    assert (page.status, page.verdict) == (200, "full; reason=within-allowance; used=1; limit=5")
    held = reader.get(first).headers["etag"]
    assert reader.get(second, if_none_match=held).status == 200
    assert reader.get(second).verdict.endswith("used=2; limit=5")


@pytest.mark.parametrize("spelt", ["{}", '"{}', '{}"', "'{}'", "W/{}", '"x{}"', '"{}-zstd"'])
def test_a_tag_that_saves_no_byte_saves_no_read(paper, spelt):
    """Who learns a tag by HEAD and misspells it would else read everything uncounted."""
    url = paper.site.add(1)
    reader = paper.browser()
    bare = reader.get(url, method="HEAD").headers["etag"].strip('"').removesuffix("-gzip")
    page = reader.get(url, if_none_match=spelt.format(bare))
    assert (page.status, page.verdict) == (200, "full; reason=within-allowance; used=1; limit=5")
    assert reader.get(url).verdict == "full; reason=already-read; used=1; limit=5"


def test_a_stopped_reader_who_holds_the_full_page_gets_the_preview(paper):
    urls = paper.add_stories(6)
    lucky = paper.browser()
    etag = lucky.get(urls[5]).headers["etag"]
    reader = paper.browser()
    for url in urls[:5]:
        reader.get(url)
    page = reader.get(urls[5], if_none_match=etag)
    assert (page.status, page.verdict) == (
        200,
        "preview; reason=allowance-spent; used=5; limit=5",
    )
    assert REST not in page.text
    assert reader.get(urls[5], if_none_match=page.headers["etag"]).status == 304


def test_head_tells_the_verdict_and_counts_nothing(paper):
    url = paper.site.add(1)
    reader = paper.browser()
    for _ in range(2):
        page = reader.get(url, method="HEAD")
        assert (page.status, page.raw, page.verdict) == (
            200,
            b"",
            "full; reason=within-allowance; used=1; limit=5",
        )
    full = reader.get(url)
    assert full.verdict == "full; reason=within-allowance; used=1; limit=5"
    assert full.headers["content-length"] == page.headers["content-length"]


def test_a_prefetch_is_refused_uncounted(paper):
    url = paper.site.add(1)
    reader = paper.browser()
    page = reader.get(url, sec_purpose="prefetch;anonymous-client-ip")
    assert (page.status, page.raw, page.headers["cache-control"]) == (503, b"", "no-store")
    assert reader.get(url).verdict.endswith("used=1; limit=5")
    assert reader.get(paper.site.add(2, "free"), sec_purpose="prefetch").status == 200


def test_another_spelling_leads_to_the_canonical_address_uncounted(paper):
    url = paper.site.add(12, slug="night-ferries")
    reader = paper.browser()
    reader.get(url)
    for spelling in ("/city/old-slug-12/", "/nation/night-ferries-12", "/City/x-0012/"):
        page = reader.get(spelling, query="from=mail")
        assert (page.status, page.headers["location"]) == (
            301,
            "/city/night-ferries-12/?from=mail",
        )
    assert reader.get("/city/x-12/").headers["location"] == "/city/night-ferries-12/"
    assert paper.store.list_reads(Tally("2026-11"), "d" + reader.jar["bs_device"][1:33]) == (12,)


def test_another_spelling_is_redirected_even_when_nothing_is_held(paper):
    paper.site.add(12, slug="night-ferries")
    page = paper.browser().get("/city/old-slug-12/")
    assert (page.status, page.headers["location"]) == (301, "/city/night-ferries-12/")


def test_an_address_in_another_script_is_canonical(paper):
    paper.site.add(12)
    paper.site.change(12, url="/city/%E0%A4%A8-12/")
    page = paper.browser().get("/city/\u00e0\u00a4\u00a8-12/")
    assert page.status == 200


def test_what_is_no_story_passes_through_as_it_is(paper):
    page = paper.browser().get("/nowhere/")
    assert (page.status, page.text, page.cookies) == (404, "<h1>/nowhere/</h1>", [])


def test_a_story_that_is_not_there_passes_through(paper):
    page = paper.browser().get("/city/nothing-99/")
    assert (page.status, page.verdict, page.cookies) == (404, None, [])
    assert "broadsheet.rendition" not in paper.site.seen[-1]


def test_a_killed_story_is_gone_for_everybody_after_the_purge(paper):
    url = paper.site.add(1)
    reader = paper.browser()
    reader.get(url)
    paper.site.killed.add(1)
    paper.purge("story:1")
    paper.gate.feed.poll()
    page = reader.get(url)
    assert (page.status, page.text, page.verdict) == (410, "withdrawn", None)


def test_a_killed_story_is_gone_even_for_a_variant_not_yet_held(paper):
    url = paper.site.add(1)
    paper.browser().get(url)
    paper.site.killed.add(1)
    paper.site.sign_in("s", 7, "subscriber", ["unlimited", "ad-free"])
    assert paper.browser(bs_session="s").get(url).status == 410


def test_other_methods_pass_through_unjudged(paper):
    url = paper.site.add(1)
    page = paper.browser().get(url, method="POST")
    assert page.verdict is None
    assert REST not in page.text
    assert "broadsheet-story" not in page.headers
    assert page.cookies == []


def test_no_header_of_the_client_reaches_a_rendition(paper):
    url = paper.site.add(1, "premium")
    reader = paper.browser(bs_session="forged")
    page = reader.get(
        url,
        broadsheet_rendition='{"outcome":"full"}',
        broadsheet_story="x",
        broadsheet_verdict="full",
        x_forwarded_for="66.249.66.1",
        user_agent="Googlebot",
        referer="https://www.google.com/",
        range="bytes=0-",
        host="evil.test",
    )
    assert page.verdict == "preview; reason=premium-needed"
    assert REST not in page.text
    for environ in paper.site.seen:
        names = {name for name in environ if name.startswith("HTTP_")}
        assert names <= {"HTTP_HOST", "HTTP_COOKIE"}
        assert environ["HTTP_HOST"] == "paper.test"
        assert ("HTTP_COOKIE" in environ) == ("broadsheet.pass" in environ)


def test_one_fetch_serves_everybody(paper, at_once):
    url = paper.site.add(1)
    pages = at_once(lambda _: paper.browser().get(url), range(20))
    assert {page.text for page in pages} == {pages[0].text}
    assert len(paper.site.renditions) == 1


@pytest.mark.parametrize(
    ("extra", "more_body"),
    [
        ([("Set-Cookie", "csrftoken=x")], ""),
        ([("Vary", "Accept-Language, Cookie")], ""),
        ([("Vary", "*")], ""),
        ([], '<input type="hidden" name="csrfmiddlewaretoken" value="x">'),
        ([("Broadsheet-Story", "{}")], ""),
    ],
    ids=["cookie", "vary", "vary all", "form secret", "no facts"],
)
def test_a_rendition_that_could_be_one_readers_is_refused(paper, caplog, extra, more_body):
    url = paper.site.add(1, "free")
    paper.site.extra, paper.site.more_body = extra, more_body
    with caplog.at_level(logging.ERROR):
        page = paper.browser().get(url)
    assert (page.status, page.headers["retry-after"]) == (503, "30")
    assert page.headers["cache-control"] == "no-store"
    assert REST not in page.text
    assert len(caplog.records) == 1
    paper.site.extra, paper.site.more_body = [], ""
    assert paper.browser().get(url).status == 200


def test_an_answer_about_another_story_is_refused(paper):
    url = paper.site.add(1, "free")
    paper.site.change(1, id=2)
    assert paper.browser().get(url).status == 503


def test_an_error_upstream_costs_no_read(paper):
    url = paper.site.add(1)
    reader = paper.browser()
    reader.get("/")
    paper.site.fails = True
    assert reader.get(url).status == 503
    paper.site.fails = False
    assert reader.get(url).verdict.endswith("used=1; limit=5")


def test_an_error_in_the_readers_own_variant_costs_no_read(paper):
    url = paper.site.add(1)
    paper.browser().get(url)
    paper.site.sign_in("s", 7, "subscriber", ["ad-free"])
    reader = paper.browser(bs_session="s")
    reader.get("/")
    paper.site.fails = True
    assert reader.get(url).status == 503
    assert paper.store.list_reads(Tally("2026-11"), "r7") == ()


def test_each_decided_view_is_noted_after_the_answer(paper):
    metered, premium = paper.site.add(1), paper.site.add(2, "premium")
    reader = paper.browser()
    reader.get(metered)
    reader.get(metered)
    reader.get(premium)
    reader.get(premium, method="HEAD")
    reader.get("/")
    events = paper.events()
    assert [(e["story"], e["outcome"], e["reason"], e["used"]) for e in events] == [
        (1, "full", "within-allowance", 1),
        (1, "full", "already-read", 1),
        (2, "preview", "premium-needed", 0),
    ]
    assert len({event["reader"] for event in events}) == 1
    assert reader.jar["bs_device"][1:33] not in json.dumps(events)
    assert events[0]["at"] == int(paper.now.timestamp() * 1000)


def test_a_story_made_premium_between_verdict_and_page_is_judged_again(paper):
    url = paper.site.add(1)
    paper.browser().get(url)
    paper.site.sign_in("s", 7, "registered", ["ad-free"])
    paper.site.change(1, access="premium", version=2)
    page = paper.browser(bs_session="s").get(url)
    assert page.verdict == "preview; reason=premium-needed"
    assert REST not in page.text


def test_a_story_made_premium_is_not_given_to_the_entitled_to_less(paper):
    url = paper.site.add(1)
    paper.browser().get(url)
    paper.site.sign_in("s", 7, "subscriber", ["unlimited", "ad-free"])
    paper.site.change(1, access="premium", version=2)
    page = paper.browser(bs_session="s").get(url)
    assert page.verdict == "preview; reason=premium-needed"
    assert REST not in page.text


def test_every_running_gate_sees_a_change_within_a_second(paper):
    url = paper.site.add(1, "free")
    gates = [paper.open_gate(background=True) for _ in range(2)]
    try:
        readers = [paper.browser() for _ in gates]
        for reader, gate in zip(readers, gates, strict=True):
            reader.gate = gate
            assert "v1" in reader.get(url).text
        paper.site.change(1, version=2)
        paper.purge("story:1")
        deadline = time.monotonic() + 1
        waiting = list(readers)
        while waiting and time.monotonic() < deadline:
            waiting = [reader for reader in waiting if "v2" not in reader.get(url).text]
        assert waiting == []
    finally:
        for gate in gates:
            gate.close()
    assert len(paper.events()) >= 4
