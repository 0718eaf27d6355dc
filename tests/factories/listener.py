"""Somebody who takes in webhooks, so that a test can see what was sent."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PATIENCE = 20.0


@dataclass
class Listener:
    """What came to ``url``, in order. ``answers`` are the statuses given first; then 200."""

    url: str
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    def wait_for(self, count: int, *, holding: bytes = b"") -> list[tuple[dict[str, str], bytes]]:
        """The calls that hold those words, once they are ``count``. ``AssertionError`` after 20 s."""
        deadline = time.monotonic() + PATIENCE
        while len(found := [one for one in self.heard if holding in one[1]]) < count:
            assert time.monotonic() < deadline, f"heard {len(found)} of {count}"
            time.sleep(0.02)
        return found


@contextmanager
def listen() -> Iterator[Listener]:
    """A listener for the length of a block."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status = listener.answers.pop(0) if listener.answers else 200
            if status < 300:
                listener.heard.append((headers, body))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener = Listener(f"http://127.0.0.1:{server.server_port}/webhooks/stripe/")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield listener
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
