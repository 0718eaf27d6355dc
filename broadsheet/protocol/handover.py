"""What the gate says to Django when the two are processes of their own.

``MAC.JSON`` in the header ``HEADER`` of every request that the gate makes: who the client is, by
which scheme they came, and, where the gate asks on its own behalf, the key and value that Django
finds in its environ (no client can put one there). The signature covers the path. Django refuses a
request without it, and the gate drops a client's.
"""

from __future__ import annotations

import dataclasses
import hmac
import json
from dataclasses import dataclass
from hashlib import blake2s

from broadsheet.protocol.reader_pass import ENVIRON_KEY as PASS_KEY
from broadsheet.protocol.rendition import ENVIRON_KEY as RENDITION_KEY

HEADER = "Broadsheet-Handover"
ENVIRON_HEADER = "HTTP_BROADSHEET_HANDOVER"
ASKED = frozenset({"", PASS_KEY, RENDITION_KEY})
SCHEMES = frozenset({"http", "https"})
_MAC_BYTES = 16


class NotFromTheGate(ValueError):  # noqa: N818
    """A request that the gate did not make, or not for this path."""


@dataclass(frozen=True, slots=True)
class Handover:
    """One request handed on. ``client`` is an address or ``""``; ``key`` one of ``ASKED``."""

    client: str
    scheme: str
    key: str = ""
    value: str = ""


def write_handover(key: bytes, handover: Handover, path: str) -> str:
    """The header's value, ASCII. ``path`` as WSGI decodes it."""
    said = json.dumps(dataclasses.asdict(handover), separators=(",", ":"))
    return f"{_sign(key, said, path)}.{said}"


def read_handover(key: bytes, text: str, path: str) -> Handover:
    """Read what ``write_handover`` wrote. Raises ``NotFromTheGate``."""
    mac, _, said = text.partition(".")
    if not hmac.compare_digest(mac.encode(), _sign(key, said, path).encode()):
        raise NotFromTheGate(path)
    try:
        handover = Handover(**json.loads(said))
    except (ValueError, TypeError) as error:
        raise NotFromTheGate(path) from error
    if handover.key not in ASKED or handover.scheme not in SCHEMES:
        raise NotFromTheGate(path)
    return handover


def _sign(key: bytes, said: str, path: str) -> str:
    message = f"{path}\n{said}".encode("utf-8", "surrogatepass")
    return blake2s(message, key=key, digest_size=_MAC_BYTES).hexdigest()
