"""The test command: ``python -m tests.run check|all|prove`` (called by make).

It installs or names the programs the tests need, starts a throwaway PostgreSQL and Redis, runs the
tests on SQLite and those marked ``db`` on PostgreSQL too, and leaves nothing running.
"""

from __future__ import annotations

import contextlib
import os
import platform
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.factories.redis_server import serve_redis

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
# What a program is called on the machine → Debian's package for it.
NEEDED = {"postgres": "postgresql", "chromium": "chromium", "redis-server": "redis-server"}
PROVING = {"nginx": "nginx-light", "wrk": "wrk", "npm": "npm"}


def main(what: str) -> int:
    """Run one of the three; the exit code."""
    if what == "check":
        return _all_well([*_lint(), _pytest("-m", "pure", "-n", "2", "--dist", "loadgroup", "-q")])
    if what not in {"all", "prove"}:
        print("usage: python -m tests.run check|all|prove", file=sys.stderr)
        return 2
    missing = _install({**NEEDED, **(PROVING if what == "prove" else {})})
    if missing:
        print(f"These programs are missing: {', '.join(missing)}.", file=sys.stderr)
        print(
            "Install them (Debian: apt-get install " + " ".join(missing) + ") and run again.",
            file=sys.stderr,
        )
        return 2
    with _postgresql() as address, serve_redis() as redis:
        os.environ["TEST_REDIS_URL"] = redis.url
        if what == "prove":
            return _prove(address)
        return _all_well(
            [
                *_lint(),
                _pytest("-m", "not slow", "-n", "2", "--dist", "loadgroup", "-q"),
                _on_postgresql(
                    address, "-m", "db and not slow", "-n", "2", "--dist", "loadgroup", "-q"
                ),
            ]
        )


Step = tuple[str, list[str], dict[str, str]]


def _lint() -> list[Step]:
    return [
        ("ruff", [str(BIN / "ruff"), "check", "--quiet", "."], {}),
        ("ruff format", [str(BIN / "ruff"), "format", "--check", "--quiet", "."], {}),
        ("djlint", [str(BIN / "djlint"), "--lint", "--quiet", "broadsheet"], {}),
        ("import contract", [str(BIN / "lint-imports"), "--no-logo"], {}),
        (
            "types",
            [str(BIN / "mypy"), "broadsheet"],
            {"BROADSHEET_HOME": tempfile.gettempdir() + "/broadsheet-types"},
        ),
    ]


def _pytest(*words: str) -> Step:
    return ("tests", [sys.executable, "-m", "pytest", *words], {})


def _on_postgresql(address: str, *words: str) -> Step:
    name, command, _ = _pytest(*words)
    return (f"{name} on PostgreSQL", command, {"BROADSHEET_DATABASE_URL": address})


def _prove(address: str) -> int:
    steps = [
        _pytest("-m", "slow", "-q"),
        _on_postgresql(address, "-m", "slow and db", "-q"),
        ("mutations", [sys.executable, "-m", "tests.proving.mutations"], {}),
        ("cost of a read", [sys.executable, "-m", "tests.proving.stores"], {}),
        ("bench gate", [sys.executable, "-m", "tests.proving.gate"], {}),
        ("bench renewals", [sys.executable, "-m", "tests.proving.renewals"], {}),
        ("lighthouse", [sys.executable, "-m", "tests.proving.lighthouse"], {}),
    ]
    return _all_well(steps)


def _all_well(steps: list[Step]) -> int:
    failed = []
    for name, command, environ in steps:
        started = time.monotonic()
        done = subprocess.run(command, cwd=ROOT, env={**os.environ, **environ}, check=False)
        print(
            f"{'ok    ' if done.returncode == 0 else 'FAILED'} {name} ({time.monotonic() - started:.0f} s)",
            flush=True,
        )
        if done.returncode:
            failed.append(name)
    return 1 if failed else 0


def _install(needed: dict[str, str]) -> list[str]:
    """Install what is missing where we may; the packages that are still missing."""
    missing = sorted({package for program, package in needed.items() if not find_program(program)})
    if not missing:
        return []
    if platform.system() == "Linux" and os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"installing {', '.join(missing)} …", flush=True)
        environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300"]
        subprocess.run([*apt, "update"], env=environ, check=False, stdout=subprocess.DEVNULL)
        subprocess.run(
            [*apt, "install", "-y", "--no-install-recommends", *missing],
            env=environ,
            check=False,
            stdout=subprocess.DEVNULL,
        )
    return sorted({package for program, package in needed.items() if not find_program(program)})


def find_program(name: str) -> str | None:
    """Where a program stands; PostgreSQL's server is not on Debian's PATH."""
    known = [
        *Path("/usr/lib/postgresql").glob(f"*/bin/{name}"),
        *Path("/opt/homebrew/opt").glob(f"postgresql*/bin/{name}"),
        Path(f"/usr/sbin/{name}"),
    ]
    return shutil.which(name) or next(
        (str(path) for path in sorted(known, reverse=True) if path.exists()), None
    )


@contextlib.contextmanager
def _postgresql() -> Iterator[str]:
    """A throwaway PostgreSQL, never as root; yields its address."""
    server = find_program("postgres")
    assert server is not None
    user = "nobody" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="broadsheet-pg-"))
    if user:
        os.chown(folder, pwd.getpwnam(user).pw_uid, pwd.getpwnam(user).pw_gid)
    initdb = str(Path(server).with_name("initdb"))
    subprocess.run(
        [
            initdb,
            "-D",
            str(folder / "db"),
            "-U",
            "broadsheet",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync",
        ],
        check=True,
        user=user,
        stdout=subprocess.DEVNULL,
        cwd=folder,
    )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [
            server,
            "-D",
            str(folder / "db"),
            "-h",
            "127.0.0.1",
            "-p",
            str(port),
            "-k",
            str(folder),
            "-c",
            "fsync=off",
            "-c",
            "max_connections=200",
        ],
        user=user,
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port)
        yield f"postgresql://broadsheet@127.0.0.1:{port}/postgres"
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(port: int) -> None:
    last = time.monotonic() + 30
    while time.monotonic() < last:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    raise SystemExit("the throwaway PostgreSQL did not start")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
