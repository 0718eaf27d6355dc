"""A threading WSGI server from the standard library, with hard limits and a quiet end.

A request holds at most 64 KiB and 64 headers, a connection may idle for 60 s, 128 connections are
served at once. SIGTERM and SIGINT: no new connection, what is being answered is answered (5 s),
what waits by the fault script is cut.
"""

from __future__ import annotations

import io
import socket
import struct
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from broadsheet.bank.faults import CutConnection

MOST_BODY = 64 * 1024
MOST_HEADERS = 64
MOST_CONNECTIONS = 128
IDLE_SECONDS = 60
LAST_SECONDS = 5.0
WSGI = Callable[..., Any]


class Server(ThreadingMixIn, TCPServer):
    """Serves one WSGI program on one address until ``end`` is called."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], app: WSGI | None = None) -> None:
        self.app = app
        self.ending = threading.Event()
        self._room = threading.BoundedSemaphore(MOST_CONNECTIONS)
        self._busy = 0
        self._free = threading.Condition()
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, Handler)

    def wait(self, seconds: float) -> None:
        """Sleep, but not past the server's end."""
        self.ending.wait(seconds)

    def end(self) -> None:
        """Stop accepting; returns at once. Call it from another thread than ``serve_forever``."""
        self.ending.set()
        self.shutdown()

    def rest(self) -> None:
        """Wait until what is being answered has been, at most five seconds."""
        with self._free:
            self._free.wait_for(lambda: self._busy == 0, LAST_SECONDS)

    @contextmanager
    def answering(self) -> Iterator[None]:
        with self._free:
            self._busy += 1
        try:
            yield
        finally:
            with self._free:
                self._busy -= 1
                self._free.notify_all()

    def process_request(self, request: Any, client_address: Any) -> None:
        while not self._room.acquire(timeout=0.5):
            if self.ending.is_set():
                self.shutdown_request(request)
                return
        try:
            super().process_request(request, client_address)
        except BaseException:
            self._room.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        error = sys.exception()
        if not isinstance(error, ConnectionError | TimeoutError):
            traceback.print_exc()


class Handler(BaseHTTPRequestHandler):
    """One connection: requests are read, bounded, and handed to the WSGI program in turn."""

    protocol_version = "HTTP/1.1"
    server_version = "BankOfKadalpur"
    sys_version = ""
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Server

    def handle_one_request(self) -> None:
        super().handle_one_request()
        if self.server.ending.is_set():
            self.close_connection = True

    def do_POST(self) -> None:
        with self.server.answering():
            self._serve()

    do_GET = do_HEAD = do_PUT = do_DELETE = do_POST  # noqa: N815

    def _serve(self) -> None:
        body = self._read_body()
        if body is None or self.server.app is None:
            return
        answer: dict[str, Any] = {}

        def start_response(status: str, headers: list[tuple[str, str]], _exc: Any = None) -> None:
            answer.update(status=int(status[:3]), headers=headers)

        try:
            chunks = b"".join(self.server.app(self._environ(body), start_response))
        except CutConnection:
            self._cut()
            return
        except Exception:  # noqa: BLE001 (the last door: a broken deed must not end the server)
            traceback.print_exc()
            self._refuse(HTTPStatus.INTERNAL_SERVER_ERROR)
            return
        self.send_response(answer["status"])
        for name, value in answer["headers"]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(chunks)

    def _read_body(self) -> bytes | None:
        """The bounded body, or None after refusing it."""
        length = self.headers.get("Content-Length", "0")
        refusal = None
        if "Transfer-Encoding" in self.headers or not (length.isascii() and length.isdigit()):
            refusal = HTTPStatus.LENGTH_REQUIRED
        elif int(length) > MOST_BODY:
            refusal = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        elif len(self.headers) > MOST_HEADERS:
            refusal = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
        if refusal is not None:
            self._refuse(refusal)
            return None
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            self.close_connection = True
            return None
        return body

    def _environ(self, body: bytes) -> dict[str, Any]:
        parts = urlsplit(self.path)
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(parts.path).decode("latin-1"),
            "QUERY_STRING": parts.query,
            "SERVER_NAME": str(self.server.server_address[0]),
            "SERVER_PORT": str(self.server.server_address[1]),
            "SERVER_PROTOCOL": self.request_version,
            "REMOTE_ADDR": str(self.client_address[0]),
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in self.headers.items():
            environ.setdefault("HTTP_" + name.upper().replace("-", "_"), value)
        return environ

    def _refuse(self, status: HTTPStatus) -> None:
        self.close_connection = True
        says = status.phrase.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(says)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(says)

    def _cut(self) -> None:
        """Close with a reset, so that the other side cannot take silence for an answer."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing: addresses hold secrets, and the book is the record."""
