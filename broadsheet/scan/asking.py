"""Asking one site for its pages: bounded in time, size and redirects, never off the site.

An answer is unpacked here, piece by piece, so that a small body cannot become a huge one. What
must be seen as it went over the wire (a body after HEAD or 304) is asked for over a bare socket.
"""

from __future__ import annotations

import contextlib
import http.cookiejar
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import brotli
import httpx

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 15.0
BARE_SECONDS = 5.0
WHOLE_SECONDS = 30.0
MOST_BYTES = 4 * 1024 * 1024
PIECE_BYTES = 8 * 1024
MOST_REDIRECTS = 5
LONGEST_WAIT = 10.0
GIVE_UP_AFTER = 20
AGENT = "Mozilla/5.0 (compatible; Broadsheet-Scan)"
BUSY = frozenset({429, 503})
GZIP_OR_ZLIB = 47
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
PATH_SIGNS = "/%:@!$&'()*+,;=~"


class CannotScan(Exception):  # noqa: N818
    """The scan cannot begin or go on; the message says what to do."""


class NoAnswer(Exception):  # noqa: N818
    """One request brought nothing that could be read."""


class OffSite(NoAnswer):
    """A redirect leads to another site; it is not followed."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, unpacked. ``cut`` says that the body went on beyond the limit."""

    address: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    cut: bool = False

    @property
    def text(self) -> str:
        kind = self.headers.get("content-type", "")
        charset = kind.lower().partition("charset=")[2].partition(";")[0].strip(" \"'")
        try:
            return self.body.decode(charset or "utf-8", "replace")
        except LookupError:
            return self.body.decode("utf-8", "replace")

    @property
    def head(self) -> str:
        """The headers as text; a locked sentence may stand there too."""
        return "\n".join(self.headers.values())

    @property
    def is_html(self) -> bool:
        kind = self.headers.get("content-type", "text/html").lower()
        return "html" in kind or not kind


@dataclass(slots=True)
class Reader:
    """One client of the site: its name in the report, what it always sends, its cookies."""

    name: str
    headers: Mapping[str, str] = field(default_factory=dict)
    jar: http.cookiejar.CookieJar = field(default_factory=http.cookiejar.CookieJar)
    opened: set[str] = field(default_factory=set)
    client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = httpx.Client(
            cookies=self.jar,
            follow_redirects=False,
            trust_env=False,
            headers={"User-Agent": AGENT, "Accept": "text/html,*/*;q=0.8", **self.headers},
            limits=httpx.Limits(max_connections=16, keepalive_expiry=5),
            timeout=httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
        )

    def like(self, name: str, headers: Mapping[str, str]) -> Reader:
        """Another client with the same cookies."""
        return Reader(name, headers, self.jar, self.opened)


def without_cookies(name: str, headers: Mapping[str, str] | None = None) -> Reader:
    """A client that gives no cookie back."""
    nobody = http.cookiejar.DefaultCookiePolicy(allowed_domains=[])
    return Reader(name, headers or {}, http.cookiejar.CookieJar(nobody))


class Site:
    """The one site that is asked. ``pause`` is the least time between two requests, in seconds."""

    def __init__(self, origin: str, *, pause: float | None = None) -> None:
        self.origin = origin
        where = urlsplit(origin)
        self._host = where.hostname or ""
        self._pause = (0.0 if self._host in LOOPBACK else 0.1) if pause is None else pause
        self._turn = threading.Lock()
        self._next = 0.0
        self._silent = 0
        self.asked = 0
        self.unanswered = 0
        self.busy = 0

    def has(self, address: str) -> bool:
        """Whether an address is on this site."""
        return find_origin(address) == self.origin

    def at(self, path: str) -> str:
        return self.origin + path

    def ask(
        self,
        reader: Reader,
        address: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
    ) -> Answer:
        """One answer, after at most five redirects on this site. Raises ``NoAnswer``."""
        for _turn in range(MOST_REDIRECTS + 1):
            if not self.has(address):
                self._note(answered=True)
                raise OffSite(f"{address} is on another site")
            answer = self._ask_patiently(reader, method, address, headers or {}, form)
            leads_to = answer.headers.get("location", "")
            if answer.status not in {301, 302, 303, 307, 308} or not leads_to:
                return answer
            address = urljoin(address, leads_to).partition("#")[0]
            method, form = ("GET", None) if answer.status not in {307, 308} else (method, form)
        raise NoAnswer(f"{address}: more than {MOST_REDIRECTS} redirects")

    def ask_bare(
        self, reader: Reader, address: str, *, method: str, headers: Mapping[str, str]
    ) -> Answer:
        """One request over a bare socket: whatever the server sends until it hangs up is the body.

        No redirect is followed. Raises ``NoAnswer``.
        """
        request = reader.client.build_request(
            method,
            address,
            headers={"Accept-Encoding": "identity", **headers, "Connection": "close"},
        )
        target = request.url.raw_path
        lines = [f"{method} {target.decode('ascii')} HTTP/1.1".encode("ascii")]
        lines += [name + b": " + value for name, value in request.headers.raw]
        self._wait()
        try:
            came = _exchange(urlsplit(address), b"\r\n".join([*lines, b"", b""]))
            answer = _read_bare(address, came)
        except (OSError, ValueError) as error:
            self._note(answered=False)
            raise NoAnswer(f"{method} {address}: {error!r}") from error
        self._note(answered=True)
        return answer

    def _ask_patiently(
        self,
        reader: Reader,
        method: str,
        address: str,
        headers: Mapping[str, str],
        form: Mapping[str, str] | None,
    ) -> Answer:
        answer = self._ask_once(reader, method, address, headers, form)
        if answer.status in BUSY and (wait := _read_wait(answer)) is not None:
            self.busy += 1
            threading.Event().wait(wait)
            return self._ask_once(reader, method, address, headers, form)
        return answer

    def _ask_once(
        self,
        reader: Reader,
        method: str,
        address: str,
        headers: Mapping[str, str],
        form: Mapping[str, str] | None,
    ) -> Answer:
        self._wait()
        try:
            with reader.client.stream(method, address, headers=headers, data=form) as response:
                body, cut = _unpack(response)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, zlib.error, brotli.error) as error:
            self._note(answered=False)
            raise NoAnswer(f"{method} {address}: {error!r}") from error
        self._note(answered=True)
        return Answer(address, response.status_code, response.headers, body, cut)

    def _wait(self) -> None:
        """Keep the pace: one request after another, whichever thread sends it."""
        with self._turn:
            self.asked += 1
            now = time.monotonic()
            begin, self._next = max(now, self._next), max(now, self._next) + self._pause
        if begin > now:
            threading.Event().wait(begin - now)

    def _note(self, *, answered: bool) -> None:
        with self._turn:
            self._silent = 0 if answered else self._silent + 1
            self.unanswered += not answered
            if self._silent >= GIVE_UP_AFTER:
                raise CannotScan(
                    f"{self.origin} stopped answering: {self._silent} requests in a row failed. "
                    "Look whether it still runs, or ask it more slowly with --at-once 1 --pause 1."
                )


def find_origin(address: str) -> str:
    """``scheme://host[:port]`` of a whole address, ``""`` where there is none."""
    try:
        where = urlsplit(address)
        port = where.port
    except ValueError:
        return ""
    scheme = where.scheme.lower()
    if scheme not in {"http", "https"} or not where.hostname:
        return ""
    host = f"[{where.hostname}]" if ":" in where.hostname else where.hostname
    usual = {"http": 80, "https": 443}[scheme]
    return f"{scheme}://{host}" + (f":{port}" if port and port != usual else "")


def tidy_address(address: str) -> str:
    """An address as it goes over the wire: no fragment, spaces and letters beyond ASCII quoted."""
    try:
        where = urlsplit(address.strip())
    except ValueError:
        return ""
    path = quote(where.path or "/", safe=PATH_SIGNS)
    return where._replace(
        path=path, query=quote(where.query, safe=PATH_SIGNS + "?"), fragment=""
    ).geturl()


def _read_wait(answer: Answer) -> float | None:
    """How long a busy site asks us to wait, if it says so and that is not too long."""
    written = answer.headers.get("retry-after", "")
    if not written.isdecimal() or not written.isascii() or float(written) > LONGEST_WAIT:
        return None
    return float(written)


def _unpack(response: httpx.Response) -> tuple[bytes, bool]:
    """The decoded body up to the limit, and whether there was more. Raises ``NoAnswer``."""
    deadline = time.monotonic() + WHOLE_SECONDS
    unpackers = [
        _unpacker(coding.strip())
        for coding in reversed(response.headers.get("content-encoding", "").lower().split(","))
        if coding.strip() not in {"", "identity"}
    ]
    held = bytearray()
    for piece in response.iter_raw(PIECE_BYTES):
        for unpacker in unpackers:
            piece = unpacker(piece)  # noqa: PLW2901
        held += piece
        if len(held) > MOST_BYTES:
            return bytes(held[:MOST_BYTES]), True
        if time.monotonic() > deadline:
            raise NoAnswer(f"{response.url}: the answer took too long")
    return bytes(held), False


def _unpacker(coding: str) -> Callable[[bytes], bytes]:
    """Unpacks one piece after another, none to much more than the limit of a whole answer."""
    if coding == "br":
        return partial(brotli.Decompressor().process, output_buffer_limit=MOST_BYTES + 1)
    if coding in {"gzip", "x-gzip", "deflate"}:
        unpacking = zlib.decompressobj(wbits=GZIP_OR_ZLIB)
        return lambda piece: unpacking.decompress(piece, MOST_BYTES + 1)
    raise ValueError(f"the answer is packed by {coding!r}, which was not asked for")


def _exchange(where: Any, request: bytes) -> bytes:
    port = where.port or (443 if where.scheme == "https" else 80)
    deadline = time.monotonic() + WHOLE_SECONDS
    came = bytearray()
    with contextlib.ExitStack() as stack:
        line: socket.socket = stack.enter_context(
            socket.create_connection((where.hostname, port), CONNECT_SECONDS)
        )
        if where.scheme == "https":
            context = ssl.create_default_context()
            line = stack.enter_context(context.wrap_socket(line, server_hostname=where.hostname))
        line.settimeout(BARE_SECONDS)
        line.sendall(request)
        with contextlib.suppress(ConnectionResetError, TimeoutError):
            for piece in iter(lambda: line.recv(65536), b""):
                came += piece
                if len(came) > MOST_BYTES or time.monotonic() > deadline:
                    break
    return bytes(came)


def _read_bare(address: str, came: bytes) -> Answer:
    head, parted, body = came.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    if not parted or not first.startswith("HTTP/"):
        raise ValueError("no HTTP answer came")
    headers = httpx.Headers(list(_read_lines(lines)))
    for coding in headers.get("content-encoding", "").lower().split(","):
        with contextlib.suppress(ValueError, zlib.error, brotli.error):
            body = _unpacker(coding.strip())(body)
    return Answer(address, int(first.split(" ")[1]), headers, body[:MOST_BYTES])


def _read_lines(lines: list[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        name, _, value = line.partition(":")
        if name.strip():
            yield name.strip(), value.strip()
