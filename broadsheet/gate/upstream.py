"""Behind the gate: Django, asked for pages or handed a reader's request.

``InProcess`` calls it; ``over_http.OverHttp`` reaches processes of its own.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
StartResponse = Callable[..., Any]
WsgiApp = Callable[[Environ, StartResponse], Iterable[bytes]]

PLAIN_UNAVAILABLE = (
    b"<!doctype html><html lang=en><meta charset=utf-8><title>One moment</title>"
    b"<h1>This page cannot be shown just now.</h1><p>Please try again in a minute."
)


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer of the upstream."""

    status: int
    headers: Headers
    body: bytes


class Upstream(Protocol):
    """What stands behind the gate."""

    def forward(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Hand a reader's request on as it is; the answer may stream."""

    def fetch(self, path: str, *, key: str, value: str, cookie: str = "") -> Answer:
        """Ask for ``path`` on the gate's own behalf: GET, no header of any reader but ``cookie``.

        ``key`` and ``value`` go into the environ, where no client can put them.
        """

    def get_unavailable_page(self) -> bytes:
        """The page that goes with a 503."""


class InProcess:
    """Django, called as the WSGI program it is."""

    def __init__(
        self,
        application: WsgiApp,
        *,
        origin: str = "http://127.0.0.1:8000",
        unavailable: Callable[[], bytes] = lambda: PLAIN_UNAVAILABLE,
    ) -> None:
        scheme, _, host = origin.partition("://")
        name, _, port = host.partition(":")
        self._application = application
        self._unavailable = unavailable
        self._environ = {
            "REQUEST_METHOD": "GET",
            "SCRIPT_NAME": "",
            "QUERY_STRING": "",
            "SERVER_NAME": name,
            "SERVER_PORT": port or ("443" if scheme == "https" else "80"),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": host,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": scheme,
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }

    def forward(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        return self._application(environ, start_response)

    def fetch(self, path: str, *, key: str, value: str, cookie: str = "") -> Answer:
        environ = {
            **self._environ,
            "PATH_INFO": path,
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": sys.stderr,
            key: value,
        }
        if cookie:
            environ["HTTP_COOKIE"] = cookie
        started: list[tuple[str, Headers]] = []

        def start_response(status: str, headers: Headers, exc_info: Any = None) -> None:
            del exc_info
            started[:] = [(status, headers)]

        parts = self._application(environ, start_response)
        try:
            body = b"".join(parts)
        finally:
            close = getattr(parts, "close", None)
            if close is not None:
                close()
        status, headers = started[0]
        return Answer(int(status[:3]), headers, body)

    def get_unavailable_page(self) -> bytes:
        return self._unavailable()
