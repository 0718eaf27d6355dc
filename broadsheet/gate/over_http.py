"""Django in processes of its own, reached over a Unix socket or a host and port.

Whatever waits for Django holds one of ``places``; beyond them a request is told at once to come
again. Threads that answer stories do not wait at all (``waiting``).
"""

from __future__ import annotations

import contextlib
import logging
import string
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http.client import (
    HTTPConnection,
    HTTPException,
    HTTPResponse,
    IncompleteRead,
    RemoteDisconnected,
)
from typing import Any, NamedTuple
from urllib.parse import quote

from broadsheet.gate.connections import CannotReach, Connections
from broadsheet.gate.upstream import PLAIN_UNAVAILABLE, Answer, Environ, Headers, StartResponse
from broadsheet.gate.waiting import be_patient
from broadsheet.protocol.handover import ENVIRON_HEADER, HEADER, Handover, write_handover

log = logging.getLogger(__name__)
PLACES = 48
"""Requests that may wait for Django at once, in each process of the gate."""
FETCH_SECONDS = 30.0
FORWARD_SECONDS = 120.0
"""How long an answer may make us wait for its next bytes; then 504."""
BLOCK = 65_536
READING = frozenset({"GET", "HEAD"})
PER_HOP = frozenset(
    {
        "connection",
        "expect",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Headers that mean one connection and not the message."""
OF_THE_MESSAGE = frozenset({"content-length", "content-type", "cookie", "host"})
"""Headers that no ``Connection`` header takes away: without its length a body would be read behind
the gate as the next request."""
OUR_OWN = frozenset({"date", "server"})
"""Headers of an answer that this server writes itself."""
_SAFE_IN_PATH = "/:@!$&'()*+,;=~-._"
_SAFE_IN_QUERY = string.punctuation


class _Failed(Exception):  # noqa: N818
    """No answer that could be handed on; the status and reason that say so."""

    def __init__(self, status: str, retry_after: int = 0) -> None:
        super().__init__(status)
        self.status = status
        self.retry_after = retry_after


class _Request(NamedTuple):
    method: str
    target: str
    headers: Headers
    body: Iterator[bytes] | None = None
    is_chunked: bool = False


class OverHttp:
    """An ``Upstream`` at an address; ``key`` signs what only the gate may say."""

    def __init__(
        self,
        address: str,
        *,
        key: bytes,
        origin: str = "http://127.0.0.1:8000",
        unavailable: Callable[[], bytes] = lambda: PLAIN_UNAVAILABLE,
        places: int = PLACES,
        connections: Connections | None = None,
    ) -> None:
        self._scheme, _, self._host = origin.partition("://")
        self._key = key
        self._unavailable = unavailable
        self._connections = connections or Connections(address)
        self._places = threading.BoundedSemaphore(places)

    def forward(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        be_patient(for_story=False)
        path: str = environ["PATH_INFO"]
        handover = Handover(environ.get("REMOTE_ADDR", ""), environ["wsgi.url_scheme"])
        query = environ.get("QUERY_STRING", "")
        request = _Request(
            environ["REQUEST_METHOD"],
            f"{_write_path(path)}?{_write_query(query)}" if query else _write_path(path),
            [*_list_headers(environ), (HEADER, write_handover(self._key, handover, path))],
            *_get_body(environ),
        )
        try:
            answer = self._ask(request, FORWARD_SECONDS)
            body = answer.read_small() or answer
        except _Failed as failure:
            return self._refuse(failure, start_response)
        response = answer.response
        start_response(f"{response.status} {response.reason}", _keep_headers(response))
        return body

    def fetch(self, path: str, *, key: str, value: str, cookie: str = "") -> Answer:
        be_patient(for_story=True)
        handover = Handover("127.0.0.1", self._scheme, key, value)
        headers = [
            ("Host", self._host),
            (HEADER, write_handover(self._key, handover, path)),
            *([("Cookie", cookie)] if cookie else []),
        ]
        try:
            with _naming_failures(path):
                answer = self._ask(_Request("GET", _write_path(path), headers), FETCH_SECONDS)
                body = b"".join(answer)
        except _Failed as failure:
            return Answer(int(failure.status[:3]), [], b"")
        return Answer(answer.response.status, _keep_headers(answer.response), body)

    def get_unavailable_page(self) -> bytes:
        return self._unavailable()

    def _ask(self, request: _Request, timeout: float) -> _Streaming:
        """The answer as far as its headers, holding a place until it is closed. Raises ``_Failed``."""
        if not self._places.acquire(blocking=False):
            log.warning("no place to wait for %s", request.target)
            raise _Failed("503 Service Unavailable", retry_after=1)
        try:
            with _naming_failures(request.target):
                connection, response = self._exchange(request, timeout)
        except BaseException:
            self._places.release()
            raise
        return _Streaming(connection, response, self._end)

    def _exchange(self, request: _Request, timeout: float) -> tuple[HTTPConnection, HTTPResponse]:
        connection = self._connections.take(timeout)
        try:
            return connection, _send(connection, request)
        except (BrokenPipeError, ConnectionResetError, RemoteDisconnected):
            connection.close()
            if request.method not in READING or request.body is not None:
                raise  # it may have been done: never twice
            connection = self._connections.open(timeout)
            try:
                return connection, _send(connection, request)
            except BaseException:
                connection.close()
                raise
        except BaseException:
            connection.close()
            raise

    def _end(self, connection: HTTPConnection, *, is_whole: bool) -> None:
        if is_whole:
            self._connections.give_back(connection)
        else:
            connection.close()
        self._places.release()

    def _refuse(self, failure: _Failed, start_response: StartResponse) -> list[bytes]:
        page = self._unavailable()
        headers = [
            ("Content-Type", "text/html; charset=utf-8"),
            ("Content-Length", str(len(page))),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
        ]
        if failure.retry_after:
            headers.append(("Retry-After", str(failure.retry_after)))
        start_response(failure.status, headers)
        return [page]


class _Streaming:
    """The rest of an answer, block by block; closing it gives connection and place back."""

    def __init__(
        self, connection: HTTPConnection, response: HTTPResponse, end: Callable[..., None]
    ) -> None:
        self.response = response
        self._connection = connection
        self._end = end
        self._is_open = True

    def __iter__(self) -> Iterator[bytes]:
        try:
            while block := self.response.read1(BLOCK):
                yield block
            if self.response.length:  # the reader must see that something is missing
                raise IncompleteRead(b"", self.response.length)
        finally:
            self.close()

    def read_small(self) -> list[bytes] | None:
        """A short answer whole, so that the reader's own connection delays nobody.

        Raises ``_Failed``.
        """
        length = self.response.length
        if length is None or length > BLOCK:
            return None
        try:
            with _naming_failures("a short answer"):
                return [self.response.read()]
        finally:
            self.close()

    def close(self) -> None:
        if self._is_open:
            self._is_open = False
            is_whole = self.response.isclosed() or self.response.length == 0
            self.response.close()
            self._end(self._connection, is_whole=is_whole and not self.response.will_close)


def _send(connection: HTTPConnection, request: _Request) -> HTTPResponse:
    connection.putrequest(request.method, request.target, skip_host=True, skip_accept_encoding=True)
    for name, value in request.headers:
        connection.putheader(name, value)
    refused = (BrokenPipeError, ConnectionResetError) if request.body else ()
    with contextlib.suppress(*refused):  # an answer may come before the whole body has gone
        connection.endheaders(request.body, encode_chunked=request.is_chunked)
    return connection.getresponse()


@contextmanager
def _naming_failures(target: str) -> Iterator[None]:
    """Errors of the wire become what a reader is told: ``_Failed``."""
    try:
        yield
    except CannotReach as error:
        log.error("%s: nothing answers behind the gate: %s", target, error)  # noqa: TRY400
        raise _Failed("503 Service Unavailable", retry_after=5) from error
    except TimeoutError as error:
        log.error("%s: no answer in time", target)  # noqa: TRY400
        raise _Failed("504 Gateway Timeout") from error
    except (OSError, HTTPException) as error:
        log.error("%s: the answer broke off: %r", target, error)  # noqa: TRY400
        raise _Failed("502 Bad Gateway") from error


def _write_path(path: str) -> str:
    return quote(path.encode("latin-1"), safe=_SAFE_IN_PATH)


def _write_query(query: str) -> str:
    """The query as it came; letters beyond ASCII, which few clients send bare, are quoted."""
    return query if query.isascii() else quote(query.encode("latin-1"), safe=_SAFE_IN_QUERY)


def _list_headers(environ: Environ) -> Headers:
    """The request's headers without those of the connection or those the gate says itself."""
    named = {name.strip().lower() for name in environ.get("HTTP_CONNECTION", "").split(",")}
    dropped = PER_HOP | (named - OF_THE_MESSAGE)
    headers = []
    for key, value in environ.items():
        if key.startswith("HTTP_") and key != ENVIRON_HEADER:
            name = key[5:].replace("_", "-").title()
        elif key in {"CONTENT_TYPE", "CONTENT_LENGTH"} and value:
            name = key.replace("_", "-").title()
        else:
            continue
        if name.lower() not in dropped:
            headers.append((name, value))
    if "HTTP_TRANSFER_ENCODING" in environ and "CONTENT_LENGTH" not in environ:
        headers.append(("Transfer-Encoding", "chunked"))
    return headers


def _get_body(environ: Environ) -> tuple[Iterator[bytes] | None, bool]:
    """The request's body in blocks, ``None`` without one; and whether its length is unknown."""
    length = environ.get("CONTENT_LENGTH") or ""
    if length.isdecimal():
        return (_read_blocks(environ["wsgi.input"], int(length)) if int(length) else None), False
    if "HTTP_TRANSFER_ENCODING" in environ:
        return _read_blocks(environ["wsgi.input"], None), True
    return None, False


def _read_blocks(source: Any, left: int | None) -> Iterator[bytes]:
    while left is None or left > 0:
        block: bytes = source.read(BLOCK if left is None else min(BLOCK, left))
        if not block:
            break
        if left is not None:
            left -= len(block)
        yield block


def _keep_headers(response: HTTPResponse) -> Headers:
    named = {name.strip().lower() for name in (response.getheader("Connection") or "").split(",")}
    dropped = PER_HOP | OUR_OWN | named
    return [(name, value) for name, value in response.getheaders() if name.lower() not in dropped]
