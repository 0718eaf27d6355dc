"""What an organisation's licence opens to whoever is not of it: nothing.

Rows 16 and 33.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from tests.factories.attacker import ask, find_leaks, locked_of
from tests.factories.clocked import serve_clocked

pytestmark = pytest.mark.journey
NOON = datetime(datetime.now(UTC).year + 1, 12, 10, 6, 30, tzinfo=UTC)
CAMPUS = "198.18.7.9"
SHUT = "preview; reason=premium-needed"
OPEN = "full; reason=licensed-network"
LICENSE = """
from datetime import timedelta
from broadsheet.apps.licences.actions import Terms, create_licence
from broadsheet.apps.licences.actions.place import put_ranges
at = now()
licence = create_licence(
    organisation="Kadalpur University", contact="", actor="test", now=at,
    terms=Terms(
        seats=0, starts_on=at.date() - timedelta(days=2), ends_on=at.date() + timedelta(days=800),
        benefits=frozenset({"premium", "unlimited"}), remember_days=30,
    ),
)
put_ranges(code=licence.code, text="198.18.7.0/24", actor="test", now=at)
"""
SAYERS = (
    "X-Forwarded-For",
    "Forwarded",
    "X-Real-IP",
    "X-Client-IP",
    "True-Client-IP",
    "CF-Connecting-IP",
    "X-Forwarded-Host",
)


@contextmanager
def serve_behind(proxy, lantern, folder):
    with serve_clocked(
        lantern.home, folder, NOON, plant={"BROADSHEET_TRUSTED_PROXIES": proxy}, deeds=LICENSE
    ) as served:
        yield served


@pytest.fixture(scope="module")
def house(lantern, tmp_path_factory):
    """A newspaper with a licensed network, behind its proxy."""
    with serve_behind("127.0.0.1", lantern, tmp_path_factory.mktemp("licensed")) as served:
        yield served


@pytest.fixture(scope="module")
def unproxied(lantern, tmp_path_factory):
    """The same, reached past its proxy."""
    with serve_behind("10.0.0.1", lantern, tmp_path_factory.mktemp("licensed-past")) as served:
        yield served


@pytest.fixture(scope="module")
def premium(by_access, subscriber):
    path = by_access["premium"][0]
    return path, locked_of(subscriber.get(path).text)


def cookies_of(answer):
    return re.findall(r"^set-cookie: ([^;\r\n]+)", answer.text, re.MULTILINE | re.IGNORECASE)


def test_a_forged_address_is_on_no_campus(unproxied, premium):
    path, locked = premium
    for name in SAYERS:
        for said in (CAMPUS, f"for={CAMPUS}", f"{CAMPUS}, 10.0.0.1", f"::ffff:{CAMPUS}"):
            answer = ask(unproxied.address, "GET", path, (name, said))
            assert (answer.status, answer.verdict) == (200, SHUT), (name, said)
            assert find_leaks(answer.text, locked) == []


def test_what_a_client_wrote_before_its_proxy_is_not_read(house, premium):
    path, locked = premium
    assert ask(house.address, "GET", path, ("X-Forwarded-For", CAMPUS)).verdict == OPEN
    for said in (f"{CAMPUS}, 198.51.100.7", f"{CAMPUS}, {CAMPUS}, 198.51.100.7", "198.18.8.1"):
        answer = ask(house.address, "GET", path, ("X-Forwarded-For", said))
        assert answer.verdict == SHUT, said
        assert find_leaks(answer.text, locked) == []


def test_a_mark_of_ones_own_making_is_none(house, premium):
    path, locked = premium
    far = ("X-Forwarded-For", "198.51.100.7")
    on_campus = ask(house.address, "GET", path, ("X-Forwarded-For", CAMPUS))
    cookies = cookies_of(on_campus)
    own = "; ".join(cookies)
    assert ask(house.address, "GET", path, far, ("Cookie", own)).verdict == (
        "full; reason=licensed-device"
    )
    [mark] = [one for one in cookies if one.startswith("bs_licence=")]
    [device] = [one for one in cookies if one.startswith("bs_device=")]
    stranger = ask(house.address, "GET", "/", far)
    [other] = [one for one in cookies_of(stranger) if one.startswith("bs_device=")]
    for forged in (
        mark,
        f"{other}; {mark}",
        f"{device}; bs_licence=1.c-1-0-{int(NOON.timestamp())}.{'0' * 32}",
        f"{device}; {mark[:-1]}{'0' if mark[-1] != '0' else '1'}",
        f"{device}; {mark.replace('c-', 'd-', 1)}",
    ):
        answer = ask(house.address, "GET", path, far, ("Cookie", forged))
        assert answer.verdict == SHUT, forged
        assert find_leaks(answer.text, locked) == []
