"""Which neighbours may say whom they speak for, and the header they say it in.

A client's address is believed from nobody but the proxies that the plant names. Their header is
read from the right, where the nearest one wrote: the first address that is no proxy's is the client.
What a client wrote itself stands further left and is never reached.
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
    collapse_addresses,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

USUAL_HEADER = "X-Forwarded-For"
FORWARDED = "Forwarded"
SOCKET = "uds"
NONE = "none"
EVERYBODY = frozenset({"*", "all", "any", "everybody", "true", "yes", "1"})
WIDEST = {4: 8, 6: 24}
"""The shortest prefix that one network of proxies may have."""
SHARE = 16
"""All networks together must be less than one part in so many of all addresses."""
HOPS = 16
"""Addresses of one header that are looked at, from the right."""
_OWN = (IPv6Network("fc00::/7"), IPv6Network("fe80::/10"))
_MAPPED = IPv6Network("::ffff:0:0/96")
_NAME = re.compile(r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*")


class WrongProxies(ValueError):  # noqa: N818
    """A list of proxies or a header's name that cannot be used; the message says what to do."""


@dataclass(frozen=True, slots=True)
class TrustedProxies:
    """Whose word is taken for a client's address. With nobody named the peer is the client."""

    networks: tuple[Network, ...] = ()
    socket: bool = False
    """Whether whoever comes by the Unix socket is a proxy; such a peer has no address."""
    header: str = USUAL_HEADER

    def __bool__(self) -> bool:
        return self.socket or bool(self.networks)

    def trusts(self, address: Address | None) -> bool:
        """Whether this is a proxy of ours; ``None`` is a peer at the Unix socket."""
        if address is None:
            return self.socket
        return any(address in network for network in self.networks)

    def find_client(self, peer: str, said: str) -> Address | None:
        """Who asks: ``peer`` is the socket's other end, ``said`` what the header holds.

        ``None`` where it cannot be known. What cannot be read ends the way to the left: the hop
        that passed it on is the client.
        """
        address = read_address(peer)
        if not self.trusts(address) or (address is None and peer):
            return address
        hops = said.rsplit(",", HOPS)
        for hop in reversed(hops[1:] if len(hops) > HOPS else hops):
            stated = read_address(_read_for(hop) if self.header == FORWARDED else hop)
            if stated is None:
                break
            address = stated
            if not self.trusts(address):
                break
        return address


NOBODY = TrustedProxies()


def parse_proxies(text: str, header: str = "") -> TrustedProxies:
    """Read ``BROADSHEET_TRUSTED_PROXIES`` and ``BROADSHEET_CLIENT_HEADER``.

    Networks parted by commas, ``uds`` for the peers of a Unix socket, ``none`` or nothing for
    nobody. Raises ``WrongProxies``, above all for a list that would trust everybody.
    """
    words = [word.strip() for word in text.split(",") if word.strip()]
    if words == [NONE]:
        words = []
    networks = [_read_network(word) for word in words if word != SOCKET]
    _refuse_everybody(networks)
    return TrustedProxies(
        networks=tuple(networks), socket=SOCKET in words, header=_read_header(header)
    )


def read_address(text: str) -> Address | None:
    """An address as servers and proxies write it: with a port, in brackets or quotes; else ``None``.

    An IPv4 address written as IPv6 (``::ffff:192.0.2.1``) is an IPv4 address.
    """
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def join_networks(networks: Iterable[Network]) -> dict[int, list[Network]]:
    """Networks by version, in order, neighbours made one."""
    named = list(networks)
    four = collapse_addresses(n for n in named if isinstance(n, IPv4Network))
    six = collapse_addresses(n for n in named if isinstance(n, IPv6Network))
    return {4: list(four), 6: list(six)}


def _read_for(element: str) -> str:
    """The ``for`` of one element of a Forwarded header (RFC 7239)."""
    for pair in element.split(";"):
        name, _, value = pair.partition("=")
        if name.strip().lower() == "for":
            return value
    return ""


def _read_network(word: str) -> Network:
    if word.lower() in EVERYBODY:
        raise _trusting_everybody(word)
    try:
        network = ip_network(word)
    except ValueError as error:
        raise WrongProxies(
            f"BROADSHEET_TRUSTED_PROXIES: {word!r} is no network ({error}). Write addresses or "
            f"networks parted by commas, such as 127.0.0.1 or 10.0.3.0/24, or {SOCKET}, or {NONE}."
        ) from error
    if isinstance(network, IPv6Network) and network.subnet_of(_MAPPED):
        raise WrongProxies(
            f"BROADSHEET_TRUSTED_PROXIES: {word!r} is IPv4 in IPv6's clothes; write it as IPv4."
        )
    return network


def _refuse_everybody(networks: Iterable[Network]) -> None:
    for joined in join_networks(networks).values():
        for network in joined:
            own = isinstance(network, IPv6Network) and any(map(network.subnet_of, _OWN))
            if network.prefixlen < WIDEST[network.version] and not own:
                raise _trusting_everybody(str(network))
        total = sum(network.num_addresses for network in joined)
        if joined and total * SHARE >= 2 ** joined[0].max_prefixlen:
            raise _trusting_everybody(f"{len(joined)} networks of {total:,} addresses")


def _trusting_everybody(what: str) -> WrongProxies:
    return WrongProxies(
        f"BROADSHEET_TRUSTED_PROXIES trusts everybody, or nearly ({what}): any client could then "
        "claim any address. Name your own proxies only, such as 127.0.0.1 or 10.0.3.0/24; without "
        "one leave it out."
    )


def _read_header(header: str) -> str:
    header = header.strip() or USUAL_HEADER
    if not _NAME.fullmatch(header):
        raise WrongProxies(
            f"BROADSHEET_CLIENT_HEADER is {header!r}; write the name of one header, such as "
            f"{USUAL_HEADER}, {FORWARDED} or CF-Connecting-IP."
        )
    return FORWARDED if header.lower() == FORWARDED.lower() else header
