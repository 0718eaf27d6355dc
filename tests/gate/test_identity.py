"""Who a request comes from: devices, passes, their first meeting, and what forgers get."""

from __future__ import annotations

import shutil
from datetime import timedelta

import pytest

from broadsheet.counters.contract import StoreUnavailable, Tally
from broadsheet.gate.identity import find_cookie
from broadsheet.protocol import keys
from broadsheet.protocol.device import Device, read_device, write_device
from broadsheet.protocol.reader_pass import CROWDED_SECONDS, PLACE_SECONDS, hash_session
from broadsheet.protocol.snapshot import RevokedSession

pytestmark = pytest.mark.pure

ALL = ("premium", "unlimited", "ad-free")
DEVICE_KEY = keys.derive_key("a secret", keys.DEVICE)


def device_of(reader) -> Device:
    return read_device(DEVICE_KEY, reader.jar["bs_device"], 20_779)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("", ""),
        ("bs_device=a", "a"),
        ("x=1; bs_device=a; y=2", "a"),
        ("x=1;bs_device=a;y=2", "a"),
        ("__Host-bs_device=h; bs_device=a", "a"),
        ("xbs_device=h", ""),
        ("bs_device=", ""),
        ("bs_device=a; bs_device=b", "a"),
    ],
)
def test_a_cookie_is_found_by_its_whole_name(header, value):
    assert find_cookie(header, "bs_device=") == value


@pytest.mark.parametrize(
    "forged",
    [
        "x",
        "1" + "0" * 77,
        write_device(keys.derive_key("another secret", keys.DEVICE), Device("ab" * 16, 20_779)),
        write_device(DEVICE_KEY, Device("ab" * 16, 20_779 - 401)),
        "é" * 78,
        "9" * 5000,
    ],
    ids=["short", "unsigned", "other key", "too old", "not ascii", "long"],
)
def test_a_forged_or_old_cookie_makes_a_new_anonymous_reader(paper, forged):
    reader = paper.browser(bs_device=forged)
    page = reader.get(paper.site.add(1))
    assert page.verdict == "full; reason=within-allowance; used=1; limit=5"
    assert reader.jar["bs_device"] != forged
    assert device_of(reader) is not None


def test_an_oversized_header_is_no_header(paper):
    reader = paper.browser()
    reader.get(paper.site.add(1))
    known = reader.jar["bs_device"]
    big = paper.browser(x="9" * 9000, bs_device=known)
    assert big.get(paper.site.add(3)).verdict.endswith("used=1; limit=5")
    assert big.jar["bs_device"] != known


def test_a_pass_is_asked_for_once_in_five_minutes(paper):
    paper.site.sign_in("s", 7, "subscriber", ALL)
    reader = paper.browser(bs_session="s")
    url = paper.site.add(1, "premium")
    for _ in range(3):
        assert reader.get(url).verdict == "full; reason=entitled"
    assert paper.site.passes == 1
    paper.now += timedelta(seconds=300)
    assert reader.get(url).verdict == "full; reason=entitled"
    assert paper.site.passes == 2


def test_a_subscriber_is_neither_counted_nor_stopped(paper):
    paper.site.sign_in("s", 7, "subscriber", ALL)
    reader = paper.browser(bs_session="s")
    urls = paper.add_stories(9)
    assert {reader.get(url).verdict for url in urls} == {"full; reason=entitled"}
    assert paper.store.list_reads(Tally("2026-11"), "r7") == ()


def test_an_ad_free_reader_gets_the_variant_without_advertising(paper):
    url = paper.site.add(1, "free")
    paper.browser().get(url)
    paper.site.sign_in("s", 7, "subscriber", ALL)
    paper.browser(bs_session="s").get(url)
    assert [asked.advertising for asked in paper.site.renditions] == [True, False]


@pytest.mark.parametrize(
    ("kind", "benefits", "access", "verdict"),
    [
        ("registered", (), "registered", "full; reason=registered"),
        ("registered", (), "premium", "preview; reason=premium-needed"),
        ("subscriber", ("unlimited",), "premium", "preview; reason=premium-needed"),
        ("subscriber", ("unlimited",), "registered", "full; reason=entitled"),
        ("subscriber", ("premium",), "premium", "full; reason=entitled"),
        ("subscriber", (), "metered", "full; reason=within-allowance; used=1; limit=8"),
    ],
)
def test_benefits_decide(paper, kind, benefits, access, verdict):
    paper.site.sign_in("s", 7, kind, benefits)
    page = paper.browser(bs_session="s").get(paper.site.add(1, access))
    assert page.verdict == verdict


def test_a_pass_is_worth_nothing_without_its_session(paper):
    paper.site.sign_in("s", 7, "subscriber", ALL)
    reader = paper.browser(bs_session="s")
    url = paper.site.add(1, "premium")
    reader.get(url)
    stolen = reader.jar["bs_pass"]
    alone = paper.browser(bs_pass=stolen)
    assert alone.get(url).verdict == "preview; reason=premium-needed"
    beside_another = paper.browser(bs_pass=stolen, bs_session="other")
    assert beside_another.get(url).verdict == "preview; reason=premium-needed"


def test_a_session_of_nobody_is_asked_about_once(paper):
    reader = paper.browser(bs_session="gone")
    for url in paper.add_stories(3):
        reader.get(url)
    assert paper.site.passes == 1
    assert reader.get(paper.site.add(9)).verdict.endswith("used=4; limit=5")


def test_a_session_that_cannot_be_asked_about_is_nobodys_for_now(paper, caplog):
    url = paper.site.add(1, "premium")
    paper.browser().get(url)
    paper.site.sign_in("s", 7, "subscriber", ALL)
    reader = paper.browser(bs_session="s")
    paper.site.fails = True
    assert reader.get(url).status == 200
    assert "bs_pass" not in reader.jar
    paper.site.fails = False
    assert reader.get(url).verdict == "full; reason=entitled"
    assert ["answered 500" in record.message for record in caplog.records] == [True]


def test_an_unreadable_answer_makes_no_pass(paper, caplog):
    paper.site.sessions["s"] = {"reader": 7, "kind": "king"}
    reader = paper.browser(bs_session="s")
    assert reader.get(paper.site.add(1)).verdict.endswith("limit=5")
    assert "bs_pass" not in reader.jar
    assert len(caplog.records) == 1


def test_signing_in_carries_five_over_and_gives_up_to_eight(paper):
    urls = paper.add_stories(10)
    reader = paper.browser()
    for url in urls[:6]:
        reader.get(url)
    paper.site.sign_in("s", 7)
    reader.jar["bs_session"] = "s"
    verdicts = [reader.get(url).verdict for url in urls[5:9]]
    assert verdicts == [
        "full; reason=within-allowance; used=6; limit=8",
        "full; reason=within-allowance; used=7; limit=8",
        "full; reason=within-allowance; used=8; limit=8",
        "preview; reason=allowance-spent; used=8; limit=8",
    ]
    assert reader.get(urls[0]).verdict == "full; reason=already-read; used=8; limit=8"


def test_the_device_gets_a_fresh_id_once(paper):
    urls = paper.add_stories(3)
    reader = paper.browser()
    reader.get(urls[0])
    before = device_of(reader)
    paper.site.sign_in("s", 7)
    reader.jar["bs_session"] = "s"
    reader.get(urls[1])
    after = device_of(reader)
    assert after.id != before.id
    page = reader.get(urls[2])
    assert device_of(reader) == after
    assert not any(line.startswith("bs_device") for line in page.cookies)


def test_signing_out_wins_nothing(paper):
    urls = paper.add_stories(9)
    reader = paper.browser()
    for url in urls[:3]:
        reader.get(url)
    paper.site.sign_in("s", 7)
    reader.jar["bs_session"] = "s"
    for url in urls[3:6]:
        reader.get(url)
    del reader.jar["bs_session"], reader.jar["bs_pass"]
    assert reader.get(urls[6]).verdict == "preview; reason=allowance-spent; used=6; limit=5"
    assert reader.get(urls[5]).verdict == "full; reason=already-read; used=6; limit=5"


def test_a_kept_copy_of_the_old_cookie_wins_nothing(paper):
    urls = paper.add_stories(9)
    reader = paper.browser()
    for url in urls[:5]:
        reader.get(url)
    copy = paper.browser(**reader.jar)
    paper.site.sign_in("s", 7)
    reader.jar["bs_session"] = "s"
    reader.get(urls[5])
    assert copy.get(urls[6]).verdict == "preview; reason=allowance-spent; used=5; limit=5"


def test_two_devices_of_one_reader_share_the_count(paper):
    urls = paper.add_stories(9)
    paper.site.sign_in("a", 7)
    paper.site.sign_in("b", 7)
    phone, desk = paper.browser(), paper.browser()
    for url in urls[:2]:
        phone.get(url)
    for url in urls[2:5]:
        desk.get(url)
    phone.jar["bs_session"], desk.jar["bs_session"] = "a", "b"
    assert phone.get(urls[0]).verdict == "full; reason=already-read; used=2; limit=8"
    assert desk.get(urls[0]).verdict == "full; reason=already-read; used=5; limit=8"
    assert phone.get(urls[5]).verdict == "full; reason=within-allowance; used=6; limit=8"


def test_requests_at_once_after_signing_in_unite_once(paper, at_once):
    urls = paper.add_stories(20)
    reader = paper.browser()
    for url in urls[:5]:
        reader.get(url)
    paper.site.sign_in("s", 7)
    jar = {**reader.jar, "bs_session": "s"}
    browsers = [paper.browser(**jar) for _ in range(10)]
    pages = at_once(lambda n: browsers[n].get(urls[5 + n]), range(10))
    assert sum(page.verdict.startswith("full") for page in pages) == 3
    assert len({device_of(browser).id for browser in browsers}) == 1
    assert len(paper.store.list_reads(Tally("2026-11"), "r7")) == 8


def test_a_new_sign_in_on_the_same_device_unites_again(paper):
    urls = paper.add_stories(9)
    paper.site.sign_in("first", 7)
    reader = paper.browser(bs_session="first")
    reader.get(urls[0])
    del reader.jar["bs_session"], reader.jar["bs_pass"]
    reader.get(urls[1])
    paper.site.sign_in("second", 7)
    reader.jar["bs_session"] = "second"
    assert reader.get(urls[2]).verdict == "full; reason=within-allowance; used=3; limit=8"


def test_a_meeting_the_store_could_not_keep_is_kept_later(paper, monkeypatch):
    urls = paper.add_stories(4)
    reader = paper.browser()
    for url in urls[:2]:
        reader.get(url)
    before = device_of(reader)
    paper.site.sign_in("s", 7)
    reader.jar["bs_session"] = "s"

    def fail(*_args, **_options):
        raise StoreUnavailable("no disk")

    with monkeypatch.context() as patch:
        patch.setattr(paper.store, "unite", fail)
        reader.get(urls[2])
    assert device_of(reader) == before
    assert reader.get(urls[3]).verdict == "full; reason=within-allowance; used=4; limit=8"
    assert device_of(reader).id != before.id


def test_a_revoked_sessions_pass_counts_no_more(paper):
    paper.site.sign_in("s", 7, "subscriber", ALL)
    reader = paper.browser(bs_session="s")
    url = paper.site.add(1, "premium")
    reader.get(url)
    until = paper.now + timedelta(minutes=6)
    paper.publish(revoked=(RevokedSession(hash_session("s"), until),))
    paper.gate.feed.poll()
    assert reader.get(url).verdict == "preview; reason=premium-needed"


def test_the_shown_cookie_says_what_is_left_and_who_reads(paper):
    urls = paper.add_stories(3)
    free = paper.site.add(9, "free")
    reader = paper.browser()
    assert reader.get(free).cookies[1:] == []
    reader.get(urls[0])
    assert reader.jar["bs_shown"] == "1.5.2026-12-01.anonymous"
    reader.get(free)
    assert reader.jar["bs_shown"] == "1.5.2026-12-01.anonymous"
    paper.site.sign_in("s", 7)
    reader.jar["bs_session"] = "s"
    reader.get(urls[1])
    assert reader.jar["bs_shown"] == "2.8.2026-12-01.registered"
    paper.site.sign_in("s", 7, "subscriber", ALL)
    del reader.jar["bs_pass"]
    reader.get(urls[2])
    assert reader.jar["bs_shown"] == "0.0.2026-12-01.subscriber"


def test_a_readers_page_carries_who_reads(paper):
    paper.site.sign_in("s", 7)
    reader = paper.browser(bs_session="s")
    reader.get("/")
    assert reader.jar["bs_shown"] == "0.0.2026-12-01.registered"
    assert {"bs_pass", "bs_device"} <= set(reader.jar)
    reader.jar = {"bs_shown": reader.jar["bs_shown"], "bs_device": reader.jar["bs_device"]}
    reader.get("/")
    assert reader.jar["bs_shown"] == "0.0.2026-12-01.anonymous"
    assert reader.get("/").cookies == []


def test_the_first_page_after_signing_in_already_unites(paper):
    reader = paper.browser()
    for url in paper.add_stories(3):
        reader.get(url)
    paper.site.sign_in("s", 7)
    reader.jar["bs_session"] = "s"
    reader.get("/account/meter/")
    assert len(paper.store.list_reads(Tally("2026-11"), "r7")) == 3


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/desk/", []),
        ("/", [("Content-Type", "application/json")]),
        ("/", [("Content-Type", "text/html"), ("Cache-Control", "public, max-age=60")]),
        ("/", [("Content-Type", "text/html"), ("Cache-Control", "s-maxage=60")]),
        ("/", [("Content-Type", "text/html"), ("Set-Cookie", "bs_session=new; Path=/")]),
        ("/", [("Content-Type", "text/html"), ("Set-Cookie", "__Host-bs_pass=; Max-Age=0")]),
    ],
    ids=["desk", "no page", "public", "shared", "signing in", "forgetting the pass"],
)
def test_other_answers_carry_nothing_of_ours(paper, path, headers):
    paper.site.page_headers = headers or paper.site.page_headers
    page = paper.browser().get(path)
    assert not any(line.startswith("bs_device") for line in page.cookies)


def test_another_cookie_of_the_site_does_no_harm(paper):
    paper.site.extra = [("Set-Cookie", "bs_csrf=x")]
    page = paper.browser().get("/")
    assert [line.partition("=")[0] for line in page.cookies] == ["bs_csrf", "bs_device"]


@pytest.fixture
def two_places(paper):
    """A paper that lets one account be in use in two places at once."""
    paper.publish(readers_at_once=2)
    paper.gate.feed.poll()
    return paper


def signed_in(paper, *cookies, reader=7, benefits=ALL):
    for cookie in cookies:
        paper.site.sign_in(cookie, reader, "subscriber" if benefits else "registered", benefits)
    return [paper.browser(bs_session=cookie) for cookie in cookies]


@pytest.mark.parametrize("access", ["metered", "premium"])
def test_an_account_in_use_in_too_many_places_holds_its_benefits_back(two_places, access):
    url = two_places.site.add(1, access)
    verdicts = [reader.get(url).verdict for reader in signed_in(two_places, "a", "b", "c")]
    stopped = "preview; reason=too-many-at-once"
    assert verdicts == ["full; reason=entitled"] * 2 + [stopped]
    assert two_places.store.list_reads(Tally("2026-11"), "r7") == ()


def test_what_no_benefit_opens_stays_open(two_places):
    readers = signed_in(two_places, "a", "b", "c")
    registered, free = two_places.site.add(1, "registered"), two_places.site.add(2, "free")
    for reader in readers:
        reader.get(registered)
    assert readers[2].get(registered).verdict == "full; reason=registered"
    assert readers[2].get(free).verdict == "full; reason=free"


def test_a_place_that_goes_quiet_is_free_again_within_ten_minutes(two_places):
    url = two_places.site.add(1, "premium")
    a, b, c = signed_in(two_places, "a", "b", "c")
    for reader in (a, b, c):
        reader.get(url)
    two_places.now += timedelta(seconds=300)
    assert a.get(url).verdict == "full; reason=entitled"
    two_places.now += timedelta(seconds=PLACE_SECONDS - 301)
    assert c.get(url).verdict == "preview; reason=too-many-at-once"
    two_places.now += timedelta(seconds=CROWDED_SECONDS)
    assert c.get(url).verdict == "full; reason=entitled"
    assert b.get(url).verdict == "preview; reason=too-many-at-once"
    assert PLACE_SECONDS + CROWDED_SECONDS == 600


def test_a_pass_held_back_is_asked_about_each_minute_and_no_more_often(two_places):
    url = two_places.site.add(1, "premium")
    *_, c = signed_in(two_places, "a", "b", "c")
    for reader in (*_, c):
        reader.get(url)
    asked = two_places.site.passes
    two_places.now += timedelta(seconds=CROWDED_SECONDS - 1)
    page = c.get(url)
    assert (page.verdict, page.cookies) == ("preview; reason=too-many-at-once", [])
    assert two_places.site.passes == asked
    two_places.now += timedelta(seconds=1)
    [renewed] = [line for line in c.get(url).cookies if line.startswith("bs_pass")]
    assert f"; Max-Age={CROWDED_SECONDS};" in renewed
    assert two_places.site.passes == asked + 1


@pytest.mark.parametrize("benefits", [(), ALL], ids=["no benefits", "no limit"])
def test_nobody_is_held_back_without_benefits_or_limit(paper, benefits):
    paper.publish(readers_at_once=0 if benefits else 2)
    paper.gate.feed.poll()
    url = paper.site.add(1, "registered")
    readers = signed_in(paper, "a", "b", "c", "d", benefits=benefits)
    assert {reader.get(url).verdict.partition(";")[0] for reader in readers} == {"full"}


def test_accounts_do_not_crowd_one_another(two_places):
    url = two_places.site.add(1, "premium")
    readers = [*signed_in(two_places, "a", "b"), *signed_in(two_places, "c", "d", reader=8)]
    assert {reader.get(url).verdict for reader in readers} == {"full; reason=entitled"}


def test_while_the_store_fails_everybody_has_a_place(two_places):
    url = two_places.site.add(1, "premium")
    two_places.browser().get(url)
    two_places.store.close()
    shutil.rmtree(two_places.home / "reads", ignore_errors=True)
    (two_places.home / "reads").write_text("in the way")
    readers = signed_in(two_places, "a", "b", "c")
    assert {reader.get(url).verdict for reader in readers} == {"full; reason=entitled"}
