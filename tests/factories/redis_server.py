"""A throwaway Redis (or Valkey) that keeps nothing: its own process, port and socket."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from broadsheet.counters.resp import Broken, Connection, pack, read_address

PROGRAMS = ("redis-server", "valkey-server")
READY_WITHIN = 20


def find_server() -> str | None:
    """The program, by either of its names."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


def empty(url: str) -> None:
    """Forget all that a Redis database holds."""
    connection = Connection(read_address(url))
    connection.ask(pack("FLUSHDB", "ASYNC"))
    connection.close()


@dataclass
class RunningRedis:
    """Where it stands and its process, which may be stopped, killed and begun anew."""

    folder: Path
    port: int
    options: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] = field(init=False)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def socket_url(self) -> str:
        return f"unix://{self.folder}/redis.sock?db=0"

    def begin(self) -> None:
        """Start it, with nothing in it, and wait until it answers."""
        program = find_server()
        assert program is not None
        words = [program, "--bind", "127.0.0.1", "--port", str(self.port), "--save", ""]
        words += ["--appendonly", "no", "--dir", str(self.folder), "--unixsocket"]
        words += [f"{self.folder}/redis.sock", *self.options]
        self.process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        last = time.monotonic() + READY_WITHIN
        while time.monotonic() < last:
            with contextlib.suppress(Broken):
                self.ask("PING")
                return
            assert self.process.poll() is None, "redis-server did not start"
            time.sleep(0.02)
        raise AssertionError("redis-server did not answer")

    def ask(self, *words: str) -> object:
        """One question, over the socket that no test listens to."""
        address = read_address(self.socket_url)
        connection = Connection(address)
        try:
            return connection.ask(pack(*words))
        finally:
            connection.close()

    def end(self) -> None:
        self.process.kill()
        self.process.wait(10)


@contextlib.contextmanager
def serve_redis(*options: str) -> Iterator[RunningRedis]:
    """Run one until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="broadsheet-redis-"))
    running = RunningRedis(folder, port, options)
    try:
        running.begin()
        yield running
    finally:
        running.end()
        shutil.rmtree(folder, ignore_errors=True)
