"""What a stopped page says, to whoever takes it apart (rows 5 to 8, 20 and 34)."""

from __future__ import annotations

import json
import re
from urllib.parse import urlsplit

import httpx
import pytest

from tests.factories.attacker import find_leaks, is_full, plain, verdict

pytestmark = pytest.mark.journey
SCRIPT = re.compile(r"<script\b[^>]*>.*?</script>", re.DOTALL)
ASSISTANTS = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 Chrome/141.0.0.0",
    "Mozilla/5.0 AppleWebKit/537.36; compatible; ChatGPT-User/1.0; +https://openai.com/bot",
    "Mozilla/5.0 (compatible; PerplexityBot/1.0; +https://perplexity.ai/perplexitybot)",
    "Claude-User/1.0",
    "GPTBot/1.2",
)


def test_the_rest_is_not_in_the_page_at_all(preys):
    for prey in preys:
        answer = prey.ask()
        assert (answer.status, answer.verdict) == (200, prey.verdict)
        assert prey.find_leaks(answer.text) == []
        assert 'data-part="preview"' in answer.text
        assert 'data-part="body"' not in answer.text


def test_the_wall_needs_no_script_and_nobody_elses(preys, subscriber):
    for prey in preys:
        answer = prey.ask()
        unscripted = SCRIPT.sub("", answer.text)
        wall = {"premium": "premium", "registered": "registration", "metered": "limit"}
        assert '<section class="wall' in unscripted
        assert f'data-paywall="{wall[prey.access]}"' in unscripted
        assert "/account/login/?next=" in unscripted
        for page in (answer.text, subscriber.get(prey.path).text):
            loaded = re.findall(r'<(?:script|link|img|iframe)[^>]*\s(?:src|href)="([^"]+)"', page)
            elsewhere = [one for one in loaded if urlsplit(one).netloc]
            assert [one for one in elsewhere if not one.startswith(prey.address)] == []
            inline = re.findall(r"<script(?![^>]*(?:src=|ld\+json))[^>]*>", page)
            assert inline == []
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self';" in policy + ";"
        blocked = prey.ask(("Sec-Fetch-Dest", "document"), ("Save-Data", "on"))
        assert prey.find_leaks(blocked.text) == []


def test_nothing_is_hidden_or_scrambled_in_the_page(preys):
    for prey in preys:
        text = prey.ask().text
        assert prey.find_leaks(text) == []
        article = text.partition("<article")[2].partition("</article>")[0]
        assert re.findall(r"<[^>]*\s(?:hidden|inert)(?=[\s>=])[^>]*>", article) == []
        assert re.findall(r"<(?:template|noscript|textarea|iframe|object)\b", text) == []
        assert re.findall(r"<!--.*?-->", text, re.DOTALL) == []
        attributes = re.findall(r'\s[\w-]+="([^"]*)"', article)
        assert max(len(value.split()) for value in attributes) < 50
        longest = max(re.findall(r"[A-Za-z0-9+/=_]{20,}", article), key=len, default="")
        assert len(longest) < 80, longest


def test_structured_data_and_meta_tags_hold_no_text(preys):
    for prey in preys:
        text = prey.ask().text
        (written,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', text)
        said = json.loads(written)
        assert {"articleBody", "text", "wordCount"} & said.keys() == set()
        assert said["isAccessibleForFree"] is False
        assert said["hasPart"]["isAccessibleForFree"] is False
        metas = re.findall(r'<meta[^>]*content="([^"]*)"', text)
        metas += re.findall(r'\salt="([^"]*)"', text)
        for told in (written, json.dumps(said, ensure_ascii=False), *metas):
            assert find_leaks(told, prey.locked) == []
        assert text.count("application/ld+json") == 1
        assert re.findall(r'itemprop="|__NEXT_DATA__|<audio|"articleBody"', text) == []


def test_what_a_script_would_load_later_is_not_there(lantern, preys):
    for prey in preys:
        scripts = re.findall(r'<script[^>]*\ssrc="([^"]+)"', prey.ask().text)
        for script in scripts:
            source = httpx.get(lantern.address + script).text
            assert re.findall(r"fetch\(|XMLHttpRequest|import\(|serviceWorker", source) == []


def test_a_machine_that_reads_like_a_browser_gets_what_a_browser_gets(preys):
    for prey in preys:
        plain_page = prey.ask().body
        for name in ASSISTANTS:
            answer = prey.ask(("User-Agent", name), ("Signature-Agent", '"https://chatgpt.com"'))
            assert (answer.verdict, answer.body) == (prey.verdict, plain_page), name


def test_a_machine_that_rides_with_a_reader_spends_what_is_the_readers(lantern, by_access):
    paths = by_access["metered"][:8]
    with lantern.reader() as client:
        for path in paths[:2]:
            client.get(path)
        opened = sum(
            is_full(client.get(path, headers={"User-Agent": ASSISTANTS[1]})) for path in paths[2:]
        )
        assert opened == 3
        stopped = client.get(paths[7])
        assert verdict(stopped) == "preview; reason=allowance-spent; used=5; limit=5"


def test_what_search_engines_may_print_is_short_and_never_what_is_locked(lantern, preys, by_access):
    kept = "max-image-preview:large, max-snippet:160, noarchive"
    for prey in preys:
        for page in (prey.ask().text, httpx.get(lantern.address + prey.path).text):
            assert re.findall(r'<meta name="robots" content="([^"]+)">', page) == [kept]
    free = httpx.get(lantern.address + by_access["free"][0]).text
    assert re.findall(r'<meta name="robots" content="([^"]+)">', free) == [
        "max-image-preview:large"
    ]
    for prey in preys[:2]:
        robot = httpx.get(lantern.address + prey.path, headers={"User-Agent": "bingbot/2.0"})
        assert find_leaks(plain(robot.text), prey.locked) == []
