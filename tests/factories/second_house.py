"""A copy of a running newspaper under ``site serve`` with two web workers, to be ill-treated."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx

READY_WITHIN = 60
DESK = """
import json, sys, django
django.setup()
for line in sys.stdin:
    names = {}
    exec(json.loads(line), names)
    print(json.dumps(names.get("answer")), flush=True)
"""


@dataclass
class SecondHouse:
    """Where it stands, its log, and a process at its desk."""

    address: str
    home: Path
    log: Path
    process: subprocess.Popen[bytes]
    desk: subprocess.Popen[str]

    def at_the_desk(self, code: str) -> object:
        """Run Python in a process beside the server, as the desk's own would; what ``answer`` is."""
        assert self.desk.stdin is not None
        assert self.desk.stdout is not None
        self.desk.stdin.write(json.dumps(code) + "\n")
        self.desk.stdin.flush()
        return json.loads(self.desk.stdout.readline())

    def descendants(self) -> list[int]:
        """Every process under the tree."""
        found, waiting = [], [self.process.pid]
        while waiting:
            words = Path(f"/proc/{waiting.pop()}")
            for task in words.glob("task/*/children"):
                with contextlib.suppress(OSError):
                    children = [int(word) for word in task.read_text().split()]
                    found += children
                    waiting += children
        return found


def copy_house(home: Path, into: Path) -> None:
    """Settings, pictures and both databases as they are now; no reads, no spool."""
    skipped = shutil.ignore_patterns("*.sqlite3*", "reads", "spool", "bank", "mail")
    shutil.copytree(home, into, ignore=skipped)
    for path in home.glob("*.sqlite3"):
        with (
            contextlib.closing(sqlite3.connect(path)) as old,
            contextlib.closing(sqlite3.connect(into / path.name)) as new,
        ):
            old.backup(new)


@contextlib.contextmanager
def serve_house(
    home: Path, port: int, *, workers: int = 2, plant: Mapping[str, str] | None = None
) -> Iterator[SecondHouse]:
    """Run ``site serve`` until the block ends, with more of the plant's variables."""
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith("BROADSHEET_")
    }
    address = f"http://127.0.0.1:{port}"
    environ |= {
        "BROADSHEET_HOME": str(home),
        "BROADSHEET_ORIGIN": address,
        "DJANGO_SETTINGS_MODULE": "broadsheet.settings",
        **(plant or {}),
    }
    words = [sys.executable, "-m", "broadsheet", "site", "serve"]
    words += ["--port", str(port), "--workers", str(workers), "--nice", "0"]
    log = home.parent / f"{home.name}.log"
    with (
        log.open("ab") as file,
        subprocess.Popen(
            [sys.executable, "-c", DESK],
            env=environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=file,
            text=True,
        ) as desk,
        subprocess.Popen(words, env=environ, stdout=file, stderr=file) as process,
    ):
        house = SecondHouse(address, home, log, process, desk)
        try:
            await_answer(house)
            yield house
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.wait(30)
            desk.kill()


def await_answer(house: SecondHouse) -> None:
    """Wait until the web answers."""
    last = time.monotonic() + READY_WITHIN
    while True:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(house.address + "/healthz", timeout=5).status_code == 200:
                return
        if house.process.poll() is not None or time.monotonic() > last:
            raise AssertionError(house.log.read_text()[-4000:])
        time.sleep(0.1)
