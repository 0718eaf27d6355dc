"""How fast the gate serves story pages, beside nginx serving the same gzip bytes as files.

Both on core 0 in turns, wrk on core 1. The gate is the real ``broadsheet.wsgi`` as ``site serve``
runs it, with a throwaway newspaper; its readers are devices whose cookies it would have signed
itself. Figures are medians of rounds, ratios medians of the pairs of one round.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from broadsheet.domain.meter import AD_FREE, PREMIUM, UNLIMITED, Reader, ReaderKind
from broadsheet.protocol import keys
from broadsheet.protocol.cookies import DAY_SECONDS
from broadsheet.protocol.device import Device, write_device
from broadsheet.protocol.reader_pass import ReaderPass, write_pass

STORIES = 100
CONNECTIONS = 64
FASTEST = 70_000
"""Requests a second that no server here reaches: so many readers are made ready."""
SERVER_CORE, LOAD_CORE = 0, 1
ALLOWANCE = 5
SCRIPT = Path(__file__).with_name("load.lua")
MODES = {
    "mix": "each device opens 5 new stories, then 15 re-reads or stops",
    "new-read": "every view opens a new story",
    "re-read": "every view opens a story again",
    "stopped": "every view meets the wall",
    "subscriber": "every view is a subscriber's",
}
_SCRIPT_MODE = {"new-read": "new", "re-read": "again", "subscriber": "one"}
_SECRET = "a bench has no secrets"
Tell = Callable[[str], None]


class CannotBench(Exception):  # noqa: N818
    """Something the bench stands on is missing; the message says what to install."""


@dataclass(frozen=True, slots=True)
class Round:
    """One mode measured once: pages a second of each, and how busy the server's core was."""

    gate: float
    nginx: float
    gate_p99_ms: float
    gate_cpu: float
    nginx_cpu: float

    @property
    def ratio(self) -> float:
        return self.gate / self.nginx


def bench_gate(*, rounds: int, seconds: int, tell: Tell) -> dict[str, Any]:
    """Measure all modes; ``figure``, ``ratio`` and ``detail`` as the contract names them.

    Raises ``CannotBench``.
    """
    tools = find_tools()
    with tempfile.TemporaryDirectory(prefix="broadsheet-bench-") as folder:
        bench = _Bench(Path(folder), tools, seconds, tell)
        bench.make_newspaper()
        with bench.gate_running():
            bench.collect_pages()
        measured: dict[str, list[Round]] = {mode: [] for mode in MODES}
        for number in range(1, rounds + 1):
            for mode in MODES:
                one = bench.measure(mode)
                measured[mode].append(one)
                tell(
                    f"round {number} {mode}: gate {one.gate:,.0f}/s, nginx {one.nginx:,.0f}/s, "
                    f"ratio {one.ratio:.2f}"
                )
    return _sum_up(measured, bench.page_bytes)


def find_tools() -> dict[str, str]:
    """Where nginx and wrk stand. Raises ``CannotBench``."""
    path = os.environ.get("PATH", "") + os.pathsep + "/usr/sbin"
    found = {tool: shutil.which(tool, path=path) for tool in ("nginx", "wrk")}
    missing = [tool for tool, place in found.items() if place is None]
    if missing:
        packages = " ".join({"nginx": "nginx-light"}.get(tool, tool) for tool in missing)
        raise CannotBench(
            f"{' and '.join(missing)} must be installed for this bench: apt install {packages}"
        )
    if len(os.sched_getaffinity(0) & {SERVER_CORE, LOAD_CORE}) < 2:
        raise CannotBench("This bench needs cores 0 and 1: one for the server, one for the load.")
    return {tool: place for tool, place in found.items() if place is not None}


def read_wrk(output: str) -> tuple[float, float]:
    """Pages a second and the 99th percentile in ms. Raises ``CannotBench`` if answers failed."""
    if "Non-2xx" in output or "Socket errors" in output:
        raise CannotBench(f"some answers failed, the figures mean nothing:\n{output}")
    rate = re.search(r"Requests/sec:\s+([0-9.]+)", output)
    tail = re.search(r"99%\s+([0-9.]+)(us|ms|s)", output)
    if rate is None or tail is None:
        raise CannotBench(f"wrk said nothing that can be read:\n{output}")
    return float(rate[1]), float(tail[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[tail[2]]


class _Bench:
    """One newspaper, two servers, and readers that are never used twice as new ones."""

    def __init__(self, folder: Path, tools: dict[str, str], seconds: int, tell: Tell) -> None:
        self.home = folder / "home"
        self.files = folder / "www"
        self.folder = folder
        self.tools = tools
        self.seconds = seconds
        self.tell = tell
        self.gate_port, self.nginx_port = _free_port(), _free_port()
        self.paths: list[str] = []
        self.page_bytes = 0
        self.known: list[str] = []
        self.stopped: list[str] = []
        self.path_files = {target: folder / f"paths-{target}" for target in ("gate", "file")}
        self.environ = {
            "PATH": os.environ.get("PATH", ""),
            "BROADSHEET_HOME": str(self.home),
            "BROADSHEET_SECRET_KEY": _SECRET,
            "BROADSHEET_ORIGIN": f"http://127.0.0.1:{self.gate_port}",
        }

    def make_newspaper(self) -> None:
        self.tell(f"making a newspaper of {STORIES} stories …")
        self.home.mkdir()
        made = subprocess.run(
            [sys.executable, "-m", "broadsheet.bench.newspaper", str(STORIES)],
            env=self.environ,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.paths = made.stdout.split()
        files = [f"{path.rstrip('/')}.html" for path in self.paths]
        self.path_files["gate"].write_text("\n".join(self.paths) + "\n")
        self.path_files["file"].write_text("\n".join(files) + "\n")

    def collect_pages(self) -> None:
        """Lay out for nginx the very bytes that the gate sends, full pages and previews."""
        for path in self.paths:
            self._lay_out("", path, self._fetch(path, _make_readers(1)[0], "full"))
        self.stopped = _make_readers(2)
        for number, reader in enumerate(self.stopped):
            first = number * ALLOWANCE
            for path in self.paths[first : first + ALLOWANCE]:
                self._fetch(path, reader, "full")
        for place, path in enumerate(self.paths):
            reader = self.stopped[1 if place < ALLOWANCE else 0]
            self._lay_out("preview", path, self._fetch(path, reader, "preview"))

    def warm(self) -> None:
        """Have the gate hold every page in every variant that the modes ask for."""
        for path in self.paths:
            for reader in (*self.stopped, _make_subscriber()):
                self._fetch(path, reader, "")

    def measure(self, mode: str) -> Round:
        cookies = self._make_cookies(mode)
        with self.nginx_running() as nginx:
            files, _, files_cpu = self._load(nginx, self.nginx_port, "file", mode, cookies)
        with self.gate_running() as gate:
            self.warm()
            pages, p99, pages_cpu = self._load(gate, self.gate_port, "gate", mode, cookies)
        return Round(pages, files, p99, pages_cpu, files_cpu)

    @contextmanager
    def gate_running(self) -> Iterator[subprocess.Popen[bytes]]:
        from broadsheet.plumbing import upkeep

        (web, *_) = upkeep.serving(host="127.0.0.1", port=self.gate_port, workers=1)
        with _pinned(list(web.command), self.environ, self.gate_port) as process:
            yield process

    @contextmanager
    def nginx_running(self) -> Iterator[subprocess.Popen[bytes]]:
        conf = self.folder / "nginx.conf"
        conf.write_text(_NGINX.format(folder=self.folder, port=self.nginx_port, files=self.files))
        command = [self.tools["nginx"], "-c", str(conf), "-e", str(self.folder / "nginx.log")]
        with _pinned(command, self.environ, self.nginx_port) as process:
            yield process

    def _make_cookies(self, mode: str) -> Path:
        """A file of Cookie headers: for new reads fresh devices, else those that read already."""
        steps = {"mix": 20, "new-read": 5}.get(mode)
        if mode == "subscriber":
            cookies = [_make_subscriber()]
        elif steps:
            wanted = FASTEST * (self.seconds + 1) // steps + 1_000
            cookies = _make_readers(wanted)
            self.known = cookies[:1_000] if mode == "new-read" else self.known
        else:
            cookies = self.known
        path = self.folder / "cookies"
        path.write_text("\n".join(cookies) + "\n")
        return path

    def _load(
        self, server: subprocess.Popen[bytes], port: int, target: str, mode: str, cookies: Path
    ) -> tuple[float, float, float]:
        script_mode = _SCRIPT_MODE.get(mode, mode)
        command = [
            *(self.tools["wrk"], "-t1", f"-c{CONNECTIONS}", f"-d{self.seconds}s", "--latency"),
            *("-s", str(SCRIPT), f"http://127.0.0.1:{port}"),
            *("--", target, script_mode, str(cookies), str(self.path_files[target])),
        ]
        before, began = _cpu_seconds(server.pid), time.monotonic()
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=_pin(LOAD_CORE),
        )
        busy = (_cpu_seconds(server.pid) - before) / (time.monotonic() - began)
        rate, p99 = read_wrk(done.stdout + done.stderr)
        return rate, p99, busy

    def _fetch(self, path: str, cookie: str, expected: str) -> bytes:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.gate_port}{path}",
            headers={"Accept-Encoding": "gzip", "Cookie": cookie},
        )
        try:
            with urllib.request.urlopen(request) as answer:
                body: bytes = answer.read()
                verdict = answer.headers["Broadsheet-Verdict"] or "none"
        except urllib.error.HTTPError as error:
            error.close()
            raise CannotBench(f"{path}: the gate answered {error.code}") from error
        if not verdict.startswith(expected):
            raise CannotBench(f"{path}: the gate answered {verdict!r}, not {expected}")
        return body

    def _lay_out(self, under: str, path: str, packed: bytes) -> None:
        file = self.files / under / f"{path.strip('/')}.html"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"only the compressed page is asked for")
        file.with_name(f"{file.name}.gz").write_bytes(packed)
        if not under:
            self.page_bytes = len(packed)


_NGINX = """
daemon off; master_process off; worker_processes 1;
pid {folder}/nginx.pid; error_log {folder}/nginx.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000;
  gzip_static on; default_type text/html;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port}; root {files}; }}
}}
"""


def _make_readers(count: int) -> list[str]:
    """Cookie headers of devices never seen before."""
    key = keys.derive_key(_SECRET, keys.DEVICE)
    today = int(time.time() // DAY_SECONDS)
    return [
        f"bs_device={write_device(key, Device(secrets.token_hex(16), today))}" for _ in range(count)
    ]


def _make_subscriber() -> str:
    """The Cookie header of a signed-in subscriber."""
    reader = Reader(ReaderKind.SUBSCRIBER, frozenset({PREMIUM, UNLIMITED, AD_FREE}))
    signed_in = ReaderPass(1, reader, "5e55", int(time.time()) + 3_600)
    text = write_pass(keys.derive_key(_SECRET, keys.PASS), signed_in, "session")
    return f"{_DEVICE_OF_SUBSCRIBER}; bs_session=session; bs_pass={text}"


_DEVICE_OF_SUBSCRIBER = _make_readers(1)[0]


@contextmanager
def _pinned(
    command: list[str], environ: dict[str, str], port: int
) -> Iterator[subprocess.Popen[bytes]]:
    """A server on its core, from its first answer until the end of the block."""
    process = subprocess.Popen(
        command,
        env=environ,
        start_new_session=True,
        preexec_fn=_pin(SERVER_CORE),  # noqa: PLW1509
    )
    try:
        _wait_for(port, process)
        yield process
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def _pin(core: int) -> Callable[[], None]:
    return lambda: os.sched_setaffinity(0, {core})


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise CannotBench(f"{process.args!r} ended at once with {process.returncode}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise CannotBench(f"nothing listens on port {port}: {process.args!r}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _cpu_seconds(group: int) -> float:
    """Processor time of a process group so far."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[2]) == group:
                ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _sum_up(measured: dict[str, list[Round]], page_bytes: int) -> dict[str, Any]:
    detail = {}
    for mode, rounds in measured.items():
        detail[mode] = {
            "figure": round(statistics.median(one.gate for one in rounds)),
            "nginx": round(statistics.median(one.nginx for one in rounds)),
            "ratio": round(statistics.median(one.ratio for one in rounds), 3),
            "p99_ms": round(statistics.median(one.gate_p99_ms for one in rounds), 2),
            "cpu_us": round(statistics.median(one.gate_cpu / one.gate for one in rounds) * 1e6, 1),
            "nginx_cpu_us": round(
                statistics.median(one.nginx_cpu / one.nginx for one in rounds) * 1e6, 1
            ),
        }
    mix = detail["mix"]
    return {
        "figure": mix["figure"],
        "unit": "pages/s",
        "ratio": mix["ratio"],
        "page_gzip_bytes": page_bytes,
        "rounds": len(measured["mix"]),
        "detail": detail,
    }
