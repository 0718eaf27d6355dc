"""The gate in granian's worker: stories are answered at once, what waits for Django waits aside.

granian hands a request to one of a few threads and is content with an answer that comes later and
from another thread. So those threads answer stories and nothing else; a request that needs Django
goes to one of two pools, and readers of stories not yet held do not queue behind slow pages. Nor
does a story need the environ that WSGI promises: the gate reads granian's own.
"""

from __future__ import annotations

import logging
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any, Protocol

from broadsheet.gate.upstream import Environ, Headers, WsgiApp
from broadsheet.gate.waiting import Later, answers_stories

log = logging.getLogger(__name__)
FOR_PAGES, FOR_STORIES = 32, 16
"""Requests of each kind that may wait for Django at once; more queue."""
UPLOADS = 3
"""Bodies that may come in at once; granian takes them from its own threads only."""
WRAPPER = "_wsgi_call_wrap"
"""granian's name for what makes a WSGI program its own; not promised, so tested."""
LARGEST = 64 << 20
"""Bytes of one body; nothing here takes a larger one, and it would lie on this host's disk."""
IN_MEMORY = 1 << 20
BLOCK = 65_536
_TEXT = ("Content-Type", "text/plain")
TROUBLE = (500, [_TEXT], b"Something went wrong here.\n")
BUSY = (503, [_TEXT, ("Retry-After", "5")], b"Too much is being sent here just now.\n")
TOO_LARGE = (413, [_TEXT], b"What was sent is too large.\n")
CUT_SHORT = (400, [_TEXT], b"The request ended too soon.\n")
Refusal = tuple[int, Headers, bytes]


class Answering(Protocol):
    """granian's end of one request."""

    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None: ...
    def response_iter(self, status: int, headers: Headers, body: Any) -> None: ...


def install(application: WsgiApp) -> bool:
    """Have the granian in whose worker this is run ``application`` so; whether there is one."""
    granian = sys.modules.get("granian.server.mp")
    if granian is None:
        return False
    if not hasattr(granian, WRAPPER):
        log.warning("this granian is not known: slow pages may hold up stories")
        return False
    runner = Runner(application)
    setattr(granian, WRAPPER, lambda *_: runner)
    return True


class Runner:
    """What granian calls for each request."""

    def __init__(self, application: WsgiApp) -> None:
        self._application = application
        self._pages = ThreadPoolExecutor(FOR_PAGES, "pages")
        self._stories = ThreadPoolExecutor(FOR_STORIES, "stories")
        self._uploads = threading.BoundedSemaphore(UPLOADS)

    def __call__(self, proto: Answering, scope: Environ) -> None:
        answers_stories()
        try:
            self._answer(proto, scope)
        except Later as later:
            refusal = self._take_body(scope) if _has_body(scope) else None
            if refusal is not None:
                proto.response_bytes(*refusal)
                return
            pool = self._stories if later.for_story else self._pages
            pool.submit(self._answer_later, proto, scope)

    def _answer(self, proto: Answering, environ: Environ) -> None:
        started = _Started()
        body = self._application(environ, started)
        if isinstance(body, list):
            proto.response_bytes(
                started.status, started.headers, body[0] if len(body) == 1 else b"".join(body)
            )
        else:
            proto.response_iter(started.status, started.headers, _Parts(body))

    def _answer_later(self, proto: Answering, environ: Environ) -> None:
        try:
            self._answer(proto, environ)
        except Exception:
            log.exception("%s could not be answered", environ["PATH_INFO"])
            proto.response_bytes(*TROUBLE)
        finally:
            taken = environ["wsgi.input"]
            if isinstance(taken, tempfile.SpooledTemporaryFile):
                taken.close()

    def _take_body(self, environ: Environ) -> Refusal | None:
        """Take the whole body now, to disk if it is long."""
        length = int(environ.get("CONTENT_LENGTH") or -1)
        if length > LARGEST:
            return TOO_LARGE
        if not self._uploads.acquire(blocking=False):
            return BUSY
        taken: IO[bytes] = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 (the answer closes it)
        try:
            while taken.tell() <= LARGEST and (block := environ["wsgi.input"].read(BLOCK)):
                taken.write(block)
        finally:
            self._uploads.release()
        if taken.tell() > LARGEST or length not in {-1, taken.tell()}:
            refusal = TOO_LARGE if taken.tell() > LARGEST else CUT_SHORT
            taken.close()
            return refusal
        taken.seek(0)
        environ["wsgi.input"] = taken
        return None


class _Started:
    """``start_response`` of one request."""

    __slots__ = ("headers", "status")

    def __call__(self, status: str, headers: Headers, exc_info: Any = None) -> None:
        del exc_info
        self.status = int(status[:3])
        self.headers = headers


class _Parts:
    """A body as granian walks it."""

    def __init__(self, body: Iterable[bytes]) -> None:
        self._body = body
        self._next: Callable[[], bytes] = iter(body).__next__

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return self._next()

    def close(self) -> None:
        close = getattr(self._body, "close", None)
        if close is not None:
            close()


def _has_body(environ: Environ) -> bool:
    return (
        environ.get("CONTENT_LENGTH", "0") not in {"", "0"} or "HTTP_TRANSFER_ENCODING" in environ
    )
