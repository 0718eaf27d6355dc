"""A reader without script: five stories, the wall, a sign-up, three more."""

from __future__ import annotations

import concurrent.futures
import html
import re

import httpx
import pytest

pytestmark = pytest.mark.journey
STORY = re.compile(r'href="(/[a-z]+/[a-z0-9-]+-\d+/)"')


@pytest.fixture(scope="module")
def metered(lantern) -> list[str]:
    found: set[str] = set()
    with lantern.reader() as client:
        for section in [
            "city",
            "nation",
            "world",
            "business",
            "opinion",
            "science",
            "culture",
            "sport",
        ]:
            found |= set(STORY.findall(client.get(f"/{section}/").text))
    wanted = []
    for path in sorted(found):
        answer = httpx.get(lantern.address + path)
        if re.search(r'<article[^>]*data-access="metered"', answer.text):
            wanted.append(path)
    assert len(wanted) >= 30
    return wanted


def sentences_of(page: str) -> list[str]:
    body = re.search(r'data-part="body"[^>]*>(.*)', page, re.DOTALL)[1].split("</article>")[0]
    paragraphs = re.findall(r"<p[^>]*>(.*?)</p>", body, re.DOTALL)
    words = [html.unescape(re.sub(r"<[^>]+>", "", paragraph)).strip() for paragraph in paragraphs]
    return [
        sentence
        for text in words
        for sentence in re.split(r"(?<=[.!?”])\s+", text)
        if len(sentence) > 25
    ]


def test_five_stories_then_the_wall_and_not_a_sentence_more(lantern, metered):
    sixth_whole = httpx.get(lantern.address + metered[5]).text
    with lantern.reader() as client:
        for number, path in enumerate(metered[:5], 1):
            answer = client.get(path)
            assert (
                answer.headers["Broadsheet-Verdict"]
                == f"full; reason=within-allowance; used={number}; limit=5"
            )
            assert 'data-part="body"' in answer.text
            assert "data-paywall" not in answer.text
        stopped = client.get(metered[5])
        assert stopped.status_code == 200
        assert stopped.headers["Broadsheet-Verdict"].startswith(
            "preview; reason=allowance-spent; used=5; limit=5"
        )
        assert 'data-paywall="limit"' in stopped.text
        assert re.search(r'data-reason="[A-Z0-9-]+"', stopped.text)
        assert "{{" not in stopped.text
        preview = html.unescape(re.sub(r"<[^>]+>", "", stopped.text.split("data-paywall")[0]))
        everything = html.unescape(stopped.text)
        locked = [sentence for sentence in sentences_of(sixth_whole) if sentence not in preview]
        assert len(locked) >= 8
        assert [sentence for sentence in locked if sentence in everything] == []
        for path in metered[:5]:
            again = client.get(path)
            assert again.headers["Broadsheet-Verdict"].startswith(
                "full; reason=already-read; used=5"
            )


def test_fifty_at_once_with_one_cookie_give_exactly_five(lantern, metered):
    with lantern.reader() as client:
        client.get("/")
        free = next(
            path for path in STORY.findall(client.get("/nation/").text) if "cyclone-ambar" in path
        )
        client.get(free)
        cookies = dict(client.cookies)
    assert any("device" in name for name in cookies)

    def read(path: str) -> str:
        return httpx.get(lantern.address + path, cookies=cookies, timeout=60).headers[
            "Broadsheet-Verdict"
        ]

    many = (metered * 2)[:50] if len(metered) < 50 else metered[:50]
    distinct = list(dict.fromkeys(many))
    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        verdicts = list(pool.map(read, distinct))
    assert sum(verdict.startswith("full") for verdict in verdicts) == 5
    assert (
        sum(verdict.startswith("preview; reason=allowance-spent") for verdict in verdicts)
        == len(distinct) - 5
    )


def test_a_forged_cookie_is_a_new_anonymous_reader(lantern, metered):
    for forged in ("x" * 9000, "AAAA", "", "%00"):
        answer = httpx.get(
            lantern.address + metered[0],
            headers={"Cookie": f"bs_device={forged}; bs_pass={forged}"},
        )
        assert (
            answer.headers["Broadsheet-Verdict"] == "full; reason=within-allowance; used=1; limit=5"
        )


def test_internal_headers_from_outside_have_no_effect(lantern, metered):
    premium = 'data-access="premium"'
    with lantern.reader() as client:
        path = next(
            path for path in STORY.findall(client.get("/city/").text) if "how-the-port-lost" in path
        )
        answer = client.get(
            path,
            headers={
                "Broadsheet-Rendition": "full",
                "broadsheet.rendition": "full",
                "X-Forwarded-For": "66.249.66.1",
                "User-Agent": "Googlebot/2.1",
            },
        )
    assert premium in answer.text
    assert 'data-paywall="premium"' in answer.text
    assert 'data-part="body"' not in answer.text
