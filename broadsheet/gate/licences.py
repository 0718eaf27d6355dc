"""Which licence a request reads by: that of the network it comes from, else its device's mark.

An address is believed from trusted proxies and nobody else, and where clients cannot be told apart
no network is licensed: one range would open the paper to everybody.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from broadsheet.gate.clients import Clients
from broadsheet.protocol.licences import CAMPUS, DeviceMark, LicenceInForce, Licences

if TYPE_CHECKING:
    from broadsheet.gate.upstream import Environ

ADDRESSES_HELD = 8_192
SHORT_WORD = 256
"""Forwarded words of up to so many characters are kept with what they came to."""
AGAIN_SECONDS = 86_400
"""How old the mark of a device on campus is when it gets a fresh one."""


class LicensedNetworks:
    """The licences of which Django last told."""

    def __init__(self, told: Licences, clients: Clients, *, sees_clients: bool) -> None:
        self._told = told
        self._clients = clients
        self._has_ranges = bool(told.ranges) and sees_clients
        self._find_held = lru_cache(maxsize=ADDRESSES_HELD)(self._find)

    def find_on_campus(self, environ: Environ, now: float) -> LicenceInForce | None:
        """The licence in force on whose network the client is; ``now`` since 1970."""
        if not self._has_ranges:
            return None
        peer, said = self._clients.get_words(environ)
        find = self._find_held if len(said) <= SHORT_WORD else self._find
        licence = find(peer, said)
        return licence if licence is not None and licence.is_in_force(now) else None

    def find_by_mark(self, mark: DeviceMark, now: float) -> LicenceInForce | None:
        """The licence that a device's mark still gives."""
        return self._told.find_by_mark(mark, now)

    def _find(self, peer: str, said: str) -> LicenceInForce | None:
        address = self._clients.read(peer, said)
        return None if address is None else self._told.find_by_address(address)


def refresh_mark(mark: DeviceMark | None, licence: LicenceInForce, now: float) -> DeviceMark | None:
    """What a device on campus is to carry from now on: a fresh mark once a day, if any at all."""
    if not licence.remember_days:
        return mark
    is_fresh = (
        mark is not None
        and mark.kind == CAMPUS
        and mark.licence == licence.id
        and licence.marks_since <= mark.at
        and now - mark.at < AGAIN_SECONDS
    )
    return mark if is_fresh else DeviceMark(CAMPUS, licence.id, 0, int(now))
