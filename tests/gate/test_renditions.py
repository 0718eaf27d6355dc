"""Pages of stories: held within bounds, purged, never stale after a purge."""

from __future__ import annotations

import random
import threading
import time

import pytest

from broadsheet.domain.meter import Outcome
from broadsheet.gate.codings import CODINGS, PLAIN, press, unpack
from broadsheet.gate.renditions import (
    BESIDE,
    KEPT_SECONDS,
    NoStory,
    Ready,
    RenditionRefused,
    Renditions,
    StoryChanged,
)
from broadsheet.gate.upstream import InProcess
from broadsheet.protocol.rendition import RenditionRequest

pytestmark = pytest.mark.pure

FULL = RenditionRequest(outcome=Outcome.FULL)
FULL_AD_FREE = RenditionRequest(outcome=Outcome.FULL, advertising=False)
PREVIEW = RenditionRequest(outcome=Outcome.PREVIEW, wall="limit")


@pytest.fixture
def site(paper):
    return paper.site


@pytest.fixture
def make(site):
    def make(limit_bytes=1 << 20):
        return Renditions(InProcess(site), etag_key=b"k" * 32, limit_bytes=limit_bytes)

    return make


def test_a_variant_is_fetched_once(make, site):
    url = site.add(1)
    pages = make()
    first = pages.fetch(1, url, FULL)
    assert pages.fetch(1, url, FULL) is first
    assert pages.find(1) is pages.find_by_path(url) is first
    pages.fetch(1, url, PREVIEW)
    assert len(site.renditions) == 2


def test_the_bytes_of_every_coding_asked_for_count(make, site):
    url = site.add(1)
    held = make()
    story = held.fetch(1, url, FULL)
    page = story.variants[FULL]
    plain = page.unpack()
    assert held.size == story.size == page.size == len(plain) + BESIDE
    ready, lengths = Ready(page, "full"), {}
    for coding, name in enumerate(CODINGS):
        headers, body = held.prepare(ready, coding)
        lengths[name] = int(dict(headers)["Content-Length"])
        assert dict(headers).get("Content-Encoding", "") == name
        assert dict(headers)["ETag"] == page.write_etag(coding)
        assert unpack(*body, name) if body else page.unpack() == plain
        assert ready.answers[coding] == (headers, body)
    assert lengths == {
        "br": len(press(plain, "br")),
        "gzip": len(press(plain, "gzip")),
        "": len(plain),
    }
    assert held.size == story.size == page.size == lengths["br"] + lengths["gzip"] + BESIDE


def test_whoever_takes_no_coding_first_has_one_packed(make, site):
    held = make()
    page = held.fetch(1, site.add(1), FULL).variants[FULL]
    plain = page.unpack()
    headers, body = held.prepare(Ready(page, "full"), PLAIN)
    assert (dict(headers)["Content-Length"], body) == (str(len(plain)), [])
    assert held.size == page.size == len(press(plain, "gzip")) + BESIDE
    assert page.unpack() == plain


def test_a_page_no_longer_held_is_packed_and_weighs_nothing(make, site):
    held = make()
    page = held.fetch(1, site.add(1), FULL).variants[FULL]
    held.purge(["story:1"])
    assert held.prepare(Ready(page, "full"), CODINGS.index("br"))[1] == [press(page.unpack(), "br")]
    assert held.size == 0


def test_packing_makes_room(make, site):
    site.more_body = random.Random(1).randbytes(2_500).hex()
    urls = {number: site.add(number) for number in (1, 2)}
    plain = make().fetch(2, urls[2], FULL).variants[FULL].unpack()
    held = make(limit_bytes=2 * BESIDE + len(plain) + len(press(plain, "br")))
    second = held.fetch(2, urls[2], FULL)
    ready = Ready(second.variants[FULL], "full")
    held.prepare(ready, CODINGS.index("br"))
    first = held.fetch(1, urls[1], FULL)
    assert held.find(2) is second  # one packed, one as it came: all that there is room for
    second.used_at = first.used_at + 1
    held.prepare(ready, CODINGS.index("gzip"))
    assert held.find(1) is None
    assert held.size == second.size == second.variants[FULL].size


def test_a_slow_story_holds_up_no_other(make, site):
    """Story 65 shares nothing with story 1, however many are asked for at once."""
    urls = {number: site.add(number) for number in (1, 65)}
    pages = make()
    begun, go_on = threading.Event(), threading.Event()

    def hang():
        site.before_answer = lambda: None
        begun.set()
        assert go_on.wait(10)

    site.before_answer = hang
    slow = threading.Thread(target=pages.fetch, args=(1, urls[1], FULL))
    slow.start()
    assert begun.wait(10)
    assert pages.fetch(65, urls[65], FULL) is pages.find(65)
    assert pages.find(1) is None
    go_on.set()
    slow.join(10)
    assert pages.find(1) is not None
    assert len(pages._fetching) == 0


def test_variants_differ_in_their_tags_and_a_body_alone_does_not_tell_one(make, site):
    url = site.add(1)
    held = make().fetch(1, url, FULL)
    other = Renditions(InProcess(site), etag_key=b"o" * 32, limit_bytes=1 << 20)
    ours, theirs = held.variants[FULL], other.fetch(1, url, FULL).variants[FULL]
    assert ours.unpack() == theirs.unpack()
    assert ours.write_etag(PLAIN) != theirs.write_etag(PLAIN)


def test_the_longest_unread_go_first(make, site):
    urls = [site.add(number) for number in range(1, 5)]
    site.more_body = random.Random(1).randbytes(2_500).hex()
    pages = make(limit_bytes=18_000 + 3 * BESIDE)
    held = [pages.fetch(number, urls[number - 1], FULL) for number in (1, 2, 3)]
    assert pages.size <= 18_000 + 3 * BESIDE
    held[0].used_at = time.time() + 1
    pages.fetch(4, urls[3], FULL)
    assert [pages.find(number) is not None for number in (1, 2, 3, 4)] == [
        True,
        False,
        True,
        True,
    ]
    assert pages.size == sum(pages.find(number).size for number in (1, 3, 4))


def test_one_page_larger_than_the_bound_is_still_served(make, site):
    url = site.add(1)
    site.more_body = "x" * 10_000
    pages = make(limit_bytes=100)
    assert pages.fetch(1, url, FULL).variants[FULL].size > 100
    assert pages.find(1) is not None


def test_a_purge_forgets_one_story_or_all(make, site):
    pages = make()
    for number in (1, 2, 3):
        pages.fetch(number, site.add(number), FULL)
    pages.purge(["story:2", "story:99", "front:home"])
    assert [pages.find(number) is not None for number in (1, 2, 3)] == [True, False, True]
    pages.purge(["all"])
    assert pages.find(1) is pages.find(3) is pages.find_by_path("/city/story-1/") is None
    assert pages.size == 0


def test_what_was_fetched_while_a_purge_came_is_served_once_and_not_held(make, site):
    url = site.add(1)
    pages = make()

    def purge_meanwhile():
        site.before_answer = lambda: None
        pages.purge(["story:1"])

    site.before_answer = purge_meanwhile
    fetched = pages.fetch(1, url, FULL)
    assert FULL in fetched.variants
    assert pages.find(1) is None
    assert pages.size == 0
    assert pages.fetch(1, url, FULL) is pages.find(1)


def test_a_variant_fetched_while_another_story_was_purged_joins_nothing(make, site):
    url = site.add(1)
    pages = make()
    held = pages.fetch(1, url, FULL)
    site.before_answer = lambda: pages.purge(["story:2"])
    assert pages.fetch(1, url, PREVIEW) is not held
    assert list(held.variants) == [FULL]
    assert pages.size == held.size


def test_a_new_version_replaces_the_old_with_all_its_variants(make, site):
    url = site.add(1)
    pages = make()
    pages.fetch(1, url, FULL)
    site.change(1, version=2, url="/city/new-slug-1/")
    fresh = pages.fetch(1, url, PREVIEW)
    assert list(fresh.variants) == [PREVIEW]
    assert pages.find_by_path(url) is None
    assert pages.find_by_path("/city/new-slug-1/") is fresh
    assert pages.size == fresh.size


def test_pages_are_made_anew_after_a_while(make, site):
    pages = make()
    made = pages.fetch(1, site.add(1), FULL).made_at
    pages.drop_stale(made + KEPT_SECONDS - 1)
    assert pages.find(1) is not None
    pages.drop_stale(made + KEPT_SECONDS + 1)
    assert pages.find(1) is None


def test_holding_a_variant_refuses_a_story_whose_access_changed(make, site):
    pages = make()
    held = pages.fetch(1, site.add(1), FULL)
    pages.hold(held, FULL)
    site.change(1, access="premium", version=2)
    with pytest.raises(StoryChanged):
        pages.hold(held, FULL_AD_FREE)


def test_holding_a_variant_fetches_it(make, site):
    pages = make()
    held = pages.fetch(1, site.add(1), FULL)
    pages.hold(held, FULL_AD_FREE)
    assert [request.advertising for request in site.renditions] == [True, False]


def test_an_address_without_a_story_is_not_ours(make):
    with pytest.raises(NoStory):
        make().fetch(9, "/city/nothing-9/", FULL)


def test_two_vary_headers_are_both_read(make, site):
    url = site.add(1)
    site.extra = [("Vary", "Cookie"), ("Vary", "Accept-Language")]
    with pytest.raises(RenditionRefused, match="varies by cookie"):
        make().fetch(1, url, FULL)
