"""What one read costs in each store: ``python -m tests.proving.stores`` prints a table.

Each figure is the least of several rounds: microseconds of this process's processor time, and
microseconds that pass, for one ``consume`` among 20,000 devices in one thread. Redis runs beside
it and is asked over TCP; redis-py asks the same script, for comparison.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import redis

from broadsheet.counters import records, scripts
from broadsheet.counters.contract import ReadStore, Tally
from tests.factories.read_stores import OPENERS
from tests.factories.redis_server import empty, find_server, serve_redis

DEVICES = 20_000
ROUNDS = 3
MONTH = Tally("2026-11")
WEEK = Tally("rolling-7", 994, 1000)
KEYS = [f"d{number * 7919 * 104_729:032x}" for number in range(DEVICES)]
STORY = 12


def main() -> int:
    """Measure every store; the exit code."""
    if find_server() is None:
        print("Install redis-server first (Debian: apt-get install redis-server).", file=sys.stderr)
        return 2
    print(f"{'store':<22}{'read':<14}{'processor µs':>14}{'elapsed µs':>12}")
    with serve_redis() as server:
        for name, opener in sorted(OPENERS.items()):
            rounds = [_measure_all(partial(opener, server.url), server.url) for _ in range(ROUNDS)]
            for kind in rounds[0]:
                _print(name, kind, min(found[kind] for found in rounds))
        _print(
            "redis-py, same script", "new", min(_ask_by_library(server.url) for _ in range(ROUNDS))
        )
    return 0


Cost = tuple[float, float]


def _measure_all(opener: Callable[[Path], ReadStore], url: str) -> dict[str, Cost]:
    empty(url)
    with tempfile.TemporaryDirectory(prefix="broadsheet-stores-") as folder:
        store = opener(Path(folder))
        found = {}
        for kind, tally in (("", MONTH), (" by day", WEEK)):
            store.consume(tally, "warm", STORY, 5)
            found[f"new{kind}"] = _measure(lambda key, t=tally: store.consume(t, key, STORY, 5))
            found[f"again{kind}"] = _measure(lambda key, t=tally: store.consume(t, key, STORY, 5))
            found[f"stopped{kind}"] = _measure(
                lambda key, t=tally: store.consume(t, key, STORY + 1, 1)
            )
        found["admit"] = _measure(lambda key: store.admit(key[-3:], key, 1000, 1000))
        found["touch"] = _measure(lambda key: store.touch(key, "d1", 1000.0, within=60.0, most=2))
        store.close()
    return found


def _ask_by_library(url: str) -> Cost:
    empty(url)
    client = redis.Redis.from_url(url)
    script = scripts.name_script(scripts.CONSUME).decode()
    client.script_load(scripts.CONSUME)
    story = records.pack_story(STORY)
    cost = _measure(
        lambda key: client.evalsha(script, 1, f"bs:{{2026-11}}read:{key}", story, 5, 9000)
    )
    client.close()
    return cost


def _measure(deed: Callable[[str], object]) -> Cost:
    """Microseconds of processor and of the clock, for each of the devices once."""
    worked, passed = time.process_time(), time.perf_counter()
    for key in KEYS:
        deed(key)
    return (
        (time.process_time() - worked) / DEVICES * 1e6,
        (time.perf_counter() - passed) / DEVICES * 1e6,
    )


def _print(name: str, kind: str, cost: Cost) -> None:
    print(f"{name:<22}{kind:<14}{cost[0]:>14.1f}{cost[1]:>12.1f}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
