"""Ranges as librarians write them: read, or refused with a sentence that says what to do."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.domain.address_range import (
    MOST_RANGES,
    AddressRange,
    WrongRange,
    check_together,
    read_range,
    read_ranges,
)

pytestmark = pytest.mark.pure


@pytest.mark.parametrize(
    ("text", "first", "last", "shown"),
    [
        ("192.0.2.0/24", "192.0.2.0", "192.0.2.255", "192.0.2.0/24"),
        (" 192.0.2.7 ", "192.0.2.7", "192.0.2.7", "192.0.2.7"),
        ("192.0.2.*", "192.0.2.0", "192.0.2.255", "192.0.2.0/24"),
        ("198.51.*.*", "198.51.0.0", "198.51.255.255", "198.51.0.0/16"),
        ("192.0.2.10 - 192.0.2.40", "192.0.2.10", "192.0.2.40", "192.0.2.10 - 192.0.2.40"),
        ("192.0.2.10–40", "192.0.2.10", "192.0.2.40", "192.0.2.10 - 192.0.2.40"),
        ("192.0.2.0 to 192.0.2.255", "192.0.2.0", "192.0.2.255", "192.0.2.0/24"),
        ("::ffff:192.0.2.7", "192.0.2.7", "192.0.2.7", "192.0.2.7"),
        ("192.0.2.0 / 24", "192.0.2.0", "192.0.2.255", "192.0.2.0/24"),
    ],
)
def test_it_is_read_as_it_is_meant(text, first, last, shown):
    found = read_range(text)
    assert found == AddressRange(4, int(IPv4Address(first)), int(IPv4Address(last)))
    assert str(found) == shown


def test_ipv6_is_read_and_shown():
    found = read_range("2001:DB8::/32")
    assert (found.version, found.first) == (6, int(IPv6Address("2001:db8::")))
    assert (found.last, str(found)) == (found.first + (1 << 96) - 1, "2001:db8::/32")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "Write one range on each line"),
        ("x" * 101, "Write one range on each line"),
        ("the library", "is no range of addresses"),
        ("192.0.2.0/33", "is no range of addresses"),
        ("192.0.2.300", "is no range of addresses"),
        ("192.0.2.10/24", "If the whole network is meant, write 192.0.2.0/24"),
        ("192.0.2.40 - 192.0.2.10", "ends before it begins"),
        ("192.0.2.1 - 2001:db8::1", "begins as IPv4 and ends as IPv6"),
        ("0.0.0.0/0", "too wide"),
        ("198.50.0.0/15", "too wide"),
        ("::/0", "too wide"),
        ("2001::/31", "too wide"),
        ("::ffff:192.0.2.0/120", "IPv4 written as IPv6"),
        ("10.1.0.0/16", "is private"),
        ("172.31.255.255", "is private"),
        ("192.168.*.*", "is private"),
        ("100.64.3.0/24", "is private"),
        ("127.0.0.1", "is private"),
        ("fd00::/32", "is private"),
        ("::1", "is private"),
        ("9.255.255.0 - 10.0.0.5", "is private"),
        ("224.0.0.1", "from which nobody reads"),
        ("255.255.255.255", "from which nobody reads"),
        ("ff02::1", "from which nobody reads"),
        ("::", "from which nobody reads"),
    ],
)
def test_what_cannot_be_meant_is_refused(text, says):
    with pytest.raises(WrongRange, match=says):
        read_range(text)


def test_private_ones_are_taken_where_they_are_allowed_and_a_multitudes_never():
    assert str(read_range("10.1.0.0/16", allow_private=True)) == "10.1.0.0/16"
    with pytest.raises(WrongRange, match="nobody reads"):
        read_range("224.0.0.1", allow_private=True)
    with pytest.raises(WrongRange, match="too wide"):
        read_range("10.0.0.0/8", allow_private=True)


def test_many_are_parted_by_lines_and_commas():
    found = read_ranges("192.0.2.0/24\n\n 198.51.100.0/24, 2001:db8::/48;")
    assert [str(one) for one in found] == ["192.0.2.0/24", "198.51.100.0/24", "2001:db8::/48"]


def test_two_that_overlap_are_refused():
    with pytest.raises(WrongRange, match="192.0.2.0/24 and 192.0.2.128/25 overlap"):
        read_ranges("192.0.2.0/24\n192.0.2.128/25")


def test_too_many_addresses_and_too_many_ranges_are_refused():
    with pytest.raises(WrongRange, match="1,114,112 addresses"):
        read_ranges("\n".join(f"16.{n}.0.0/16" for n in range(17)))
    assert len(read_ranges("\n".join(f"16.{n}.0.0/16" for n in range(16)))) == 16
    with pytest.raises(WrongRange, match="2,001 ranges"):
        read_ranges(",".join(["192.0.2.1"] * (MOST_RANGES + 1)))
    with pytest.raises(WrongRange, match="2,001 ranges"):
        check_together(AddressRange(6, n, n) for n in range(MOST_RANGES + 1))


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text):
    try:
        found = read_range(text)
    except WrongRange:
        return
    assert 0 <= found.first <= found.last
    assert not found.is_private


@given(st.integers(1 << 28, (1 << 29) - 1), st.integers(0, (1 << 16) - 1))
def test_what_is_shown_is_read_back_as_the_same(first, more):
    found = AddressRange(4, first, first + more)
    if not found.is_private:
        assert read_range(str(found)) == found
