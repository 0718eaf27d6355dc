"""What must not count: the same story again, however it changed, and what nobody was shown."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.pure


def test_a_corrected_story_is_not_counted_again(paper):
    paths = paper.add_stories(2)
    browser = paper.browser()
    assert browser.get(paths[0]).verdict == "full; reason=within-allowance; used=1; limit=5"
    for version in (2, 3):
        paper.site.change(1, version=version)
        paper.purge("story:1")
        paper.gate.feed.poll()
        page = browser.get(paths[0])
        assert (page.verdict, f"v{version}" in page.text) == (
            "full; reason=already-read; used=1; limit=5",
            True,
        )
    assert browser.get(paths[1]).verdict == "full; reason=within-allowance; used=2; limit=5"


def test_a_story_at_a_new_address_is_not_counted_again(paper):
    [path] = paper.add_stories(1)
    browser = paper.browser()
    browser.get(path)
    paper.site.change(1, version=2, url="/nation/another-slug-1/")
    paper.purge("story:1")
    paper.gate.feed.poll()
    assert browser.get(path).status == 301
    page = browser.get("/nation/another-slug-1/")
    assert page.verdict == "full; reason=already-read; used=1; limit=5"


def test_what_was_read_while_it_was_free_for_all_did_not_count(paper):
    paths = paper.add_stories(6)
    browser = paper.browser()
    for path in paths[:5]:
        browser.get(path)
    paper.site.change(6, version=2, access="free")
    assert browser.get(paths[5]).verdict == "full; reason=free"
    paper.site.change(6, version=3, access="metered")
    paper.purge("story:6")
    paper.gate.feed.poll()
    assert browser.get(paths[5]).verdict == "preview; reason=allowance-spent; used=5; limit=5"


@pytest.mark.parametrize("purpose", ["prefetch", "prefetch;prerender"])
def test_a_page_asked_for_ahead_counts_when_it_is_opened(paper, purpose):
    [path] = paper.add_stories(1)
    browser = paper.browser()
    browser.get("/")
    for _twice in range(2):
        assert browser.get(path, sec_purpose=purpose).status == 503
    assert browser.get(path).verdict == "full; reason=within-allowance; used=1; limit=5"
