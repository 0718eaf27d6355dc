"""A lent story is whole, counts nothing, and is locked again when its link ends or is revoked."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from broadsheet.protocol.cookies import LENT
from broadsheet.protocol.device import read_device
from broadsheet.protocol.keys import DEVICE, derive_key
from broadsheet.protocol.keys import LENT as LENT_KEY
from broadsheet.protocol.link import Lent, read_lent, write_lent
from broadsheet.protocol.rendition import spent_key
from broadsheet.protocol.snapshot import RevokedLink

pytestmark = pytest.mark.pure
REST = "The rest of story {} is for readers who may read it."
FULL = "full; reason=lent"
STOPPED = "preview; reason=allowance-spent; used=5; limit=5"


def device_of(paper, browser):
    key = derive_key(paper.settings.secret, DEVICE)
    return read_device(key, browser.jar["bs_device"], int(paper.now.timestamp() // 86_400))


def lend(paper, browser, *stories, days=14, device_id=None):
    """Put into the jar what the paper's own page would set."""
    if "bs_device" not in browser.jar:
        browser.get("/")
    until = int((paper.now + timedelta(days=days)).timestamp())
    held = [Lent(story, 100 + story, until) for story in stories]
    device_id = device_id or device_of(paper, browser).id
    browser.jar[LENT] = write_lent(derive_key(paper.settings.secret, LENT_KEY), held, device_id)


@pytest.fixture
def stopped(paper):
    """A browser whose five stories are read; story 6 would stop it."""
    paths = paper.add_stories(8)
    browser = paper.browser()
    for path in paths[:5]:
        browser.get(path)
    assert browser.get(paths[5]).verdict == STOPPED
    return browser


def test_a_lent_story_is_whole_and_uncounted(paper, stopped):
    lend(paper, stopped, 6)
    for _twice in range(2):
        page = stopped.get("/city/story-6/")
        assert (page.verdict, REST.format(6) in page.text) == (FULL, True)
    assert stopped.get("/city/story-7/").verdict == STOPPED
    assert paper.events()[-2]["reason"] == "lent"
    assert (paper.events()[-2]["used"], paper.events()[-2]["limit"]) == (0, 0)


def test_it_costs_no_read_of_the_allowance(paper):
    paths = paper.add_stories(6)
    browser = paper.browser()
    lend(paper, browser, 1)
    assert browser.get(paths[0]).verdict == FULL
    for number, path in enumerate(paths[1:], 1):
        verdict = f"full; reason=within-allowance; used={number}; limit=5"
        assert browser.get(path).verdict == verdict


def test_it_needs_no_count(paper, stopped):
    lend(paper, stopped, 6)
    store, paper.gate._store = paper.gate._store, None
    assert stopped.get("/city/story-6/").verdict == FULL
    paper.gate._store = store


def test_a_registered_story_is_lent_too(paper):
    path = paper.site.add(9, "registered")
    browser = paper.browser()
    lend(paper, browser, 9)
    assert browser.get(path).verdict == FULL


def test_premium_is_lent_where_the_paper_says_so(paper):
    path = paper.site.add(9, "premium")
    browser = paper.browser()
    lend(paper, browser, 9)
    assert browser.get(path).verdict == "preview; reason=premium-needed"
    paper.publish(lend_premium=True)
    paper.gate.feed.poll()
    assert browser.get(path).verdict == FULL


def test_what_is_open_anyway_keeps_its_reason(paper):
    free, metered = paper.site.add(8, "free"), paper.site.add(9)
    paper.site.sign_in("s1", 12, "subscriber", ("unlimited",))
    browser = paper.browser()
    lend(paper, browser, 8, 9)
    assert browser.get(free).verdict == "full; reason=free"
    browser.jar["bs_session"] = "s1"
    assert browser.get(metered).verdict == "full; reason=entitled"


def test_it_ends_with_its_link(paper, stopped):
    lend(paper, stopped, 6, days=1)
    paper.now += timedelta(days=1, seconds=-1)
    assert stopped.get("/city/story-6/").verdict == FULL
    paper.now += timedelta(seconds=1)
    assert stopped.get("/city/story-6/").verdict == STOPPED


def test_a_revoked_link_locks_it_again(paper, stopped):
    lend(paper, stopped, 6, 7)
    paper.publish(revoked_links=(RevokedLink(106, paper.now + timedelta(days=14)),))
    paper.gate.feed.poll()
    assert stopped.get("/city/story-6/").verdict == STOPPED
    assert stopped.get("/city/story-7/").verdict == FULL


@pytest.mark.parametrize(
    "spoil", [lambda text: text[:-1], lambda text: text.replace("6-", "7-", 1)]
)
def test_a_forged_cookie_lends_nothing(paper, stopped, spoil):
    lend(paper, stopped, 6)
    stopped.jar[LENT] = spoil(stopped.jar[LENT])
    assert stopped.get("/city/story-6/").verdict == STOPPED
    assert stopped.get("/city/story-7/").verdict == STOPPED


def test_a_copy_on_another_device_lends_nothing(paper, stopped):
    lend(paper, stopped, 6, device_id="f" * 32)
    assert stopped.get("/city/story-6/").verdict == STOPPED
    alone = paper.browser(**{LENT: stopped.jar[LENT]})
    assert alone.get("/city/story-6/").verdict.startswith("full; reason=within-allowance")


def test_it_goes_along_when_the_reader_signs_in(paper, stopped):
    paper.site.sign_in("s1", 12)
    lend(paper, stopped, 6)
    before = device_of(paper, stopped)
    stopped.jar["bs_session"] = "s1"
    assert stopped.get("/city/story-6/").verdict == FULL
    after = device_of(paper, stopped)
    assert after.id != before.id
    key = derive_key(paper.settings.secret, LENT_KEY)
    assert [one.story_id for one in read_lent(key, stopped.jar[LENT], after.id)] == [6]
    assert stopped.get("/city/story-6/").verdict == FULL


def test_what_is_over_does_not_go_along(paper, stopped):
    paper.site.sign_in("s1", 12)
    lend(paper, stopped, 6, days=1)
    held = stopped.jar[LENT]
    paper.now += timedelta(days=1)
    stopped.jar["bs_session"] = "s1"
    page = stopped.get("/city/story-6/")
    assert not any(line.startswith("bs_lent=") for line in page.cookies)
    assert stopped.jar[LENT] == held


def test_neither_head_nor_a_held_page_counts(paper, stopped):
    lend(paper, stopped, 6)
    assert stopped.get("/city/story-6/", method="HEAD").verdict == FULL
    tag = stopped.get("/city/story-6/").headers["etag"]
    assert stopped.get("/city/story-6/", if_none_match=tag).status == 304


def test_what_a_reader_gave_back_is_asked_of_the_store_again(paper, stopped):
    tally = paper.gate._period.tallies[0]
    key = device_of(paper, stopped).reader_key
    assert paper.store.give_back(tally, key, 1, most=1)
    assert stopped.get("/city/story-6/").verdict == STOPPED
    held = dict(paper.gate._pages._stories)
    paper.purge(spent_key("d" + "0" * 32))
    paper.gate.feed.poll()
    assert stopped.get("/city/story-6/").verdict == STOPPED
    paper.purge(spent_key(key))
    paper.gate.feed.poll()
    assert stopped.get("/city/story-6/").verdict == (
        "full; reason=within-allowance; used=5; limit=5"
    )
    assert paper.gate._pages._stories == held


def test_a_log_begun_anew_may_have_told_of_any_reader(paper, stopped):
    tally = paper.gate._period.tallies[0]
    paper.store.give_back(tally, device_of(paper, stopped).reader_key, 1, most=1)
    paper.purge("all")
    paper.gate.feed.poll()
    assert stopped.get("/city/story-6/").verdict.startswith("full; reason=within-allowance")


def test_what_was_asked_before_is_not_kept_after(paper):
    paths = paper.add_stories(7)
    browser = paper.browser()
    for path in paths[:5]:
        browser.get(path)
    listed = paper.store.list_reads

    def give_back_meanwhile(tally, key):
        read = listed(tally, key)
        paper.store.give_back(tally, key, 1, most=1)
        paper.gate._period.forget_readers([spent_key(key)])
        return read

    paper.gate._store = _Listing(paper.store, give_back_meanwhile)
    assert browser.get(paths[5]).verdict == STOPPED
    assert browser.get(paths[5]).verdict == "full; reason=within-allowance; used=5; limit=5"


class _Listing:
    """A store that is the real one but for the moment at which it lists."""

    def __init__(self, store, list_reads):
        self.consume, self.peek, self.list_reads = store.consume, store.peek, list_reads
        self.close = store.close


def test_a_story_that_became_free_is_free(paper, stopped):
    lend(paper, stopped, 6)
    paper.site.stories[6] = dataclasses.replace(paper.site.stories[6], version=2, access="free")
    paper.purge("story:6")
    paper.gate.feed.poll()
    assert stopped.get("/city/story-6/").verdict == "full; reason=free"
