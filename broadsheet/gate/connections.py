"""Connections kept open to what stands behind the gate: a Unix socket or a host and port."""

from __future__ import annotations

import select
import socket
import time
from collections import deque
from http.client import HTTPConnection
from urllib.parse import urlsplit

UNIX = "unix:"
KEPT = 32
"""Connections kept open while nobody uses them."""
PATIENCE = 5.0
"""Seconds to wait for a server that is just starting again."""
PAUSE = 0.05
CONNECT_SECONDS = 5.0


class CannotReach(Exception):  # noqa: N818
    """Nobody answers there now; a server that starts again will."""


class Connections:
    """Connections to one address: ``unix:/path`` or ``http://host:port``."""

    def __init__(self, address: str, *, patience: float = PATIENCE) -> None:
        self._address = address
        self._patience = patience
        self._kept: deque[HTTPConnection] = deque(maxlen=KEPT)

    def take(self, timeout: float) -> HTTPConnection:
        """An open connection, kept or new, with ``timeout`` seconds for each step on it.

        Raises ``CannotReach``.
        """
        while self._kept:
            try:
                kept = self._kept.pop()
            except IndexError:
                break
            if kept.sock is not None and not _has_news(kept.sock):
                kept.sock.settimeout(timeout)
                return kept
            kept.close()
        return self.open(timeout)

    def open(self, timeout: float) -> HTTPConnection:
        """A new connection; a server that is just starting is waited for. Raises ``CannotReach``."""
        last = time.monotonic() + self._patience
        while True:
            connection = _make(self._address)
            try:
                connection.connect()
            except OSError as error:
                connection.close()
                if time.monotonic() >= last:
                    raise CannotReach(f"{self._address}: {error}") from error
                time.sleep(PAUSE)
            else:
                connection.sock.settimeout(timeout)
                return connection

    def give_back(self, connection: HTTPConnection) -> None:
        """Keep a connection whose answer was read to its end."""
        if connection.sock is None or len(self._kept) >= KEPT:
            connection.close()
        else:
            self._kept.append(connection)

    def close(self) -> None:
        while self._kept:
            self._kept.pop().close()


class _ByUnixSocket(HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost")
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(CONNECT_SECONDS)
        self.sock.connect(self._path)


def _make(address: str) -> HTTPConnection:
    if address.startswith(UNIX):
        return _ByUnixSocket(address.removeprefix(UNIX))
    parts = urlsplit(address)
    return HTTPConnection(parts.hostname or "127.0.0.1", parts.port, timeout=CONNECT_SECONDS)


def _has_news(sock: socket.socket) -> bool:
    """Whether an idle connection has something to read: its end, or what nobody asked for."""
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))
