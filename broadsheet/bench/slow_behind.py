"""Django behind the gate with two slow pages added, for the bench of mixed traffic alone.

``/desk/slow/wait`` sleeps two seconds and ``/desk/slow/compute`` works for two. No newspaper is
ever served by this module: only the bench names it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

SLOW_SECONDS = 2.0
WAITING, COMPUTING = "/desk/slow/wait", "/desk/slow/compute"


class SlowPages:
    """A WSGI program around another, with the two pages."""

    def __init__(self, behind: Callable[..., Iterable[bytes]], seconds: float) -> None:
        self._behind = behind
        self._slow = {WAITING: time.sleep, COMPUTING: compute}
        self._seconds = seconds

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        slow = self._slow.get(environ["PATH_INFO"])
        if slow is None:
            return self._behind(environ, start_response)
        slow(self._seconds)
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "4")])
        return [b"slow"]


def compute(seconds: float) -> None:
    """Keep the interpreter busy."""
    last = time.monotonic() + seconds
    while time.monotonic() < last:
        sum(range(1_000))
