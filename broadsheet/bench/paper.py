"""The newspaper of a bench: its stories, the same pages as files, readers, and loads upon it."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from broadsheet.bench.loading import Figures, run_wrk
from broadsheet.bench.readers import SECRET, make_readers, make_subscriber
from broadsheet.bench.servers import (
    BEHIND,
    CannotBench,
    Serving,
    free_port,
    serve_files,
    serve_paper,
)

STORIES = 100
FASTEST = 70_000
"""Requests a second that no gate here reaches: so many readers are made ready."""
ALLOWANCE = 5
MODES = {
    "mix": "each device opens 5 new stories, then 15 re-reads or stops",
    "new-read": "every view opens a new story",
    "re-read": "every view opens a story again",
    "stopped": "every view meets the wall",
    "subscriber": "every view is a subscriber's",
}
_SCRIPT_MODE = {"new-read": "new", "re-read": "again", "subscriber": "one"}
_STEPS = {"mix": 20, "new-read": 5}


class BenchPaper:
    """One newspaper, two servers, and readers that are never used twice as new ones."""

    def __init__(
        self, folder: Path, tools: dict[str, str], seconds: int, tell: Callable[[str], None]
    ) -> None:
        self.home = folder / "home"
        self.files = folder / "www"
        self.folder = folder
        self.tools = tools
        self.seconds = seconds
        self.tell = tell
        self.gate_port, self.nginx_port = free_port(), free_port()
        self.paths: list[str] = []
        self.page_bytes = 0
        self.known: list[str] = []
        self.stopped: list[str] = []
        self.path_files = {target: folder / f"paths-{target}" for target in ("gate", "file")}
        self.environ = {
            "PATH": "/usr/bin:/bin",
            "BROADSHEET_HOME": str(self.home),
            "BROADSHEET_SECRET_KEY": SECRET,
            "BROADSHEET_ORIGIN": f"http://127.0.0.1:{self.gate_port}",
        }

    def make(self) -> None:
        """Publish the stories and lay out for nginx the very bytes that the gate sends."""
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
        with self.gate_running():
            self._collect_pages()

    def warm(self) -> None:
        """Have the gate hold every page in every variant that the modes ask for."""
        if not self.stopped:
            self.stopped = make_readers(2)
        for number, reader in enumerate(self.stopped):
            first = number * ALLOWANCE
            for path in self.paths[first : first + ALLOWANCE]:
                self.fetch(path, reader)
        for path in self.paths:
            for reader in (*self.stopped, make_subscriber()):
                self.fetch(path, reader)

    def gate_running(self, behind: str = BEHIND) -> AbstractContextManager[Serving]:
        return serve_paper(self.gate_port, self.environ, behind=behind)

    @contextmanager
    def nginx_running(self) -> Iterator[Serving]:
        conf = self.folder / "nginx.conf"
        conf.write_text(_NGINX.format(folder=self.folder, port=self.nginx_port, files=self.files))
        command = [self.tools["nginx"], "-c", str(conf), "-e", str(self.folder / "nginx.log")]
        with serve_files(command, self.nginx_port, self.environ) as serving:
            yield serving

    def write_cookies(self, mode: str) -> Path:
        """A file of Cookie headers: for new reads fresh devices, else those that read already."""
        if mode == "subscriber":
            cookies = [make_subscriber()]
        elif mode in _STEPS:
            cookies = make_readers(FASTEST * (self.seconds + 1) // _STEPS[mode] + 1_000)
            self.known = cookies[:1_000] if mode == "new-read" else self.known
        else:
            cookies = self.known
        path = self.folder / "cookies"
        path.write_text("\n".join(cookies) + "\n")
        return path

    def load(self, serving: Serving, mode: str, cookies: Path) -> tuple[Figures, float]:
        """Drive a server to its end in one mode; the figures, and how busy its core was."""
        target = "file" if serving.port == self.nginx_port else "gate"
        words = [target, _SCRIPT_MODE.get(mode, mode), str(cookies), str(self.path_files[target])]
        before, began = serving.cpu_seconds(), time.monotonic()
        figures = run_wrk(self.tools["wrk"], serving.port, self.seconds, words)
        busy = (serving.cpu_seconds() - before) / (time.monotonic() - began)
        return figures, busy

    def fetch(self, path: str, cookie: str, expected: str = "") -> bytes:
        """One page from the gate, in gzip. Raises ``CannotBench`` if it is another than expected."""
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

    def _collect_pages(self) -> None:
        for path in self.paths:
            self._lay_out("", path, self.fetch(path, make_readers(1)[0], "full"))
        self.warm()
        for place, path in enumerate(self.paths):
            reader = self.stopped[1 if place < ALLOWANCE else 0]
            self._lay_out("preview", path, self.fetch(path, reader, "preview"))

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
