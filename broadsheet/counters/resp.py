"""Redis' own protocol, as much of it as the store of reads needs, over one socket.

Measured beside redis-py (``docs/explanation/stores.md``), this costs a third of the processor
time of a question: two system calls, no thread, no parser in between.
"""

from __future__ import annotations

import socket
import ssl
import struct
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

CONNECT_SECONDS = 0.25
ANSWER_SECONDS = 0.25
PORT = 6379
MOST_BYTES = 65_536
_WRONG = (
    "the address of Redis cannot be read; write it as redis://:password@host:6379/0, with "
    "rediss:// for TLS, or as unix:///path/redis.sock?db=0"
)

Answer = int | bytes | list[Any] | None


class WrongAddress(ValueError):  # noqa: N818
    """No address of a Redis. The message says how to write one and repeats nothing of it."""


class Refused(Exception):  # noqa: N818
    """Redis answered with an error; ``code`` is its first word (``OOM``, ``NOSCRIPT``)."""

    @property
    def code(self) -> str:
        return str(self).partition(" ")[0]


class Broken(Exception):  # noqa: N818
    """The connection is of no use any more. ``unheard``: it was closed before any answer came."""

    def __init__(self, why: str, *, unheard: bool = False) -> None:
        super().__init__(why)
        self.unheard = unheard


class Address(NamedTuple):
    """Where a Redis stands; ``path`` is that of a Unix socket."""

    host: str
    port: int
    path: str
    user: str
    password: str
    database: int
    tls: bool

    def __repr__(self) -> str:
        return f"Address({self})"

    def __str__(self) -> str:
        """For logs: no user, no password."""
        return self.path or f"{self.host}:{self.port}"


def read_address(url: str) -> Address:
    """Read ``redis://``, ``rediss://`` or ``unix://``. Raises ``WrongAddress``."""
    try:
        parts = urlsplit(url)
        port = parts.port or PORT
    except ValueError:
        raise WrongAddress(_WRONG) from None
    local = parts.scheme == "unix"
    known = parts.scheme in {"redis", "rediss"} and parts.hostname
    database = parse_qs(parts.query).get("db", ["0"])[0] if local else parts.path.strip("/") or "0"
    if not (known or (local and parts.path)) or not database.isdecimal():
        raise WrongAddress(_WRONG)
    return Address(
        host=parts.hostname or "",
        port=port,
        path=unquote(parts.path) if local else "",
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        database=int(database),
        tls=parts.scheme == "rediss",
    )


class Connection:
    """One socket to a Redis. Not for two threads at once."""

    __slots__ = ("_socket",)

    def __init__(self, address: Address) -> None:
        """Connect, sign in and choose the database. Raises ``Broken``."""
        try:
            self._socket = _connect(address)
        except OSError as error:
            raise Broken(f"{address}: {error or type(error).__name__}") from None
        try:
            if address.password:
                names = [address.user] if address.user else []
                self.ask(pack("AUTH", *names, address.password))
            if address.database:
                self.ask(pack("SELECT", str(address.database)))
        except (Broken, Refused) as trouble:
            self.close()
            raise Broken(str(trouble)) from None

    def ask(self, command: bytes) -> Answer:
        """Send one packed command and read its answer. Raises ``Broken`` or ``Refused``."""
        data = b""
        try:
            self._socket.sendall(command)
            data = self._socket.recv(MOST_BYTES)
            while True:
                if not data:
                    raise Broken("closed by Redis", unheard=True)
                try:
                    answer, end = read_answer(data, 0)
                except IndexError:
                    more = self._socket.recv(MOST_BYTES)
                    if not more:
                        raise Broken("closed by Redis in the middle of an answer") from None
                    data += more
                    continue
                if end != len(data):
                    raise Broken("more answers than questions")
                return answer
        except (BlockingIOError, TimeoutError):
            raise Broken(f"no answer within {ANSWER_SECONDS} s") from None
        except OSError as error:
            raise Broken(str(error), unheard=not data) from None
        except ValueError:
            raise Broken("what answers is no Redis") from None

    def close(self) -> None:
        self._socket.close()


def pack(*words: str | bytes) -> bytes:
    """One command as it goes over the wire."""
    packed = [b"*%d\r\n" % len(words)]
    for word in words:
        word = word.encode() if isinstance(word, str) else word  # noqa: PLW2901
        packed.append(b"$%d\r\n%b\r\n" % (len(word), word))
    return b"".join(packed)


def _connect(address: Address) -> socket.socket:
    if address.path:
        made = socket.socket(socket.AF_UNIX)
        try:
            made.settimeout(CONNECT_SECONDS)
            made.connect(address.path)
        except OSError:
            made.close()
            raise
    else:
        made = socket.create_connection((address.host, address.port), CONNECT_SECONDS)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if address.tls:
            return ssl.create_default_context().wrap_socket(made, server_hostname=address.host)
    # The kernel's own time limits: Python's would cost a system call more at each step.
    limit = struct.pack("ll", *divmod(int(ANSWER_SECONDS * 1_000_000), 1_000_000))
    made.settimeout(None)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)
    return made


def read_answer(data: bytes, at: int) -> tuple[Answer, int]:
    """One answer from ``at`` on and where it ends.

    ``IndexError``: more must come. ``ValueError``: this is no answer.
    """
    head = data.find(b"\r\n", at)
    if head < 0:
        raise IndexError
    kind, text, end = data[at], data[at + 1 : head], head + 2
    if kind == 58:  # noqa: PLR2004 :
        return int(text), end
    if kind == 36:  # noqa: PLR2004 $
        length = int(text)
        if length < 0:
            return None, end
        if len(data) < end + length + 2:
            raise IndexError
        return data[end : end + length], end + length + 2
    if kind == 43:  # noqa: PLR2004 +
        return text, end
    if kind == 42:  # noqa: PLR2004 *
        answers = []
        for _ in range(int(text)):
            answer, end = read_answer(data, end)
            answers.append(answer)
        return answers, end
    if kind == 45:  # noqa: PLR2004 -
        raise Refused(text.decode("utf-8", "replace"))
    raise ValueError(text)
