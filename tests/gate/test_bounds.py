"""A million distinct devices in an hour: what the gate holds stays what it was."""

from __future__ import annotations

import dataclasses
import gc
import json
import re
import secrets
from datetime import timedelta
from pathlib import Path
from types import FunctionType, ModuleType

import pytest

from broadsheet.domain.meter import PolicyKind, WindowKind
from broadsheet.domain.policy_scope import Scope
from broadsheet.gate import answers, identity, renditions, spool
from broadsheet.protocol import keys
from broadsheet.protocol.device import Device, write_device
from broadsheet.protocol.proxies import parse_proxies

SMALL = 40
STATUS = Path("/proc/self/status")
KEY = keys.derive_key("a secret", keys.DEVICE)
COUNTRIES = [first + second for first in "ABCDEFGHIJ" for second in "ABCDEFGHIJ"]


def count_held(gate, *beyond):
    """How many objects hang on a gate, however deep, but for what is ``beyond`` it."""
    seen, waiting = {id(gate), *map(id, beyond)}, [gate]
    while waiting:
        for held in gc.get_referents(waiting.pop()):
            if id(held) not in seen and not isinstance(held, (type, ModuleType, FunctionType)):
                seen.add(id(held))
                waiting.append(held)
    return len(seen)


def come(paper, urls, number):
    """One more stranger: of a new network, without a cookie, with a fresh or a forged one."""
    device = Device(secrets.token_hex(16), 20_779, admitted=number % 2 == 0)
    jars = ({}, {"bs_device": write_device(KEY, device)}, {"bs_device": secrets.token_hex(39)})
    reader = paper.browser(**jars[number % 3])
    reader.address = "127.0.0.1"
    said = {
        "x_forwarded_for": f"203.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}",
        "cf_ipcountry": COUNTRIES[number % len(COUNTRIES)],
        "user_agent": f"Mozilla/5.0 (compatible; Googlebot/2.{number})",
    }
    if number % 7 == 0:
        reader.jar["bs_session"] = secrets.token_hex(16)
    return [reader.get(url, **said).status for url in urls]


@pytest.fixture
def busy(paper, monkeypatch):
    """A paper with one policy of each kind of window, whose gate may keep little."""
    for room, name in (
        (answers, "SPENT_HELD"),
        (answers, "READERS_HELD"),
        (identity, "HEADERS_HELD"),
        (spool, "NAMES_HELD"),
        (renditions, "READY_HELD"),
    ):
        monkeypatch.setattr(room, name, SMALL)
    [own] = paper.snapshot.policies
    own = dataclasses.replace(own, anonymous_allowance=1)
    rolling = dataclasses.replace(
        own,
        code="R7",
        kind=PolicyKind.METER,
        window=WindowKind.ROLLING_DAYS,
        days=7,
        priority=5,
        scope=Scope(countries=frozenset(COUNTRIES[::2])),
    )
    paper.publish(
        policies=(own, rolling),
        new_readers_per_network=9,
        crawlers_read_full="googlebot",
        readers_at_once=2,
    )
    (paper.home / "crawlers").mkdir()
    listed = {"prefixes": [{"ipv4Prefix": "192.0.2.0/24"}]}
    (paper.home / "crawlers" / "googlebot.json").write_text(json.dumps(listed))
    settings = dataclasses.replace(
        paper.settings, proxies=parse_proxies("127.0.0.1"), country_header="CF-IPCountry"
    )
    paper.gate = paper.open_gate(settings=settings)
    return paper


@pytest.mark.pure
def test_ever_new_devices_networks_and_countries_leave_the_gate_as_large_as_it_was(busy):
    urls = busy.add_stories(2)
    sizes = []
    for number in range(60 * SMALL):
        assert come(busy, urls, number) == [200, 200]
        busy.now += timedelta(milliseconds=10)
        if number % SMALL == 0:
            busy.gate._spool.flush()
            busy.site.seen.clear()
            busy.site.renditions.clear()
            sizes.append(count_held(busy.gate, busy.site))
    begun, later, last = sizes[:20], sizes[20:40], sizes[40:]
    assert max(last) <= max(later) * 1.02, (begun, later, last)
    assert busy.gate._identity._read_held.cache_info().currsize == SMALL
    assert len(busy.gate._period._of_reader) <= SMALL


@pytest.mark.slow
@pytest.mark.skipif(not STATUS.exists(), reason="memory is read as Linux tells it")
def test_a_million_devices_in_an_hour_cost_no_memory(paper):
    """With what the gate really keeps; a minute or two.

    Anonymous memory counts: the mapped pages of the store are the system's to take back.
    """
    urls = paper.add_stories(2)
    sizes = []
    for number in range(1_000_000):
        device = Device(secrets.token_hex(16), 20_779)
        reader = paper.browser(bs_device=write_device(KEY, device))
        assert reader.get(urls[number % 2], keep=False).status == 200
        paper.now += timedelta(milliseconds=3.6)
        if number % 100_000 == 99_999:
            paper.gate._spool.flush()
            sizes.append(int(re.search(r"RssAnon:\s+(\d+) kB", STATUS.read_text())[1]) >> 10)
    print("MB at each 100,000 devices:", sizes)
    assert sizes[-1] - sizes[1] <= 8
