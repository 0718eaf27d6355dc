"""Where a request comes from, by the word of trusted proxies and nobody else's.

Only what needs an address asks for it: a new reader of a metered story, a crawler, a country, a
request that goes on to Django.
"""

from __future__ import annotations

from broadsheet.gate.upstream import Environ
from broadsheet.protocol.proxies import (
    FORWARDED,
    USUAL_HEADER,
    Address,
    TrustedProxies,
    read_address,
)

NOWHERE = "0.0.0.0"  # noqa: S104
"""What Django is told of a client whose address cannot be known; sign-in asks for one."""


class Clients:
    """Finds the client of a request."""

    def __init__(self, proxies: TrustedProxies) -> None:
        self._proxies = proxies
        self._key = name_key(proxies.header)
        self._said = frozenset(
            name_key(header)
            for header in (
                proxies.header,
                USUAL_HEADER,
                FORWARDED,
                "X-Real-IP",
                "X-Client-IP",
                "True-Client-IP",
                "CF-Connecting-IP",
                "Fastly-Client-IP",
            )
        )

    def find(self, environ: Environ) -> Address | None:
        """The client's address; ``None`` where it cannot be known."""
        return self.read(*self.get_words(environ))

    def get_words(self, environ: Environ) -> tuple[str, str]:
        """What ``read`` makes an address of: the peer, and the header that a proxy may speak in."""
        return environ.get("REMOTE_ADDR", ""), environ.get(self._key, "") if self._proxies else ""

    def read(self, peer: str, said: str) -> Address | None:
        """The client's address by these two."""
        return self._proxies.find_client(peer, said)

    def is_by_proxy(self, environ: Environ) -> bool:
        """Whether a trusted proxy handed the request over, so that its other headers hold too."""
        peer: str = environ.get("REMOTE_ADDR", "")
        address = read_address(peer)
        return self._proxies.trusts(address) and (address is not None or not peer)

    def is_spoken_for(self, environ: Environ) -> bool:
        """Whether a header names a client, so that the request came through some proxy."""
        return any(key in environ for key in self._said)

    def hand_on(self, environ: Environ) -> Environ:
        """The request as Django gets it: the client as its peer, and no header that says another."""
        address = self.find(environ)
        handed = {key: value for key, value in environ.items() if key not in self._said}
        handed["REMOTE_ADDR"] = NOWHERE if address is None else str(address)
        return handed


def name_key(header: str) -> str:
    """Where WSGI keeps a header."""
    return "HTTP_" + header.upper().replace("-", "_")
