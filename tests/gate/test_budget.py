"""So many new readers of one network a day; nothing of an address is kept."""

from __future__ import annotations

import re
from datetime import date
from ipaddress import ip_address

import lmdb
import pytest

from broadsheet.counters.embedded import EmbeddedStore
from broadsheet.gate.budget import Budget, cut_network

pytestmark = pytest.mark.pure

DAY = date(2026, 11, 22).toordinal()
HERE = ip_address("198.51.100.7")


@pytest.fixture
def store(tmp_path):
    store = EmbeddedStore(tmp_path / "reads")
    yield store
    store.close()


@pytest.fixture
def budget(store):
    return Budget("a secret", store)


def admitted(budget, *devices, address=HERE, most=3, day=DAY):
    return [budget.admits(address, device, most, day) for device in devices]


def test_so_many_begin_and_no_more_and_who_began_goes_on(budget):
    assert admitted(budget, "a", "b", "c", "d", "e") == [True, True, True, False, False]
    assert admitted(budget, "a", "c", "d") == [True, True, False]


def test_a_neighbour_shares_the_budget_and_another_network_does_not(budget):
    assert admitted(budget, "a", "b", "c") == [True] * 3
    assert admitted(budget, "d", address=ip_address("198.51.100.250")) == [False]
    assert admitted(budget, "d", address=ip_address("198.51.101.7")) == [True]


def test_the_next_day_begins_anew(budget):
    assert admitted(budget, "a", "b", "c", "d") == [True, True, True, False]
    assert admitted(budget, "d", day=DAY + 1) == [True]


def test_off_means_off_and_asks_no_store(budget, store):
    store.close()
    assert admitted(budget, *"abcdef", most=0) == [True] * 6


def test_whose_address_is_unknown_shares_one_bucket(budget):
    assert admitted(budget, "a", "b", "c", "d", address=None) == [True, True, True, False]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("198.51.100.7", "198.51.100.255", True),
        ("198.51.100.7", "198.51.99.7", False),
        ("2001:db8:1:aa00::1", "2001:db8:1:aaff:ffff::", True),
        ("2001:db8:1:aa00::1", "2001:db8:1:ab00::1", False),
        ("2002:c633:6407::1", "198.51.100.9", True),
        ("2002:c633:6407:ffff::1", "2002:c633:6407::1", True),
    ],
)
def test_a_network_is_an_ipv4_24_or_an_ipv6_56(one, other, same):
    assert (cut_network(ip_address(one)) == cut_network(ip_address(other))) is same


class Kept:
    """A store that only keeps what it is told."""

    def __init__(self):
        self.told = []

    def admit(self, bucket, member, most, day):
        self.told.append((bucket, member, most, day))
        return True


def test_names_are_keyed_and_change_with_the_day_and_the_secret():
    kept = Kept()
    for secret in ("a secret", "another"):
        for day in (DAY, DAY + 1):
            Budget(secret, kept).admits(HERE, "ab" * 16, 3, day)
    buckets = {told[0] for told in kept.told}
    members = {told[1] for told in kept.told}
    assert len(buckets) == len(members) == 4
    assert all(re.fullmatch("[0-9a-f]{24}", name) for name in buckets | members)
    assert [told[2:] for told in kept.told] == [(3, DAY), (3, DAY + 1)] * 2


def test_the_same_day_has_the_same_names_in_every_process():
    kept = Kept()
    for _ in range(2):
        Budget("a secret", kept).admits(HERE, "ab" * 16, 3, DAY)
    assert kept.told[0] == kept.told[1]


def test_nothing_of_an_address_or_a_device_stands_in_the_store(budget, store, tmp_path):
    device = "0123456789abcdef" * 2
    assert admitted(budget, device) == [True]
    store.close()
    path = str(tmp_path / "reads" / "uses" / f"budget-{DAY}.lmdb")
    with lmdb.open(path, subdir=False, readonly=True) as kept, kept.begin() as reading:
        written = b"".join(key + value for key, value in reading.cursor())
    assert len(written) > 24
    for told in (HERE.packed[:3], str(HERE).encode(), device.encode(), bytes.fromhex(device)):
        assert told not in written
