"""Whose word is taken for a client's address, and which lists of proxies no server starts with."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.protocol.proxies import (
    HOPS,
    TrustedProxies,
    WrongProxies,
    parse_proxies,
    read_address,
)

pytestmark = pytest.mark.pure

TWO = parse_proxies("127.0.0.1, 10.0.3.0/24")
FORGED = "66.249.66.1"


@pytest.mark.parametrize("text", ["", "none", " none ", ","])
def test_nobody_is_trusted_unless_named(text):
    proxies = parse_proxies(text)
    assert proxies == TrustedProxies()
    assert not proxies
    assert proxies.find_client("127.0.0.1", FORGED) == ip_address("127.0.0.1")


def test_a_list_is_read():
    assert TWO.networks == (ip_network("127.0.0.1/32"), ip_network("10.0.3.0/24"))
    assert (TWO.socket, TWO.header, bool(TWO)) == (False, "X-Forwarded-For", True)
    assert parse_proxies("uds,2001:db8::/32", "forwarded") == TrustedProxies(
        (ip_network("2001:db8::/32"),), socket=True, header="Forwarded"
    )
    assert parse_proxies("uds", "CF-Connecting-IP").header == "CF-Connecting-IP"


@pytest.mark.parametrize(
    "text",
    [
        "*",
        "all",
        "ANY",
        "0.0.0.0/0",
        "::/0",
        "0.0.0.0/1, 128.0.0.0/1",
        "16.0.0.0/4",
        "12.0.0.0/7",
        "12.0.0.0/8, 13.0.0.0/8",
        ",".join(f"{first}.0.0.0/8" for first in range(0, 64, 4)),
        "2000::/3",
        "2002::/16",
        "10.0.3.0/24, ::/1",
    ],
)
def test_a_list_that_trusts_everybody_is_refused(text):
    with pytest.raises(WrongProxies, match="trusts everybody"):
        parse_proxies(text)


@pytest.mark.parametrize(
    "text", ["10.0.0.0/8", "fc00::/7", "fe80::/10", "2400:cb00::/32", "2a06:98c0::/29"]
)
def test_a_wide_network_of_ones_own_is_taken(text):
    assert parse_proxies(text).networks == (ip_network(text),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("proxy.example", "is no network"),
        ("10.0.3.1/24", "has host bits set"),
        ("10.0.3.0/33", "is no network"),
        ("::ffff:0:0/96", "write it as IPv4"),
        ("::ffff:10.0.0.1", "write it as IPv4"),
    ],
)
def test_what_is_no_network_is_refused(text, said):
    with pytest.raises(WrongProxies, match=said):
        parse_proxies(text)


@pytest.mark.parametrize("header", ["X_Forwarded_For", "a b", "X-", "X-É", "Host:"])
def test_what_is_no_name_of_a_header_is_refused(header):
    with pytest.raises(WrongProxies, match="write the name of one header"):
        parse_proxies("127.0.0.1", header)


@pytest.mark.parametrize(
    ("peer", "said", "client"),
    [
        ("203.0.113.9", FORGED, "203.0.113.9"),
        ("127.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("127.0.0.1", f"{FORGED}, 198.51.100.7", "198.51.100.7"),
        ("127.0.0.1", f"{FORGED}, 198.51.100.7, 10.0.3.9", "198.51.100.7"),
        ("127.0.0.1", f"{FORGED}, 198.51.100.7,10.0.4.9", "10.0.4.9"),
        ("127.0.0.1", "10.0.3.8, 10.0.3.9", "10.0.3.8"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "unknown", "127.0.0.1"),
        ("127.0.0.1", f"{FORGED}, _hidden, 10.0.3.9", "10.0.3.9"),
        ("127.0.0.1", "198.51.100.7:4711", "198.51.100.7"),
        ("127.0.0.1", "[2001:db8::7]:4711", "2001:db8::7"),
        ("127.0.0.1", "::ffff:198.51.100.7", "198.51.100.7"),
        ("::ffff:127.0.0.1", "198.51.100.7", "198.51.100.7"),
    ],
)
def test_the_client_is_the_first_stranger_from_the_right(peer, said, client):
    assert TWO.find_client(peer, said) == ip_address(client)


def test_a_peer_at_the_socket_has_no_address_and_may_be_trusted():
    assert TWO.find_client("", "198.51.100.7") is None
    at_the_socket = parse_proxies("uds")
    assert at_the_socket.find_client("", "198.51.100.7") == ip_address("198.51.100.7")
    assert at_the_socket.find_client("", "") is None
    assert at_the_socket.find_client("127.0.0.1", FORGED) == ip_address("127.0.0.1")
    assert at_the_socket.find_client("no address", FORGED) is None


@pytest.mark.parametrize(
    ("said", "client"),
    [
        ("for=198.51.100.7", "198.51.100.7"),
        (f"for={FORGED}, proto=https;For=198.51.100.7;by=10.0.3.9", "198.51.100.7"),
        ('for="[2001:db8::7]:4711"', "2001:db8::7"),
        (f'for="{FORGED}, for=198.51.100.7', "198.51.100.7"),
        (f"for={FORGED}, for=_hidden", "127.0.0.1"),
        ("proto=https", "127.0.0.1"),
        (FORGED, "127.0.0.1"),
    ],
)
def test_a_forwarded_header_is_read_in_its_own_way(said, client):
    proxies = parse_proxies("127.0.0.1", "Forwarded")
    assert proxies.find_client("127.0.0.1", said) == ip_address(client)


def test_a_long_header_is_read_from_the_right_and_not_to_its_end():
    said = ",".join([FORGED] + ["10.0.3.9"] * HOPS)
    assert TWO.find_client("127.0.0.1", said) == ip_address("10.0.3.9")
    said = ",".join([FORGED] * 10_000 + ["198.51.100.7"])
    assert TWO.find_client("127.0.0.1", said) == ip_address("198.51.100.7")


@given(st.text(max_size=60), st.ip_addresses())
def test_nothing_that_a_client_writes_is_reached(written, client):
    real = read_address(str(client))
    found = TWO.find_client("127.0.0.1", f"{written},{client}")
    assert found == real or TWO.trusts(real)


@pytest.mark.parametrize("text", ["", "é", "1.2.3", "1.2.3.4.5", "[", "[]", "::g", "1" * 500])
def test_what_is_no_address_is_none(text):
    assert read_address(text) is None


def test_a_zone_is_not_part_of_an_address():
    assert read_address("fe80::1%eth0") == ip_address("fe80::1")
