"""A stand-in CDN that keeps pages by tag and speaks Fastly's and Cloudflare's purge calls.

What it holds is its state; a purge takes effect before its reply goes out, so a lost reply is a
real one.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOKEN = "a-purging-token"
SERVICE = "service-1"
MOST_FASTLY = 256
MOST_CLOUDFLARE = 30


@dataclass
class RunningCdn:
    """Its address, the pages it keeps with their tags, each call it took, and faults to come.

    A fault is ``lost``, ``nonsense``, or a status with an optional ``Retry-After``: ``429 7``.
    """

    address: str
    kept: dict[str, set[str]] = field(default_factory=dict)
    calls: list[list[str]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    soft: list[bool] = field(default_factory=list)

    def keep(self, url: str, header: tuple[str, str]) -> None:
        """Keep a page with the tags of its header, split as that company splits them."""
        name, value = header
        parted = {"Surrogate-Key": value.split(), "Cache-Tag": value.split(",")}
        self.kept[url] = set(parted[name])

    def forget_tags(self, tags: Sequence[str]) -> None:
        self.calls.append(list(tags))
        wanted = set(tags)
        self.kept = {url: held for url, held in self.kept.items() if not held & wanted}

    def forget_urls(self, urls: Sequence[str]) -> None:
        self.calls.append(list(urls))
        self.kept = {url: held for url, held in self.kept.items() if url not in urls}

    def forget_everything(self) -> None:
        self.calls.append(["everything"])
        self.kept = {}


class _Handler(BaseHTTPRequestHandler):
    cdn: RunningCdn

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.cdn.faults.pop(0) if self.cdn.faults else ""
        if fault[:3].isdigit():
            status, _, rest = fault.partition(" ")
            self._answer(int(status), {"msg": "no"}, rest)
            return
        if self.path == f"/service/{SERVICE}/purge":
            status, said = self._do_as_fastly()
        elif self.path == f"/zones/{SERVICE}/purge_cache":
            status, said = self._do_as_cloudflare(json.loads(body))
        else:
            status, said = 404, {"msg": "Record not found"}
        if fault == "lost":
            self.close_connection = True
            return
        self._answer(status, "<html>" if fault == "nonsense" else said)

    def _do_as_fastly(self) -> tuple[int, object]:
        if self.headers.get("Fastly-Key") != TOKEN:
            return 401, {"msg": "Provided credentials are missing or invalid"}
        tags = self.headers.get("Surrogate-Key", "").split()
        if not 0 < len(tags) <= MOST_FASTLY:
            return 400, {"msg": "Too many surrogate keys"}
        self.cdn.soft.append(self.headers.get("Fastly-Soft-Purge") == "1")
        self.cdn.forget_tags(tags)
        return 200, {tag: f"1-{number}" for number, tag in enumerate(tags)}

    def _do_as_cloudflare(self, wanted: dict[str, object]) -> tuple[int, object]:
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return 403, {"success": False, "errors": [{"code": 10000}]}
        tags, files = wanted.get("tags", []), wanted.get("files", [])
        assert isinstance(tags, list)
        assert isinstance(files, list)
        if max(len(tags), len(files)) > MOST_CLOUDFLARE or len(wanted) != 1:
            return 400, {"success": False, "errors": [{"code": 1094}]}
        if wanted.get("purge_everything") is True:
            self.cdn.forget_everything()
        elif tags:
            self.cdn.forget_tags(tags)
        elif files:
            self.cdn.forget_urls(files)
        else:
            return 400, {"success": False, "errors": [{"code": 1012}]}
        return 200, {"success": True, "errors": [], "messages": [], "result": {"id": SERVICE}}

    def _answer(self, status: int, said: object, rest: str = "") -> None:
        body = said.encode() if isinstance(said, str) else json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if rest:
            self.send_header("Retry-After", rest)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def serve_cdn() -> Iterator[RunningCdn]:
    """Run one until the block ends."""
    handler = type("Handler", (_Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    running = RunningCdn(f"http://127.0.0.1:{server.server_port}")
    handler.cdn = running  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield running
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
