"""The published lists of crawlers' addresses."""

from __future__ import annotations

import json
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.protocol.address_list import LONGEST, UnreadableList, read_address_list

pytestmark = pytest.mark.pure

PUBLISHED = {
    "creationTime": "2026-11-20T23:00:00.000000",
    "prefixes": [
        {"ipv6Prefix": "2001:db8:10::/64"},
        {"ipv4Prefix": "192.0.2.32/27"},
        {"ipv4Prefix": "192.0.2.0/27"},
        {"ipv4Prefix": "198.51.100.7/32"},
    ],
}


@pytest.mark.parametrize(
    ("address", "held"),
    [
        ("192.0.2.0", True),
        ("192.0.2.63", True),
        ("192.0.2.64", False),
        ("192.0.1.255", False),
        ("0.0.0.1", False),
        ("198.51.100.7", True),
        ("198.51.100.8", False),
        ("2001:db8:10::ffff", True),
        ("2001:db8:10:1::", False),
        ("::c000:200", False),
    ],
)
def test_an_address_is_on_the_list_or_not(address, held):
    assert read_address_list(json.dumps(PUBLISHED)).holds(ip_address(address)) is held


def test_neighbours_are_joined_and_the_day_is_kept():
    published = read_address_list(json.dumps(PUBLISHED))
    assert (len(published), published.created) == (3, "2026-11-20T23:00:00.000000")


@given(st.lists(st.ip_addresses(v=4), min_size=1, max_size=8), st.ip_addresses(v=4))
def test_halving_finds_what_looking_at_each_finds(firsts, address):
    networks = [ip_network(f"{first}/28", strict=False) for first in firsts]
    text = json.dumps({"prefixes": [{"ipv4Prefix": str(network)} for network in networks]})
    published = read_address_list(text)
    assert published.holds(address) == any(address in network for network in networks)
    assert all(published.holds(first) for first in firsts)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<html>",
        "[]",
        "null",
        "{}",
        '{"prefixes": []}',
        '{"prefixes": 1}',
        '{"prefixes": [{}]}',
        '{"prefixes": ["192.0.2.0/27"]}',
        '{"prefixes": [{"ipv4Prefix": "192.0.2.1/27"}]}',
        '{"prefixes": [{"ipv4Prefix": "0.0.0.0/0"}]}',
        '{"prefixes": [{"ipv6Prefix": "::/0"}]}',
        " " * (LONGEST + 1),
    ],
)
def test_anything_else_is_no_list(text):
    with pytest.raises(UnreadableList):
        read_address_list(text)
