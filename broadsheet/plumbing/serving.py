"""Which processes serve a newspaper, and how they reach one another."""

from __future__ import annotations

import atexit
import shutil
import sys
import tempfile
from pathlib import Path

from broadsheet.plumbing.process_tree import Child

GATE_THREADS = 4
"""They answer stories and wait for no page; more than ``granian_worker.UPLOADS``."""
DJANGO_THREADS = 12
"""More than slow desk requests are likely at once; those that compute share one interpreter."""
BACKPRESSURE = 1_024
ARENAS = "2"
"""Of glibc's allocator, which else keeps one for each thread and its leftovers in all of them."""
NICE = 13
"""At 13 a busy Django leaves the gate nineteen twentieths of a core that both want."""


def serving(*, host: str, port: int, workers: int, nice: int = NICE) -> list[Child]:
    """The processes that serve a newspaper: the gate in front, Django behind it, and a worker.

    Stories come first: the gate's processes never load Django, and whatever is slow behind them
    gives way by ``nice`` where they share a core.
    """
    behind = make_socket_folder() / "behind.sock"
    return [
        Child(
            "gate",
            [
                *_granian(workers, threads=GATE_THREADS),
                *("--host", host, "--port", str(port), "broadsheet.wsgi_gate:application"),
            ],
            {"BROADSHEET_BEHIND": f"unix:{behind}", "MALLOC_ARENA_MAX": ARENAS},
        ),
        Child(
            "django",
            [
                *_granian(workers, threads=DJANGO_THREADS),
                *("--uds", str(behind), "--uds-permissions", "0600"),
                "broadsheet.wsgi_behind:application",
            ],
            nice=nice,
            leaves=behind,
        ),
        Child(
            "worker",
            [sys.executable, "-m", "broadsheet", "site", "work"],
            nice=nice,
        ),
    ]


def _granian(workers: int, *, threads: int) -> list[str]:
    return [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--http", "1"),
        *("--workers", str(workers), "--respawn-failed-workers", "--respawn-interval", "0.5"),
        *("--blocking-threads", str(threads), "--backpressure", str(BACKPRESSURE)),
        *("--workers-kill-timeout", "5", "--log-level", "error"),
    ]


def make_socket_folder() -> Path:
    """A private folder, gone at exit, for the socket between gate and Django.

    Not in the home folder: who copies that would stumble over a socket, and its path may be too
    long for one.
    """
    folder = Path(tempfile.mkdtemp(prefix="broadsheet-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
