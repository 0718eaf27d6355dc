"""A writer of small MMDB files (format 2.0, IPv6 tree, 24-bit records) for invented networks."""

from __future__ import annotations

from ipaddress import IPv4Network, ip_network
from pathlib import Path
from typing import Any

MARK = b"\xab\xcd\xefMaxMind.com"
GAP = bytes(16)
_UTF8, _U16, _U32, _MAP, _U64, _ARRAY = 2, 5, 6, 7, 9, 11
_NO_DATA = -1


def write_mmdb(path: Path, networks: dict[str, Any]) -> None:
    """Put a whole file in place: ``{"192.0.2.0/24": {"country": {"iso_code": "IN"}}}``."""
    fresh = path.with_suffix(".fresh")
    fresh.write_bytes(encode_mmdb(networks))
    fresh.replace(path)


def encode_mmdb(networks: dict[str, Any]) -> bytes:
    """The bytes of a file that answers for these networks; none may hold another."""
    data, offsets = b"", []
    for record in networks.values():
        offsets.append(len(data))
        data += _encode(record)
    nodes = [[_NO_DATA, _NO_DATA]]
    for place, text in enumerate(networks):
        _hang(nodes, text, -2 - place)
    count = len(nodes)
    tree = b""
    for pair in nodes:
        for entry in pair:
            value = count if entry == _NO_DATA else entry
            if entry < _NO_DATA:
                value = count + len(GAP) + offsets[-2 - entry]
            tree += value.to_bytes(3, "big")
    about = {
        "binary_format_major_version": (_U16, 2),
        "binary_format_minor_version": (_U16, 0),
        "build_epoch": (_U64, 1_764_000_000),
        "database_type": "Invented-Country",
        "description": {"en": "Invented networks"},
        "ip_version": (_U16, 6),
        "languages": ["en"],
        "node_count": (_U32, count),
        "record_size": (_U16, 24),
    }
    return tree + GAP + data + MARK + _encode(about)


def _hang(nodes: list[list[int]], text: str, leaf: int) -> None:
    network = ip_network(text)
    number, bits = int(network.network_address), network.prefixlen
    if isinstance(network, IPv4Network):
        bits += 96
    at = 0
    for depth in range(bits):
        side = number >> (127 - depth) & 1
        if depth == bits - 1:
            nodes[at][side] = leaf
            return
        if nodes[at][side] == _NO_DATA:
            nodes.append([_NO_DATA, _NO_DATA])
            nodes[at][side] = len(nodes) - 1
        at = nodes[at][side]


def _encode(value: Any) -> bytes:
    if isinstance(value, str):
        return _control(_UTF8, len(value.encode())) + value.encode()
    if isinstance(value, dict):
        pairs = b"".join(_encode(key) + _encode(held) for key, held in value.items())
        return _control(_MAP, len(value)) + pairs
    if isinstance(value, list):
        return _control(_ARRAY, len(value)) + b"".join(map(_encode, value))
    kind, number = value
    size = (number.bit_length() + 7) // 8
    return _control(kind, size) + number.to_bytes(size, "big")


def _control(kind: int, size: int) -> bytes:
    """Sizes of 29 and more take a byte of their own."""
    short = min(size, 29)
    head = bytes([kind << 5 | short]) if kind <= _MAP else bytes([short, kind - _MAP])
    return head if size < 29 else head + bytes([size - 29])
