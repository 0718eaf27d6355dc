"""The identity budget: how many new readers of one network may begin to read in a day.

Who clears cookies, refuses them or forges one is a new reader each time. The first read that counts
draws from the budget of the network they come by: an IPv4 /24 or an IPv6 /56. Neither the address
nor the network is kept. The day's bucket and the members in it go by keyed names that change every
day, and the store forgets them after the next. Nothing of the browser is looked at.
"""

from __future__ import annotations

from hashlib import blake2s
from ipaddress import IPv6Address

from broadsheet.counters.contract import ReadStore
from broadsheet.protocol import keys
from broadsheet.protocol.proxies import Address

BITS = {4: 24, 6: 56}


class Budget:
    """Admits new readers, so many of each network a day."""

    def __init__(self, secret: str, store: ReadStore) -> None:
        self._key = keys.derive_key(secret, keys.BUDGET)
        self._store = store
        self._of_day = (0, b"")

    def admits(self, address: Address | None, device_id: str, most: int, day: int) -> bool:
        """Whether a device is among the first ``most`` new ones of its network on ``day``.

        ``day`` as ``date.toordinal``; ``most`` 0 admits everybody. Whose address is not known
        shares one bucket with all such. Raises ``StoreUnavailable``.
        """
        if not most:
            return True
        key = self._get_key(day)
        return self._store.admit(
            _name(key, b"network", cut_network(address)),
            _name(key, b"member", device_id.encode()),
            most,
            day,
        )

    def _get_key(self, day: int) -> bytes:
        held = self._of_day
        if held[0] != day:
            held = self._of_day = day, blake2s(b"%d" % day, key=self._key, person=b"day").digest()
        return held[1]


def cut_network(address: Address | None) -> bytes:
    """The network of an address, as few bits as are counted by; none for an unknown one.

    A 6to4 address is one of the IPv4 address inside it, which else had 256 networks.
    """
    if address is None:
        return b""
    if isinstance(address, IPv6Address) and address.sixtofour is not None:
        address = address.sixtofour
    return address.packed[: BITS[address.version] // 8]


def _name(key: bytes, kind: bytes, of: bytes) -> str:
    return blake2s(of, key=key, person=kind, digest_size=12).hexdigest()
