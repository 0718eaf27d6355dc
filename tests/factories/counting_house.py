"""A newspaper of many metered stories on one host or two, and devices that read it."""

from __future__ import annotations

import contextlib
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from broadsheet.counters.contract import ReadStore, Tally
from broadsheet.counters.opening import open_reads
from broadsheet.protocol import keys
from broadsheet.protocol.cookies import DAY_SECONDS
from broadsheet.protocol.device import Device, write_device
from tests.factories.demo import free_port
from tests.factories.redis_server import serve_redis
from tests.factories.second_house import SecondHouse, copy_house, serve_house


@dataclass
class CountingHouse:
    """The hosts of one newspaper, which count together."""

    hosts: list[SecondHouse]
    redis_url: str

    @property
    def home(self) -> Path:
        return self.hosts[0].home

    @property
    def tally(self) -> Tally:
        """Where this month's reads are counted: the one file that is there, after a first read."""
        folder = self.home / "reads" / ("near" if self.redis_url else "")
        (file,) = folder.glob("2*.lmdb")
        return Tally(file.name.removesuffix(".lmdb"))

    def make_device(self) -> tuple[str, str]:
        """A device of some days' standing: its reader key and its Cookie header."""
        secret = (self.home / "secret.key").read_text(encoding="ascii").strip()
        device = Device(secrets.token_hex(16), int(time.time() // DAY_SECONDS))
        key = keys.derive_key(secret, keys.DEVICE)
        return device.reader_key, f"bs_device={write_device(key, device)}"

    @contextlib.contextmanager
    def open_store(self) -> Iterator[ReadStore]:
        """The store that the hosts count in."""
        store = open_reads(self.home / "reads", self.redis_url)
        yield store
        store.close()


def make_newspaper(home: Path, stories: int) -> list[str]:
    """A newspaper whose stories are all metered, made by a process of its own; their paths."""
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith("BROADSHEET_")
    }
    words = [sys.executable, "-m", "broadsheet.bench.newspaper", str(stories)]
    environ |= {"BROADSHEET_HOME": str(home)}
    done = subprocess.run(words, env=environ, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.split()


@contextlib.contextmanager
def serve_newspaper(home: Path, folder: Path, *, on_redis: bool) -> Iterator[CountingHouse]:
    """Copies of a newspaper: one host of two workers, or two of one that share a Redis."""
    with contextlib.ExitStack() as stack:
        plant, copies, workers = {}, ["host"], 2
        if on_redis:
            redis = stack.enter_context(serve_redis())
            plant, copies, workers = {"BROADSHEET_REDIS_URL": redis.url}, ["one", "other"], 1
        hosts = []
        for name in copies:
            copy_house(home, folder / name)
            served = serve_house(folder / name, free_port(), workers=workers, plant=plant)
            hosts.append(stack.enter_context(served))
        yield CountingHouse(hosts, plant.get("BROADSHEET_REDIS_URL", ""))
