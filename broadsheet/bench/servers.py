"""Servers of a bench, each on its core, and what they use of it."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from broadsheet.plumbing.serving import serving

SERVER_CORE, LOAD_CORE = 0, 1
READY_WITHIN = 60.0
BEHIND = "broadsheet.wsgi_behind:application"


class CannotBench(Exception):  # noqa: N818
    """Something the bench stands on is missing or failed; the message says what to do."""


class Serving(NamedTuple):
    """Running servers: the process groups of each, and the port that they answer on."""

    port: int
    groups: tuple[int, ...]

    def cpu_seconds(self) -> float:
        """Processor time of all of them so far."""
        return sum(map(_cpu_seconds, self.groups))


@contextmanager
def serve_paper(
    port: int, environ: Mapping[str, str], *, behind: str = BEHIND
) -> Iterator[Serving]:
    """The gate and Django as ``site serve`` arranges them, all on one core, until the block ends.

    Django, the second group, has just started and gives way to nobody yet.
    """
    with ExitStack() as running:
        groups = []
        children = serving(host="127.0.0.1", port=port, workers=1)
        for child in children[:2]:
            command = [behind if word == BEHIND else word for word in child.command]
            serves = {**environ, **child.environ}
            groups.append(running.enter_context(_run(command, serves)).pid)
        _await_answer(f"http://127.0.0.1:{port}/healthz")
        yield Serving(port, tuple(groups))


@contextmanager
def serve_files(command: Sequence[str], port: int, environ: Mapping[str, str]) -> Iterator[Serving]:
    """Another server, until the block ends."""
    with _run(command, environ) as process:
        _await_port(port, process)
        yield Serving(port, (process.pid,))


@contextmanager
def serve_redis(program: str, port: int, folder: Path) -> Iterator[str]:
    """A Redis that keeps nothing, on the other core; its address."""
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)]
    command += ["--save", "", "--appendonly", "no", "--loglevel", "warning"]
    with _run(command, os.environ, core=LOAD_CORE) as process:
        _await_port(port, process)
        yield f"redis://127.0.0.1:{port}/0"


def pin(core: int) -> Callable[[], None]:
    """For ``preexec_fn``: put a process on its core."""
    return lambda: os.sched_setaffinity(0, {core})


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def measure_memory(group: int) -> dict[str, float]:
    """MB of the largest process of a group: resident in all, and without mapped files."""
    largest = {"rss_mb": 0.0, "without_files_mb": 0.0}
    for stat in _list_stats(group):
        status = (stat.parent / "status").read_text()
        kilobytes = dict(re.findall(r"^(VmRSS|RssAnon):\s+(\d+) kB", status, re.MULTILINE))
        resident = round(int(kilobytes.get("VmRSS", 0)) / 1024, 1)
        if resident > largest["rss_mb"]:
            anonymous = round(int(kilobytes["RssAnon"]) / 1024, 1)
            largest = {"rss_mb": resident, "without_files_mb": anonymous}
    return largest


@contextmanager
def _run(
    command: Sequence[str], environ: Mapping[str, str], *, core: int = SERVER_CORE
) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        list(command),
        env=dict(environ),
        stdout=sys.stderr,
        start_new_session=True,
        preexec_fn=pin(core),  # noqa: PLW1509
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def _await_port(port: int, process: subprocess.Popen[bytes]) -> None:
    last = time.monotonic() + READY_WITHIN
    while time.monotonic() < last:
        if process.poll() is not None:
            raise CannotBench(f"{process.args!r} ended at once with {process.returncode}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise CannotBench(f"nothing listens on port {port}: {process.args!r}")


def _await_answer(address: str) -> None:
    last = time.monotonic() + READY_WITHIN
    while time.monotonic() < last:
        try:
            with urllib.request.urlopen(address, timeout=10):
                return
        except urllib.error.HTTPError as error:
            error.close()
        except OSError:
            pass
        time.sleep(0.1)
    raise CannotBench(f"{address} did not answer within {READY_WITHIN:.0f} seconds")


def _cpu_seconds(group: int) -> float:
    ticks = 0
    for stat in _list_stats(group):
        with contextlib.suppress(OSError):
            fields = _read_fields(stat)
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _list_stats(group: int) -> Iterator[Path]:
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(_read_fields(stat)[2]) == group:
                yield stat


def _read_fields(stat: Path) -> list[str]:
    """The fields of ``/proc/PID/stat`` after the name."""
    return stat.read_text().rpartition(")")[2].split()
