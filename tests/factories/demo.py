"""A whole demo newspaper, served by its own processes."""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx

READY_WITHIN = 150


@dataclass
class Lantern:
    """The running demo: where it stands and who may sign in."""

    address: str
    home: Path
    people: dict[str, tuple[str, str]]
    process: subprocess.Popen[str]
    environ: dict[str, str] = field(default_factory=dict)

    def reader(self) -> httpx.Client:
        """A browser without script: cookies, and redirects followed."""
        return httpx.Client(base_url=self.address, follow_redirects=True, timeout=30)

    def broadsheet(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the command line against this newspaper."""
        return subprocess.run(
            [sys.executable, "-m", "broadsheet", *words],
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def serve_demo(home: Path, port: int) -> Iterator[Lantern]:
    """Run ``broadsheet demo run`` until the block ends."""
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith("BROADSHEET_")
    }
    environ |= {"BROADSHEET_HOME": str(home), "PORT": str(port)}
    with (
        (home.parent / f"{home.name}.log").open("a") as log,
        subprocess.Popen(
            [sys.executable, "-m", "broadsheet", "demo", "run"],
            env=environ,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        try:
            lantern = _await_ready(process, home)
            lantern.environ = environ | {
                "BROADSHEET_DEMO": "1",
                "BROADSHEET_ORIGIN": f"http://127.0.0.1:{port}",
                "BROADSHEET_BANK_URL": _bank_of(process),
            }
            yield lantern
        finally:
            process.terminate()
            process.wait(30)


@contextlib.contextmanager
def serve_made(home: Path, port: int) -> Iterator[Lantern]:
    """The web alone of a finished demo, until the block ends: no bank and no worker.

    Who may sign in stands in ``people.json`` beside the rest.
    """
    address = f"http://127.0.0.1:{port}"
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith("BROADSHEET_")
    }
    environ |= {
        "BROADSHEET_HOME": str(home),
        "BROADSHEET_DEMO": "1",
        "BROADSHEET_ORIGIN": address,
    }
    people = json.loads((home / "people.json").read_text(encoding="utf-8"))
    words = [sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--port", str(port)]
    words += ["--blocking-threads", "4", "broadsheet.wsgi:application"]
    with (
        (home.parent / f"{home.name}.log").open("a") as log,
        subprocess.Popen(words, env=environ, stdout=log, stderr=log, text=True) as process,
    ):
        try:
            _await_answer(address, process)
            known = {role: (email, password) for role, (email, password) in people.items()}
            yield Lantern(address, home, known, process, environ)
        finally:
            process.terminate()
            process.wait(30)


def _await_answer(address: str, process: subprocess.Popen[str]) -> None:
    last = time.monotonic() + READY_WITHIN
    while True:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(f"{address}/healthz", timeout=5).is_success:
                return
        assert process.poll() is None, "the web did not start"
        assert time.monotonic() < last, "the web did not answer"
        time.sleep(0.1)


def _await_ready(process: subprocess.Popen[str], home: Path) -> Lantern:
    last = time.monotonic() + READY_WITHIN
    address, people = "", {}
    for line in process.stdout:
        if found := re.match(r"ready (http\S+)/$", line):
            address = found[1]
        elif found := re.match(r"sign-in (\S+) (\S+) (\S+)$", line):
            people[found[1]] = (found[2], found[3])
        if len(people) == 5 or (not address and time.monotonic() > last):
            break
    if not address:
        raise AssertionError((home.parent / f"{home.name}.log").read_text()[-4000:])
    return Lantern(address, home, people, process)


def _bank_of(process: subprocess.Popen[str]) -> str:
    """The bank's address, from the environment of the processes under the demo."""
    words = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    if not words.exists():
        return ""
    for child in words.read_text().split():
        command = Path(f"/proc/{child}/cmdline").read_bytes().decode().split("\0")
        if "broadsheet.bank" in command:
            return f"http://127.0.0.1:{command[command.index('--port') + 1]}"
    return ""
