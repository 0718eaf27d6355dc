"""Crawlers are known by address: from a published list, or by a name that leads there and back."""

from __future__ import annotations

import json
import socket
import threading
import time
from ipaddress import ip_address

import pytest

from broadsheet.gate import crawlers as module
from broadsheet.gate.crawlers import (
    GOOGLEBOT,
    STRANGER_SECONDS,
    UNSURE_SECONDS,
    VERIFIED_SECONDS,
    WAITING,
    CannotLookUp,
    Crawlers,
    SystemResolver,
    is_by_name,
)

pytestmark = pytest.mark.pure

AGENT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
REAL, STRANGER = "192.0.2.66", "203.0.113.9"
NAME = "crawl-192-0-2-66.googlebot.com"


class Names:
    """A resolver over two tables that counts, fails and waits when told to."""

    def __init__(self, names=None, addresses=None):
        self.names = {REAL: (NAME,)} if names is None else names
        self.addresses = {NAME: frozenset({REAL})} if addresses is None else addresses
        self.asked = []
        self.fails = False
        self.open = threading.Event()
        self.open.set()

    def find_names(self, address):
        assert self.open.wait(10)
        self.asked.append(address)
        if self.fails:
            raise CannotLookUp("no answer")
        return self.names.get(address, ())

    def find_addresses(self, name):
        return self.addresses.get(name, frozenset())


class House:
    """Crawlers with hands on folder, names and clock."""

    def __init__(self, folder):
        self.folder = folder
        self.names = Names()
        self.now = 0.0
        self.crawlers = Crawlers(folder, resolver=self.names, clock=lambda: self.now)

    def asks(self, address=REAL):
        return self.crawlers.is_verified(GOOGLEBOT, address and ip_address(address))

    def until(self, wanted, address=REAL):
        """Ask until the background has found out."""
        deadline = time.monotonic() + 10
        while self.asks(address) is not wanted:
            assert time.monotonic() < deadline
            time.sleep(0.002)

    def settle(self, looked_up):
        """Wait until so many addresses were looked up and noted."""
        deadline = time.monotonic() + 10
        while len(self.names.asked) < looked_up or not self.crawlers._asked.empty():
            assert time.monotonic() < deadline
            time.sleep(0.002)
        self.crawlers.stop()

    def list(self, *prefixes):
        rows = [{"ipv6Prefix" if ":" in p else "ipv4Prefix": p} for p in prefixes]
        (self.folder / "googlebot.json").write_text(json.dumps({"prefixes": rows}))


@pytest.fixture
def house(tmp_path):
    house = House(tmp_path)
    yield house
    house.crawlers.stop()


TABLET = AGENT.replace(
    "Mozilla/5.0 (", "Mozilla/5.0 (Linux; Android 6.0.1) Chrome/130.0.0.0 Mobile ("
)
DESKTOP = AGENT.replace("(", "AppleWebKit/537.36 (KHTML, like Gecko; ") + " Chrome/130.0.0.0"
SHORT = "Googlebot/2.1 (+http://www.google.com/bot.html)"


@pytest.mark.parametrize("agent", [AGENT, TABLET, DESKTOP, SHORT])
def test_googlebot_says_so(agent):
    assert GOOGLEBOT.is_claimed(agent)


@pytest.mark.parametrize(
    "agent",
    [
        "",
        "Mozilla/5.0 (X11; Linux x86_64) Chrome/130.0.0.0",
        "Googlebot-Image/1.0",
        "Googlebot-Video/1.0",
        "Googlebot-News",
        "Googlebot",
        "googlebot/2.1",
        "NotGooglebot/2.1",
        "Mozilla/5.0 (compatible; Google-InspectionTool/1.0;)",
        f"{AGENT} Google-InspectionTool/1.0",
        "Mozilla/5.0 (compatible; GoogleOther)",
        "Google-Extended",
        f"{AGENT} (compatible; GoogleOther)",
        "FeedFetcher-Google; (+http://www.google.com/feedfetcher.html)",
        "AdsBot-Google (+http://www.google.com/adsbot.html)",
        "Mozilla/5.0 (Linux) Chrome-Lighthouse Googlebot/2.1",
        f"{AGENT} Google Web Preview",
        "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
        AGENT + "x" * 500,
    ],
)
def test_others_of_the_same_owner_do_not(agent):
    assert not GOOGLEBOT.is_claimed(agent)


def test_a_list_verifies_whoever_is_on_it_at_once_and_no_name_is_looked_up(house):
    house.list("192.0.2.64/27", "2001:db8:10::/64")
    assert house.asks()
    assert house.asks("2001:db8:10::1")
    assert not house.asks(STRANGER)
    assert not house.asks(None)
    assert house.names.asked == []


def test_a_list_that_is_replaced_is_read_anew(house):
    house.list("192.0.2.64/27")
    assert house.asks()
    house.list("198.51.100.0/24", "2001:db8:10::/64")
    assert not house.asks()
    assert house.asks("198.51.100.9")


def test_a_list_that_cannot_be_read_verifies_nobody(house, caplog):
    (house.folder / "googlebot.json").write_text("<html>")
    assert [house.asks() for _ in range(3)] == [False, False, False]
    assert ["nobody is verified" in record.message for record in caplog.records] == [True]
    assert house.names.asked == []


def test_without_a_list_a_name_is_looked_up_once_and_the_first_request_is_anybodys(house):
    assert not house.asks()
    house.until(True)
    assert house.asks()
    assert house.names.asked == [REAL]
    house.now += VERIFIED_SECONDS
    assert house.asks(), "who was verified stays so while looked up again"
    house.settle(2)
    assert house.names.asked == [REAL, REAL]


def test_a_stranger_stays_one_for_an_hour(house):
    assert not house.asks(STRANGER)
    house.settle(1)
    house.now += STRANGER_SECONDS - 1
    assert not house.asks(STRANGER)
    assert house.names.asked == [STRANGER]
    house.now += 1
    assert not house.asks(STRANGER)
    house.settle(2)


def test_while_names_cannot_be_had_nobody_is_verified_and_it_is_told_once(house, caplog):
    house.names.fails = True
    assert not house.asks()
    house.settle(1)
    assert not house.asks()
    house.now += UNSURE_SECONDS
    assert not house.asks()
    house.settle(2)
    assert ["they are strangers" in record.message for record in caplog.records] == [True]
    assert REAL not in caplog.text
    house.names.fails = False
    house.now += UNSURE_SECONDS
    house.until(True)


def test_who_waits_and_what_is_remembered_is_bounded(house, monkeypatch):
    monkeypatch.setattr(module, "HELD", 40)
    house.names.open.clear()
    for last in range(1, 255):
        for third in (1, 2):
            assert not house.asks(f"198.51.{third}.{last}")
    assert house.crawlers._asked.qsize() in {WAITING, WAITING - 1}
    assert len(house.crawlers._known) == 40
    house.names.open.set()
    house.settle(WAITING - 1)
    assert len(house.crawlers._known) == 40


def test_stopping_leaves_a_lookup_that_hangs_behind(house, monkeypatch):
    monkeypatch.setattr(module, "STOP_SECONDS", 0.01)
    house.crawlers.stop()
    house.names.open.clear()
    house.asks()
    house.asks(STRANGER)
    house.crawlers.stop()
    house.names.open.set()


@pytest.mark.parametrize(
    ("names", "addresses", "verified"),
    [
        ((NAME,), {NAME: {REAL}}, True),
        ((NAME.upper() + ".",), {NAME: {REAL}}, True),
        (("other.example", NAME), {NAME: {"192.0.2.67", REAL}}, True),
        ((NAME,), {NAME: {STRANGER}}, False),
        ((NAME,), {}, False),
        ((), {}, False),
        (("rate-limited-proxy-66-249.google.com",), {}, False),
        (("66-249-66-1.gae.googleusercontent.com",), {}, False),
        (("crawl.googlebot.com.evil.example",), {}, False),
        (("evilgooglebot.com",), {}, False),
        (("googlebot.com",), {}, False),
        (("a.b", "c.d", "e.f", "g.h", NAME), {NAME: {REAL}}, False),
    ],
)
def test_a_name_must_be_the_owners_and_lead_back(names, addresses, verified):
    known = {name: frozenset({REAL}) for name in names}
    known |= {NAME: frozenset()} | {name: frozenset(found) for name, found in addresses.items()}
    assert is_by_name(GOOGLEBOT, REAL, Names({REAL: names}, known)) is verified


def test_an_address_is_compared_and_not_its_spelling():
    names = Names({"2001:db8::1": (NAME,)}, {NAME: frozenset({"2001:DB8:0::1"})})
    assert is_by_name(GOOGLEBOT, "2001:db8::1", names)


@pytest.mark.parametrize(
    "error",
    [socket.herror(1, "Unknown host"), socket.gaierror(socket.EAI_NONAME, "Name not known")],
)
def test_what_has_no_name_has_none(monkeypatch, error):
    def fail(*_args, **_options):
        raise error

    monkeypatch.setattr(socket, "gethostbyaddr", fail)
    monkeypatch.setattr(socket, "getaddrinfo", fail)
    assert SystemResolver().find_names(REAL) == ()
    assert SystemResolver().find_addresses(NAME) == frozenset()


@pytest.mark.parametrize(
    "error",
    [socket.herror(2, "Try again"), socket.gaierror(socket.EAI_AGAIN, "Try again"), OSError(5)],
)
def test_a_resolver_that_fails_says_so(monkeypatch, error):
    def fail(*_args, **_options):
        raise error

    monkeypatch.setattr(socket, "gethostbyaddr", fail)
    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(CannotLookUp):
        SystemResolver().find_names(REAL)
    with pytest.raises(CannotLookUp):
        SystemResolver().find_addresses(NAME)


def test_the_machine_is_asked(monkeypatch):
    monkeypatch.setattr(socket, "gethostbyaddr", lambda _: (NAME, ["alias.example"], [REAL]))
    row = (socket.AF_INET, socket.SOCK_STREAM, 6, "", (REAL, 0))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [row, row])
    assert SystemResolver().find_names(REAL) == (NAME, "alias.example")
    assert SystemResolver().find_addresses(NAME) == frozenset({REAL})


def test_a_name_that_cannot_be_written_leads_nowhere():
    assert SystemResolver().find_addresses("x" * 70 + ".googlebot.com") == frozenset()
