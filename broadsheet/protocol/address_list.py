"""The lists of addresses that search engines publish of their crawlers.

A JSON object whose ``prefixes`` are ``{"ipv4Prefix": "192.0.2.0/27"}`` or
``{"ipv6Prefix": "2001:db8:10::/64"}``, with the day of its making in ``creationTime``.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from dataclasses import dataclass
from ipaddress import ip_network

from broadsheet.protocol.proxies import Address, Network, join_networks

LONGEST = 2_000_000
"""Characters of one list that are read."""


class UnreadableList(ValueError):  # noqa: N818
    """A file that is no such list."""


@dataclass(frozen=True, slots=True)
class AddressList:
    """Networks by version, apart and in order, so that an address is found by halving."""

    starts: dict[int, tuple[int, ...]]
    ends: dict[int, tuple[int, ...]]
    created: str = ""

    def __len__(self) -> int:
        return sum(map(len, self.starts.values()))

    def holds(self, address: Address) -> bool:
        """Whether the address is on the list."""
        number = int(address)
        at = bisect_right(self.starts[address.version], number) - 1
        return at >= 0 and number <= self.ends[address.version][at]


def read_address_list(text: str) -> AddressList:
    """Read a published list. Raises ``UnreadableList``; an empty list is none."""
    if len(text) > LONGEST:
        raise UnreadableList(f"longer than {LONGEST:,} characters")
    try:
        written = json.loads(text)
        networks = [_read_prefix(row) for row in written["prefixes"]]
        created = str(written.get("creationTime", ""))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UnreadableList(f"{type(error).__name__}: {error}") from error
    if not networks:
        raise UnreadableList("no prefixes")
    joined = join_networks(networks)
    return AddressList(
        {version: tuple(int(n.network_address) for n in joined[version]) for version in joined},
        {version: tuple(int(n.broadcast_address) for n in joined[version]) for version in joined},
        created,
    )


def _read_prefix(row: dict[str, str]) -> Network:
    network = ip_network(row.get("ipv4Prefix") or row["ipv6Prefix"])
    if network.prefixlen == 0:
        raise ValueError(f"{network} is everybody")
    return network
