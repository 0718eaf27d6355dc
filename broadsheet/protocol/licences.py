"""What every gate must know of organisations' licences: their networks and what each opens.

One document beside the snapshot, for it changes seldom and may name tens of thousands of ranges,
while a snapshot is written at each sign-out. And the cookie of a device that a licence remembers.

Cookie ``bs_licence``: ``1.KIND-LICENCE-POSTER-AT.MAC``. ``KIND`` is ``c`` for a device seen on the
licence's network at ``AT`` (seconds since 1970), ``d`` for one with a day pass until ``AT`` from
the poster of that number. The signature covers the device, so a copy on another opens nothing.
"""

from __future__ import annotations

import hmac
import json
import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2s
from typing import NamedTuple

from broadsheet.domain.address_range import AddressRange
from broadsheet.protocol.cookies import DAY_SECONDS
from broadsheet.protocol.proxies import Address

VERSION = 1
LONGEST_MARK = 120
CAMPUS = "c"
DAY_PASS = "d"  # noqa: S105
_NAME = re.compile(r"[A-Za-z0-9_-]{1,60}")
_SHOWN = re.compile(r"[A-Za-z0-9%_.~-]{0,800}")
_MARK = re.compile(r"1\.([cd])-(\d{1,15})-(\d{1,15})-(\d{1,12})\.([0-9a-f]{32})", re.ASCII)
_POSTER = re.compile(r"([0-9a-f]{1,15})-([0-9a-f]{1,10})-([0-9a-f]{24})")


class UnreadableLicences(ValueError):  # noqa: N818
    """A document that does not have the form this house writes."""


@dataclass(frozen=True, slots=True)
class LicenceInForce:
    """One licence for ``[starts_at, ends_at)`` in seconds since 1970.

    A device seen on its network is remembered for ``remember_days``, 0 for not at all; marks of
    devices made before ``marks_since`` count no more.
    """

    id: int
    benefits: frozenset[str]
    starts_at: int
    ends_at: int
    remember_days: int = 0
    marks_since: int = 0
    shown_as: str = ""
    """The organisation's name for the display-only cookie, percent-encoded."""

    def is_in_force(self, now: float) -> bool:
        return self.starts_at <= now < self.ends_at


class DeviceMark(NamedTuple):
    """What a device carries of a licence: see the cookie above. ``poster`` is 0 on campus."""

    kind: str
    licence: int
    poster: int
    at: int


@dataclass(frozen=True)
class Licences:
    """All licences in force and coming, their ranges apart and in order, and closed posters."""

    licences: tuple[LicenceInForce, ...] = ()
    ranges: tuple[tuple[AddressRange, int], ...] = ()
    """Ranges, each with its licence's id."""
    closed_posters: frozenset[int] = field(default=frozenset())

    def __bool__(self) -> bool:
        return bool(self.licences)

    @cached_property
    def _by_id(self) -> dict[int, LicenceInForce]:
        return {licence.id: licence for licence in self.licences}

    @cached_property
    def _by_start(self) -> dict[int, tuple[list[int], list[int], list[int]]]:
        tables: dict[int, tuple[list[int], list[int], list[int]]] = {
            4: ([], [], []),
            6: ([], [], []),
        }
        for one, licence in sorted(self.ranges):
            for column, value in zip(
                tables[one.version], (one.first, one.last, licence), strict=True
            ):
                column.append(value)
        return tables

    def find_by_address(self, address: Address) -> LicenceInForce | None:
        """The licence on whose network an address lies, in force or not: found by halving."""
        firsts, lasts, licences = self._by_start[address.version]
        number = int(address)
        place = bisect_right(firsts, number) - 1
        if place < 0 or number > lasts[place]:
            return None
        return self._by_id.get(licences[place])

    def find_by_mark(self, mark: DeviceMark, now: float) -> LicenceInForce | None:
        """The licence that a device's mark still gives at ``now`` (seconds since 1970)."""
        licence = self._by_id.get(mark.licence)
        if licence is None or not licence.is_in_force(now):
            return None
        if mark.kind == DAY_PASS:
            return licence if now < mark.at and mark.poster not in self.closed_posters else None
        remembered_until = mark.at + licence.remember_days * DAY_SECONDS
        return licence if mark.at >= licence.marks_since and now < remembered_until else None

    def encode(self) -> str:
        """One JSON object; ranges are rows of version, first, last and licence."""
        return json.dumps(
            {
                "v": VERSION,
                "licences": [
                    {
                        "id": one.id,
                        "benefits": sorted(one.benefits),
                        "starts_at": one.starts_at,
                        "ends_at": one.ends_at,
                        "remember_days": one.remember_days,
                        "marks_since": one.marks_since,
                        "shown_as": one.shown_as,
                    }
                    for one in self.licences
                ],
                "ranges": [
                    [one.version, one.first, one.last, licence] for one, licence in self.ranges
                ],
                "closed_posters": sorted(self.closed_posters),
            },
            separators=(",", ":"),
        )

    @classmethod
    def decode(cls, text: str) -> Licences:
        """Read what ``encode`` wrote. Raises ``UnreadableLicences``."""
        try:
            written = json.loads(text)
            return cls(
                licences=tuple(_read_licence(row) for row in written["licences"]),
                ranges=tuple(
                    (_read_range(int(version), int(first), int(last)), int(licence))
                    for version, first, last, licence in written["ranges"]
                ),
                closed_posters=frozenset(int(row) for row in written["closed_posters"]),
            )
        except (ValueError, TypeError, KeyError) as error:
            raise UnreadableLicences(f"{type(error).__name__}: {error}") from error


def write_mark(key: bytes, mark: DeviceMark, device_id: str) -> str:
    """The cookie's value, good on one device."""
    signed = f"1.{mark.kind}-{mark.licence}-{mark.poster}-{mark.at}"
    return f"{signed}.{_sign(key, signed, device_id)}"


def read_mark(key: bytes, text: str, device_id: str) -> DeviceMark | None:
    """Read a cookie's value; ``None`` if it is forged, damaged or of another device."""
    if len(text) > LONGEST_MARK:
        return None
    found = _MARK.fullmatch(text)
    if found is None:
        return None
    if not hmac.compare_digest(_sign(key, text.rpartition(".")[0], device_id), found[5]):
        return None
    return DeviceMark(found[1], int(found[2]), int(found[3]), int(found[4]))


def write_poster(key: bytes, poster: int, expires_at: int) -> str:
    """What stands in the address of a poster's code; it names nobody."""
    signed = f"{poster:x}-{expires_at:x}"
    return f"{signed}-{_sign(key, signed, 'poster')[:24]}"


def read_poster(key: bytes, text: str) -> tuple[int, int] | None:
    """A poster's number and end, over or not; ``None`` if we never wrote it."""
    found = _POSTER.fullmatch(text)
    if found is None:
        return None
    signed = text.rpartition("-")[0]
    if not hmac.compare_digest(_sign(key, signed, "poster")[:24], found[3]):
        return None
    return int(found[1], 16), int(found[2], 16)


def _sign(key: bytes, signed: str, device_id: str) -> str:
    return blake2s(f"{signed}|{device_id}".encode(), key=key, digest_size=16).hexdigest()


def _read_licence(row: dict[str, object]) -> LicenceInForce:
    return LicenceInForce(
        id=_number(row["id"]),
        benefits=_read_names(row["benefits"]),
        starts_at=_number(row["starts_at"]),
        ends_at=_number(row["ends_at"]),
        remember_days=_number(row["remember_days"]),
        marks_since=_number(row["marks_since"]),
        shown_as=_read_shown(row.get("shown_as", "")),
    )


def _read_range(version: int, first: int, last: int) -> AddressRange:
    if version not in {4, 6} or not 0 <= first <= last:
        raise ValueError(f"no range: {version} {first} {last}")
    return AddressRange(version, first, last)


def _read_shown(text: object) -> str:
    if not _SHOWN.fullmatch(str(text)):
        raise ValueError("a name that no cookie can hold")
    return str(text)


def _number(value: object) -> int:
    return int(str(value))


def _read_names(names: object) -> frozenset[str]:
    read = frozenset(str(name) for name in names) if isinstance(names, Iterable) else frozenset()
    if any(not _NAME.fullmatch(name) for name in read):
        raise ValueError("a name that no licence can hold")
    return read
