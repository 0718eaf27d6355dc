"""A tree of processes that starts together and ends together.

Each child is its own process group. One that dies is started again after a growing pause; one that
never lived ``QUICK`` seconds, ``TRIES`` times over, gives up on the whole tree. On
SIGINT or SIGTERM every group is asked to end and, after ``PATIENCE`` seconds, killed. On Linux the
kernel ends the children too when the parent is killed outright.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

log = logging.getLogger(__name__)
PATIENCE = 10.0
QUICK = 5.0
TRIES = 3
LONGEST_PAUSE = 30.0
SETTLED = 30.0
"""Seconds until a child may be asked to yield: starting is not to be slow."""
_PR_SET_PDEATHSIG = 1


@dataclass(slots=True)
class Child:
    """One process to keep alive; once it has settled it yields to others by ``nice``.

    ``leaves`` is a file that it leaves behind when killed and stumbles over when started again.
    """

    name: str
    command: Sequence[str]
    environ: Mapping[str, str] = field(default_factory=dict)
    nice: int = 0
    leaves: Path | None = None
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    quick_deaths: int = 0
    has_lived: bool = False
    due: float = 0.0
    is_yielding: bool = False


class ProcessTree:
    """Runs children until told to stop; ``run`` answers the exit code."""

    def __init__(self, children: Sequence[Child], *, settled: float = SETTLED) -> None:
        self.children = list(children)
        self.settled = settled
        self.stopping = threading.Event()

    def run(self, *, when_started: Callable[[], None] | None = None) -> int:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self.stopping.set())
        gc.freeze()  # or all that the parent ever loaded is searched through at its end
        for child in self.children:
            _start(child)
        if when_started is not None:
            threading.Thread(target=when_started, daemon=True).start()
        code = 0
        while not self.stopping.wait(0.2) and code == 0:
            code = next((1 for child in self.children if not self._keep(child)), 0)
        self._end()
        return code

    def _keep(self, child: Child) -> bool:
        """Whether the tree may go on, after starting ``child`` again if it has died."""
        clock = time.monotonic()
        if child.process is None:
            if clock >= child.due:
                _start(child)
            return True
        if child.process.poll() is None:
            if child.nice and not child.is_yielding and clock - child.started > self.settled:
                yield_to_others(child.process.pid, child.nice)
                child.is_yielding = True
            return True
        quick = clock - child.started < QUICK
        child.has_lived = child.has_lived or not quick
        child.quick_deaths = child.quick_deaths + 1 if quick else 0
        if child.quick_deaths >= TRIES and not child.has_lived:
            log.error("%s ended %s times at once; giving up", child.name, TRIES)
            return False
        pause = min(2.0**child.quick_deaths, LONGEST_PAUSE) if quick else 0.0
        log.warning("%s ended with %s; starting it again", child.name, child.process.returncode)
        _signal(child, signal.SIGKILL)
        child.process, child.due = None, clock + pause
        return True

    def _end(self) -> None:
        for child in self.children:
            _signal(child, signal.SIGTERM)
        last = time.monotonic() + PATIENCE
        for child in self.children:
            if child.process is None:
                continue
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(max(0.0, last - time.monotonic()))
            _signal(child, signal.SIGKILL)
            child.process.wait()


def _start(child: Child) -> None:
    child.started, child.is_yielding = time.monotonic(), False
    if child.leaves is not None:
        child.leaves.unlink(missing_ok=True)
    child.process = subprocess.Popen(  # noqa: S603
        list(child.command),
        env={**os.environ, **child.environ},
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509
    )


def _signal(child: Child, number: signal.Signals) -> None:
    if child.process is not None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.process.pid, number)


def yield_to_others(group: int, nice: int) -> None:
    """Let every process and thread of a group give way to others on a busy machine."""
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PGRP, group, nice)
    with contextlib.suppress(OSError):  # to some kernels each session is a group of its own
        Path(f"/proc/{group}/autogroup").write_text(str(nice), encoding="ascii")


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
