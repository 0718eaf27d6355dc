"""wrk and h2load: how they are asked, and what they say."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from broadsheet.bench.servers import LOAD_CORE, SERVER_CORE, CannotBench, pin

CONNECTIONS = 64
SCRIPT = Path(__file__).with_name("load.lua")
PACKAGES = {"nginx": "nginx-light", "h2load": "nghttp2-client", "redis-server": "redis-server"}
_MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


class Figures(NamedTuple):
    """What one run of a load measured: answers, answers a second, and latencies in ms."""

    requests: int
    rate: float
    p50_ms: float
    p99_ms: float


def find_tools(*names: str) -> dict[str, str]:
    """Where the programs stand. Raises ``CannotBench``."""
    path = os.environ.get("PATH", "") + os.pathsep + "/usr/sbin"
    found = {tool: shutil.which(tool, path=path) for tool in names}
    missing = [tool for tool, place in found.items() if place is None]
    if missing:
        packages = " ".join(PACKAGES.get(tool, tool) for tool in missing)
        raise CannotBench(
            f"{' and '.join(missing)} must be installed for this bench: apt install {packages}"
        )
    if len(os.sched_getaffinity(0) & {SERVER_CORE, LOAD_CORE}) < 2:
        raise CannotBench("This bench needs cores 0 and 1: one for the server, one for the load.")
    return {tool: place for tool, place in found.items() if place is not None}


def run_wrk(program: str, port: int, seconds: int, words: Sequence[str]) -> Figures:
    """Drive a server to its end from the other core. Raises ``CannotBench``."""
    command = [
        *(program, "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency"),
        *("-s", str(SCRIPT), f"http://127.0.0.1:{port}", "--", *words),
    ]
    return read_wrk(_run(command))


def read_wrk(output: str) -> Figures:
    """What wrk printed. Raises ``CannotBench`` if answers failed."""
    if "Non-2xx" in output or "Socket errors" in output:
        raise CannotBench(f"some answers failed, the figures mean nothing:\n{output}")
    count = re.search(r"(\d+) requests in", output)
    rate = re.search(r"Requests/sec:\s+([0-9.]+)", output)
    tails = [re.search(rf"{share}%\s+([0-9.]+)(us|ms|s)", output) for share in (50, 99)]
    if count is None or rate is None or None in tails:
        raise CannotBench(f"wrk said nothing that can be read:\n{output}")
    p50, p99 = (float(tail[1]) * _MILLISECONDS[tail[2]] for tail in tails if tail is not None)
    return Figures(int(count[1]), float(rate[1]), p50, p99)


def run_h2load(
    program: str,
    addresses: Path,
    log: Path,
    *,
    seconds: int,
    headers: Sequence[str],
    rps: float = 0,
) -> Figures:
    """Open ``addresses`` by turns for some seconds; with ``rps`` no faster than that in all.

    Raises ``CannotBench``.
    """
    log.unlink(missing_ok=True)
    command = [program, "--h1", f"-c{CONNECTIONS}", f"-D{seconds}", f"--log-file={log}"]
    command += [word for header in headers for word in ("-H", header)]
    if rps:
        command.append(f"--rps={rps / CONNECTIONS:.2f}")
    return read_h2load(_run([*command, f"--input-file={addresses}"]), log)


def read_h2load(output: str, log: Path) -> Figures:
    """What h2load printed and noted of each answer. Raises ``CannotBench`` if answers failed."""
    rate = re.search(r"finished in [0-9.]+m?s, ([0-9.]+) req/s", output)
    failed = re.search(r"(\d+) failed, (\d+) errored, (\d+) timeout", output)
    if rate is None or failed is None:
        raise CannotBench(f"h2load said nothing that can be read:\n{output}")
    rows = [line.split("\t") for line in log.read_text().splitlines()]
    if any(map(int, failed.groups())) or any(row[1] != "200" for row in rows) or not rows:
        raise CannotBench(f"some answers failed, the figures mean nothing:\n{output}")
    times = sorted(int(row[2]) / 1000 for row in rows)
    return Figures(len(times), float(rate[1]), find_share(times, 0.5), find_share(times, 0.99))


def find_share(ordered: Sequence[float], share: float) -> float:
    """The value that ``share`` of an ordered list does not exceed."""
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def _run(command: Sequence[str]) -> str:
    done = subprocess.run(
        list(command), capture_output=True, text=True, check=False, preexec_fn=pin(LOAD_CORE)
    )
    return done.stdout + done.stderr
