"""Whoever comes from a licensed network reads by the licence; nobody else does."""

from __future__ import annotations

import dataclasses
import logging
from datetime import timedelta
from ipaddress import IPv4Address

import pytest

from broadsheet.domain.address_range import AddressRange, read_range
from broadsheet.domain.meter import Policy, Reader, Reason, decide
from broadsheet.domain.story import AccessClass
from broadsheet.protocol import keys
from broadsheet.protocol.cookies import LICENCE
from broadsheet.protocol.device import Device, read_device, write_device
from broadsheet.protocol.licences import (
    CAMPUS,
    DAY_PASS,
    DeviceMark,
    LicenceInForce,
    Licences,
    read_mark,
    write_mark,
)
from broadsheet.protocol.proxies import parse_proxies
from tests.gate.conftest import NOW

pytestmark = pytest.mark.pure
ON = "full; reason=licensed-network"
OFF = "full; reason=licensed-device"
READ = "full; reason=within-allowance; used=1; limit=5"
SHUT = "preview; reason=premium-needed"
CAMPUS_NET = "198.51.100.0/24"
INSIDE, OUTSIDE = "198.51.100.9", "192.0.2.7"
SECRET = "a secret"
DAY = 86_400


def licence(number=7, *, benefits=("unlimited", "premium"), days=0, since=0, ends=30):
    return LicenceInForce(
        number,
        frozenset(benefits),
        int((NOW - timedelta(days=10)).timestamp()),
        int((NOW + timedelta(days=ends)).timestamp()),
        remember_days=days,
        marks_since=since,
    )


def of(*licences, networks=(CAMPUS_NET,), closed=()):
    ranges = tuple((read_range(text), licences[0].id) for text in networks)
    return Licences(licences, ranges, frozenset(closed))


@pytest.fixture
def campus(paper):
    paper.license(of(licence()))
    return paper


def at(paper, address, **jar):
    browser = paper.browser(**jar)
    browser.address = address
    return browser


def mark_of(paper, browser):
    key = keys.derive_key(SECRET, keys.DEVICE)
    device = read_device(key, browser.jar["bs_device"], int(paper.now.timestamp() // DAY))
    return read_mark(keys.derive_key(SECRET, keys.LICENCE), browser.jar[LICENCE], device.id)


def give_mark(browser, mark, device_id="0" * 32):
    today = int(NOW.timestamp() // DAY)
    device = Device(device_id, today)
    browser.jar["bs_device"] = write_device(keys.derive_key(SECRET, keys.DEVICE), device)
    browser.jar[LICENCE] = write_mark(keys.derive_key(SECRET, keys.LICENCE), mark, device_id)


@pytest.mark.parametrize("access", ["metered", "premium", "registered"])
def test_on_campus_every_story_of_the_licence_is_whole(campus, access):
    url = campus.site.add(1, access)
    for number in range(8):
        page = at(campus, INSIDE).get(url)
        assert (number, page.verdict) == (number, ON)
    assert "The rest of story 1" in page.text


def test_a_free_story_stays_free_for_its_own_reason(campus):
    assert at(campus, INSIDE).get(campus.site.add(1, "free")).verdict == "full; reason=free"


def test_the_neighbouring_address_is_not_on_campus(campus):
    url = campus.site.add(1, "premium")
    for address in ("198.51.99.255", "198.51.101.0", OUTSIDE, "2001:db8::1", "", "no address"):
        assert at(campus, address).get(url).verdict == SHUT
    for address in ("198.51.100.0", "198.51.100.255", "::ffff:198.51.100.7"):
        assert at(campus, address).get(url).verdict == ON


def test_it_asks_no_store(campus):
    url = campus.site.add(1)
    store, campus.gate._store = campus.gate._store, None
    assert at(campus, INSIDE).get(url).verdict == ON
    campus.gate._store = store


def test_it_costs_no_read_of_the_allowance(campus):
    urls = campus.add_stories(3)
    browser = at(campus, INSIDE)
    for url in urls:
        assert browser.get(url).verdict == ON
    browser.address = OUTSIDE
    assert browser.get(urls[0]).verdict == READ


def test_a_licence_opens_what_it_holds_and_no_more(paper):
    paper.license(of(licence(benefits=("unlimited",))))
    metered, premium = paper.site.add(1), paper.site.add(2, "premium")
    assert at(paper, INSIDE).get(metered).verdict == ON
    assert at(paper, INSIDE).get(premium).verdict == SHUT


def test_it_holds_between_its_dates_and_at_no_other_instant(campus):
    url = campus.site.add(1, "premium")
    begins, ends = NOW - timedelta(days=10), NOW + timedelta(days=30)
    for instant, verdict in (
        (begins - timedelta(seconds=1), SHUT),
        (begins, ON),
        (ends - timedelta(seconds=1), ON),
        (ends, SHUT),
    ):
        campus.now = instant
        assert at(campus, INSIDE).get(url).verdict == verdict


def test_a_licence_taken_back_holds_no_more(campus):
    url = campus.site.add(1, "premium")
    browser = at(campus, INSIDE)
    assert browser.get(url).verdict == ON
    campus.license(Licences())
    assert browser.get(url).verdict == SHUT


def test_a_document_that_cannot_be_read_changes_nothing(campus, caplog):
    url = campus.site.add(1, "premium")
    (campus.home / "gate" / "licences.json").write_text('{"v":1}')
    with caplog.at_level(logging.ERROR):
        campus.gate.feed.poll()
    assert "the licences cannot be read" in caplog.text
    assert at(campus, INSIDE).get(url).verdict == ON


def test_a_header_of_ones_own_opens_nothing(campus):
    url = campus.site.add(1, "premium")
    for header in ("x_forwarded_for", "forwarded", "x_real_ip", "cf_connecting_ip"):
        said = f"for={INSIDE}" if header == "forwarded" else INSIDE
        assert at(campus, OUTSIDE).get(url, **{header: said}).verdict == SHUT


def behind_proxy(paper, **changes):
    paper.settings = dataclasses.replace(paper.settings, **changes)
    paper.gate.close()
    paper.gate = paper.open_gate()
    paper.license(of(licence()))
    return paper.site.add(1, "premium")


def test_a_trusted_proxy_is_believed_by_its_own_word_only(paper):
    url = behind_proxy(paper, proxies=parse_proxies("10.0.0.1"))
    proxied = at(paper, "10.0.0.1")
    assert proxied.get(url, x_forwarded_for=INSIDE).verdict == ON
    assert proxied.get(url, x_forwarded_for=f"{INSIDE}, {OUTSIDE}").verdict == SHUT
    assert proxied.get(url, x_forwarded_for=f"{OUTSIDE}, {INSIDE}").verdict == ON
    assert at(paper, OUTSIDE).get(url, x_forwarded_for=INSIDE).verdict == SHUT
    long = ", ".join([OUTSIDE] * 40)
    assert proxied.get(url, x_forwarded_for=f"{long}, {INSIDE}").verdict == ON
    assert proxied.get(url, x_forwarded_for=f"{INSIDE}, {long}").verdict == SHUT


def test_where_clients_cannot_be_told_apart_no_network_is_licensed(paper):
    url = behind_proxy(paper, origin="https://paper.test")
    assert at(paper, INSIDE).get(url).verdict == SHUT


def test_an_account_without_benefits_reads_by_the_licence_too(campus):
    url = campus.site.add(1, "premium")
    campus.site.sign_in("s1", 5)
    browser = at(campus, INSIDE, bs_session="s1")
    assert browser.get(url).verdict == ON
    browser.address = OUTSIDE
    assert browser.get(url).verdict == SHUT


def test_who_holds_it_already_reads_by_their_own(campus):
    url = campus.site.add(1, "premium")
    campus.site.sign_in("s1", 5, "subscriber", ("premium", "unlimited"))
    assert at(campus, INSIDE, bs_session="s1").get(url).verdict == "full; reason=entitled"


def test_the_events_say_by_which_licence(campus):
    metered, free = campus.site.add(1), campus.site.add(2, "free")
    at(campus, INSIDE).get(metered)
    at(campus, INSIDE).get(free)
    at(campus, OUTSIDE).get(metered)
    assert [(e["reason"], e.get("licence")) for e in campus.events()] == [
        ("licensed-network", 7),
        ("free", 7),
        ("within-allowance", None),
    ]


def test_a_seats_reader_is_noted_under_the_licence(paper):
    url = paper.site.add(1)
    paper.site.sign_in("s1", 5, "subscriber", ("unlimited",))
    paper.site.sessions["s1"]["licence"] = 9
    browser = at(paper, OUTSIDE, bs_session="s1")
    for _twice in range(2):
        assert browser.get(url).verdict == "full; reason=entitled"
    assert (paper.site.passes, [event["licence"] for event in paper.events()]) == (1, [9, 9])


def test_a_device_is_remembered_off_campus_so_many_days(paper):
    paper.license(of(licence(days=3)))
    url = paper.site.add(1, "premium")
    browser = at(paper, INSIDE)
    assert browser.get(url).verdict == ON
    assert mark_of(paper, browser) == DeviceMark(CAMPUS, 7, 0, int(NOW.timestamp()))
    browser.address = OUTSIDE
    for later, verdict in ((0, OFF), (3 * DAY - 1, OFF), (3 * DAY, SHUT)):
        paper.now = NOW + timedelta(seconds=later)
        assert browser.get(url).verdict == verdict
    assert [event.get("licence") for event in paper.events()] == [7, 7, 7, None]


def test_the_mark_is_made_anew_once_a_day_on_campus(paper):
    paper.license(of(licence(days=3)))
    browser = at(paper, INSIDE)
    browser.get("/")
    first = browser.jar[LICENCE]
    for later, is_new in ((DAY - 1, False), (DAY, True)):
        paper.now = NOW + timedelta(seconds=later)
        page = browser.get("/")
        assert any(line.startswith(LICENCE) for line in page.cookies) is is_new
    assert browser.jar[LICENCE] != first


def test_without_days_nothing_is_remembered(campus):
    browser = at(campus, INSIDE)
    browser.get(campus.site.add(1))
    assert LICENCE not in browser.jar


@pytest.mark.parametrize(
    "told",
    [
        of(licence(days=0)),
        of(licence(days=3, since=int(NOW.timestamp()) + 1)),
        of(licence(8, days=3)),
        Licences(),
    ],
    ids=["setting turned off", "marks called in", "another licence", "no licence"],
)
def test_a_mark_holds_only_while_its_licence_says_so(paper, told):
    url = paper.site.add(1, "premium")
    browser = at(paper, OUTSIDE)
    give_mark(browser, DeviceMark(CAMPUS, 7, 0, int(NOW.timestamp())))
    paper.license(of(licence(days=3)))
    assert browser.get(url).verdict == OFF
    paper.license(told)
    assert browser.get(url).verdict == SHUT


def test_a_copied_or_edited_mark_opens_nothing(paper):
    paper.license(of(licence(days=3), licence(8, days=3)))
    url = paper.site.add(1, "premium")
    mark = DeviceMark(CAMPUS, 7, 0, int(NOW.timestamp()))
    mine, other = at(paper, OUTSIDE), at(paper, OUTSIDE)
    give_mark(mine, mark)
    give_mark(other, mark, "1" * 32)
    other.jar[LICENCE] = mine.jar[LICENCE]
    assert (mine.get(url).verdict, other.get(url).verdict) == (OFF, SHUT)
    text = mine.jar[LICENCE]
    for edited in (text.replace("c-7", "c-8"), text[:-1], text + "0", "1.c-7-0-9.", "9" * 500):
        mine.jar[LICENCE] = edited
        assert mine.get(url).verdict == SHUT


def test_a_mark_goes_along_when_the_reader_signs_in(paper):
    paper.license(of(licence(days=3)))
    url = paper.site.add(1, "premium")
    paper.site.sign_in("s1", 5)
    browser = at(paper, OUTSIDE)
    give_mark(browser, DeviceMark(CAMPUS, 7, 0, int(NOW.timestamp())))
    before = browser.jar[LICENCE]
    browser.jar["bs_session"] = "s1"
    assert browser.get(url).verdict == OFF
    assert browser.jar[LICENCE] != before
    assert browser.get(url).verdict == OFF


def test_a_day_pass_ends_by_itself_and_with_its_poster(paper):
    paper.license(of(licence()))
    url = paper.site.add(1, "premium")
    ends = NOW + timedelta(hours=24)
    browser = at(paper, OUTSIDE)
    give_mark(browser, DeviceMark(DAY_PASS, 7, 3, int(ends.timestamp())))
    paper.now = ends - timedelta(seconds=1)
    assert browser.get(url).verdict == OFF
    paper.license(of(licence(), closed=[3]))
    assert browser.get(url).verdict == SHUT
    paper.license(of(licence()))
    paper.now = ends
    assert browser.get(url).verdict == SHUT


def test_of_ten_thousand_ranges_each_finds_its_own(paper):
    ranges = tuple(
        (AddressRange(4, base, base + 99), 1 + base % 5)
        for base in range(16 << 24, (16 << 24) + 10_000 * 256, 256)
    )
    told = Licences.decode(
        Licences(tuple(licence(number) for number in range(1, 6)), ranges).encode()
    )
    for one, number in ranges[::997]:
        for address, expected in ((one.first, number), (one.last, number), (one.last + 1, None)):
            found = told.find_by_address(IPv4Address(address))
            assert (found.id if found else None) == expected


def test_an_account_in_too_many_places_reads_on_campus():
    reader = Reader(benefits=frozenset({"premium"}), crowded=True, licensed=frozenset({"premium"}))
    policy = Policy("M5", 5, 8, NOW.tzinfo)
    verdict = decide(policy, AccessClass.PREMIUM, reader, None, NOW)
    assert verdict.reason is Reason.LICENSED_NETWORK


def test_who_reads_through_an_organisation_is_told_its_name(paper):
    told = LicenceInForce(7, frozenset({"unlimited"}), 0, 1 << 40, shown_as="Kadalpur%20University")
    paper.license(of(told))
    browser = at(paper, INSIDE)
    line = next(one for one in browser.get("/").cookies if one.startswith("bs_through="))
    assert line == "bs_through=Kadalpur%20University; Path=/; Max-Age=86400; SameSite=Lax"
    assert not any(one.startswith("bs_through=") for one in browser.get("/").cookies)
    browser.address = OUTSIDE
    line = next(one for one in browser.get("/").cookies if one.startswith("bs_through="))
    assert line == "bs_through=; Path=/; Max-Age=0; SameSite=Lax"
