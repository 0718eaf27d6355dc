"""Throwaway databases for a bench: a folder for SQLite, a PostgreSQL of its own where there is one."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

READY_WITHIN = 30.0
PLACES = ("/usr/lib/postgresql", "/opt/homebrew/opt")
"""Debian and Homebrew keep PostgreSQL's server out of the PATH."""


def find_postgresql() -> str | None:
    """The program ``postgres``, or ``None``."""
    standing = [path for place in PLACES for path in Path(place).glob("*/bin/postgres")]
    return shutil.which("postgres") or next(map(str, sorted(standing, reverse=True)), None)


@contextmanager
def serve_postgresql(program: str) -> Iterator[str]:
    """A PostgreSQL that syncs to disk like any, until the block ends; the address of its database.

    It never runs as root.
    """
    user = "nobody" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="broadsheet-bench-"))
    if user:
        os.chown(folder, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
    made = [str(Path(program).with_name("initdb")), "-D", str(folder / "db"), "-U", "broadsheet"]
    subprocess.run(
        [*made, "-A", "trust", "-E", "UTF8"],
        check=True,
        user=user,
        stdout=subprocess.DEVNULL,
        cwd=folder,
    )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    serves = [program, "-D", str(folder / "db"), "-h", "127.0.0.1", "-p", str(port)]
    serves += ["-k", str(folder), "-c", "shared_buffers=256MB", "-c", "max_wal_size=4GB"]
    process = subprocess.Popen(
        serves, user=user, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _await(port)
        yield f"postgresql://broadsheet@127.0.0.1:{port}/postgres"
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
        shutil.rmtree(folder, ignore_errors=True)


def _await(port: int) -> None:
    last = time.monotonic() + READY_WITHIN
    while time.monotonic() < last:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise TimeoutError("the throwaway PostgreSQL did not start")
