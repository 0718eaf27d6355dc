"""A newspaper in a folder of its own, whose deeds are processes that can be killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.factories.bank import RunningBank, open_for_business

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Newspaper:
    """A newspaper in a folder of its own.

    ``deed+300`` is done as if 300 seconds later: past the lease of whoever died on the wire, and
    past the longest that a request may travel.
    """

    home: Path
    database_url: str = ""
    bank_url: str = ""
    more: dict[str, str] = field(default_factory=dict)
    """Further settings of its plant, by their names in the environment."""

    def do(self, *deeds: str) -> Any:
        """Do them in one process and live; the answer to the last."""
        done = self._run(deeds, None)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])[-1]

    def die_doing(self, deed: str, *, at: int) -> None:
        """Do it and be killed at the numbered point."""
        done = self._run([deed], at)
        assert done.returncode == -signal.SIGKILL, (done.returncode, done.stderr)

    def environ(self, crash_at: int | None) -> dict[str, str]:
        """What its processes are told."""
        environ = {name: v for name, v in os.environ.items() if not name.startswith("BROADSHEET_")}
        environ |= {
            "BROADSHEET_HOME": str(self.home),
            "BROADSHEET_SECRET_KEY": "a key for tests only",
            "BROADSHEET_BANK_URL": self.bank_url,
            "DJANGO_SETTINGS_MODULE": "broadsheet.settings",
        }
        if self.database_url:
            environ["BROADSHEET_DATABASE_URL"] = self.database_url
        environ |= self.more
        if crash_at is not None:
            environ["BROADSHEET_CRASH_AT"] = str(crash_at)
        return environ

    def begin(self, *deeds: str, crash_at: int | None = None) -> subprocess.Popen[bytes]:
        """Begin them in a process that may be killed, or dies by itself at a numbered point."""
        return subprocess.Popen(
            [sys.executable, "-m", "tests.journeys.taking_money", *deeds],
            cwd=ROOT,
            env=self.environ(crash_at),
            stdout=subprocess.DEVNULL,
        )

    def _run(self, deeds: Sequence[str], crash_at: int | None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "tests.journeys.taking_money", *deeds],
            cwd=ROOT,
            env=self.environ(crash_at),
            capture_output=True,
            text=True,
            timeout=1800,
            check=False,
        )


@contextmanager
def open_bank_of(paper: Newspaper) -> Iterator[RunningBank]:
    folder = paper.home / "bank"
    folder.mkdir(exist_ok=True)
    with open_for_business(folder) as running:
        paper.bank_url = running.address
        yield running


@contextmanager
def copy_newspaper(paper: Newspaper, home: Path) -> Iterator[Newspaper]:
    shutil.copytree(paper.home, home, dirs_exist_ok=True, ignore=shutil.ignore_patterns("static"))
    with own_database(paper.database_url, urlsplit(paper.database_url).path.lstrip("/")) as url:
        yield Newspaper(home, url)


@contextmanager
def own_database(url: str, template: str) -> Iterator[str]:
    """With PostgreSQL a database of one's own, made like ``template``; "" with SQLite."""
    if not url:
        yield ""
        return
    import psycopg

    name = f"broadsheet_killed_{uuid.uuid4().hex[:12]}"
    run: Callable[[str], Any]
    with psycopg.connect(os.environ["BROADSHEET_DATABASE_URL"], autocommit=True) as connection:
        run = connection.execute
        run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield urlsplit(url)._replace(path=f"/{name}").geturl()
    finally:
        with psycopg.connect(os.environ["BROADSHEET_DATABASE_URL"], autocommit=True) as connection:
            run = connection.execute
            run(f'DROP DATABASE "{name}" WITH (FORCE)')
