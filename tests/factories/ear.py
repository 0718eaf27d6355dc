"""Somebody who is told things over HTTP, writes them down and lets a test hand them on."""

from __future__ import annotations

import json
import queue
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

PATIENCE = 15.0
Heard = tuple[dict[str, str], bytes]
"""Headers and body of one call."""


class Ear(HTTPServer):
    """Answers each call with ``status`` and keeps it in ``heard``."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.heard: list[Heard] = []
        self.status = 200
        self._fresh: queue.Queue[Heard] = queue.Queue()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/webhooks/test/"

    def kinds(self) -> list[str]:
        return [json.loads(body)["kind"] for _, body in self.heard]

    def note(self, call: Heard) -> None:
        self.heard.append(call)
        self._fresh.put(call)

    def wait_for(self, count: int) -> list[Heard]:
        """The next ``count`` calls, in the order in which they came."""
        return [self._fresh.get(timeout=PATIENCE) for _ in range(count)]


class _Handler(BaseHTTPRequestHandler):
    server: Ear

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.note((dict(self.headers), body))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def listening() -> Iterator[Ear]:
    """An ear for the length of a block."""
    with Ear() as ear:
        Thread(target=ear.serve_forever, args=(0.01,), daemon=True).start()
        yield ear
        ear.shutdown()
