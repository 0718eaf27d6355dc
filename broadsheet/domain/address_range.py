"""The addresses of a network, as an organisation writes them: read, or refused with a sentence.

A licence opens the paper to whoever comes from such an address, so a slip of the pen must not open
it to everybody. One range is at most 65,536 IPv4 addresses (a /16) or an IPv6 /32; a private one
(RFC 1918, RFC 6598, RFC 4193, link-local, loopback) is the same in every house and is taken only
where a licence allows it; what is nobody's address, or a multitude's, is never taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
    summarize_address_range,
)
from itertools import pairwise

WIDEST = {4: 1 << 16, 6: 1 << 96}
"""Addresses in one range at most, by version."""
MOST_FOURS = 1 << 20
"""IPv4 addresses of one licence together, at most."""
MOST_RANGES = 2_000
"""Ranges of one licence at most."""
LONGEST_LINE = 100
BITS = {4: 32, 6: 128}
_PRIVATE = tuple(
    map(
        ip_network,
        (
            "10.0.0.0/8",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "100.64.0.0/10",
            "169.254.0.0/16",
            "127.0.0.0/8",
            "fc00::/7",
            "fe80::/10",
            "::1/128",
        ),
    )
)
_NOBODY = tuple(map(ip_network, ("0.0.0.0/8", "224.0.0.0/4", "240.0.0.0/4", "::/128", "ff00::/8")))
_MAPPED = ip_network("::ffff:0:0/96")
_DASH = re.compile(r"\s*[-‐‑‒–—]\s*|\s+to\s+")
_STARS = re.compile(r"(\d{1,3}(?:\.\d{1,3}){0,2})((?:\.\*){1,3})")


class WrongRange(ValueError):  # noqa: N818
    """A range that cannot be taken; the message says what to do."""


@dataclass(frozen=True, slots=True, order=True)
class AddressRange:
    """All addresses of one ``version`` from ``first`` to ``last``, both among them, as numbers."""

    version: int
    first: int
    last: int

    def __str__(self) -> str:
        low, high = self._address(self.first), self._address(self.last)
        networks = list(summarize_address_range(low, high))
        if len(networks) > 1:
            return f"{low} - {high}"
        return str(low) if self.first == self.last else str(networks[0])

    def __len__(self) -> int:
        return min(self.last - self.first + 1, 1 << 62)

    @property
    def is_private(self) -> bool:
        """Whether any of it is private."""
        return _touches(self, _PRIVATE)

    def overlaps(self, other: AddressRange) -> bool:
        return (
            self.version == other.version and self.first <= other.last and other.first <= self.last
        )

    def _address(self, number: int) -> IPv4Address | IPv6Address:
        return IPv4Address(number) if self.version == 4 else IPv6Address(number)  # noqa: PLR2004


def read_range(text: str, *, allow_private: bool = False) -> AddressRange:
    """One range: ``192.0.2.0/24``, ``192.0.2.10 - 192.0.2.40``, ``192.0.2.*``, one address.

    Raises ``WrongRange``.
    """
    found = _read(text.strip())
    if found.last - found.first + 1 > WIDEST[found.version]:
        raise WrongRange(
            f"“{text.strip()}” is too wide: one range is at most a "
            f"{'/16 (65,536 addresses)' if found.version == 4 else '/32'}. "  # noqa: PLR2004
            "Ask the organisation for its own networks and write each by itself."
        )
    if _touches(found, _NOBODY):
        raise WrongRange(f"“{text.strip()}” holds addresses from which nobody reads.")
    if found.is_private and not allow_private:
        raise WrongRange(
            f"“{text.strip()}” is private: every house and office may use it, so it names nobody. "
            "Ask the organisation for the public addresses by which it reaches the internet."
        )
    return found


def read_ranges(text: str, *, allow_private: bool = False) -> list[AddressRange]:
    """The ranges of a text, parted by lines, commas or semicolons; in order of first mention.

    Raises ``WrongRange``: for one that cannot be read, for two that overlap, for too many.
    """
    words = [word for word in re.split(r"[\n,;]+", text) if word.strip()]
    if len(words) > MOST_RANGES:
        raise WrongRange(f"These are {len(words):,} ranges; a licence has {MOST_RANGES:,} at most.")
    found = [read_range(word, allow_private=allow_private) for word in words]
    check_together(found)
    return found


def check_together(ranges: Iterable[AddressRange]) -> None:
    """Raises ``WrongRange`` if two overlap, or if together they are too many."""
    ordered = sorted(ranges)
    if len(ordered) > MOST_RANGES:
        raise WrongRange(
            f"That would be {len(ordered):,} ranges; a licence has {MOST_RANGES:,} at most."
        )
    for before, after in pairwise(ordered):
        if before.overlaps(after):
            raise WrongRange(f"{before} and {after} overlap. Write each address once.")
    fours = sum(len(one) for one in ordered if one.version == 4)  # noqa: PLR2004
    if fours > MOST_FOURS:
        raise WrongRange(
            f"Together these are {fours:,} addresses; one licence has {MOST_FOURS:,} at most. "
            "Split the organisation into several licences if that is meant."
        )


def _read(text: str) -> AddressRange:
    if not text or len(text) > LONGEST_LINE:
        raise WrongRange("Write one range on each line, as in 192.0.2.0/24 or 2001:db8::/48.")
    stars = _STARS.fullmatch(text)
    if stars is not None:
        missing = 4 - stars[1].count(".") - 1
        text = f"{stars[1]}{'.0' * missing}/{32 - 8 * missing}"
    ends = _DASH.split(text)
    try:
        if len(ends) == 2:  # noqa: PLR2004
            return _make(_read_address(ends[0]), _read_last(ends[0], ends[1]), text)
        if "/" in text:
            return _read_network(text)
        one = _read_address(text)
        return _make(one, one, text)
    except WrongRange:
        raise
    except ValueError as error:
        raise WrongRange(
            f"“{text}” is no range of addresses. Write it as 192.0.2.0/24, as "
            "192.0.2.10 - 192.0.2.40 or as 2001:db8::/48."
        ) from error


def _read_network(text: str) -> AddressRange:
    loose = ip_network(text.replace(" ", ""), strict=False)
    address = _read_address(text.partition("/")[0])
    if address != loose.network_address and not isinstance(address, type(loose.network_address)):
        raise WrongRange(f"“{text}” is IPv4 written as IPv6; write it as IPv4.")
    if address != loose.network_address:
        raise WrongRange(
            f"“{text}” begins inside its network. If the whole network is meant, write {loose}; "
            f"if one address, write {address}."
        )
    return AddressRange(loose.version, int(loose.network_address), int(loose.broadcast_address))


def _read_last(first: str, last: str) -> IPv4Address | IPv6Address:
    """The end of a span; ``192.0.2.10 - 40`` means what a tired hand means by it."""
    if last.isascii() and last.isdigit() and first.count(".") == 3:  # noqa: PLR2004
        last = f"{first.rpartition('.')[0]}.{last}"
    return _read_address(last)


def _read_address(text: str) -> IPv4Address | IPv6Address:
    address = ip_address(text.strip())
    if isinstance(address, IPv6Address) and address in _MAPPED:
        mapped = address.ipv4_mapped
        assert mapped is not None
        return mapped
    return address


def _make(
    first: IPv4Address | IPv6Address, last: IPv4Address | IPv6Address, text: str
) -> AddressRange:
    if first.version != last.version:
        raise WrongRange(f"“{text}” begins as IPv{first.version} and ends as IPv{last.version}.")
    if int(last) < int(first):
        raise WrongRange(f"“{text}” ends before it begins.")
    return AddressRange(first.version, int(first), int(last))


def _touches(one: AddressRange, networks: Iterable[IPv4Network | IPv6Network]) -> bool:
    return any(
        one.overlaps(
            AddressRange(
                network.version, int(network.network_address), int(network.broadcast_address)
            )
        )
        for network in networks
    )
