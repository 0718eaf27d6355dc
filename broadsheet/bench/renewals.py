"""How many terms are renewed in a second, whole: planned, sent, settled, invoiced, in the books.

The gateway answers inside the process, for this figure alone, so that nothing but our own work and
the database's is measured; letters wait in the outbox. The yardstick is the same runner with one
renewal a transaction.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from broadsheet.bench.databases import find_postgresql, serve_postgresql
from broadsheet.bench.servers import CannotBench

BATCH, ALONE = 1000, 200
"""How many at a time; how many one by one, for the yardstick."""
MILLION = 1_000_000
Tell = Callable[[str], None]


def bench_renewals(*, size: int, million: bool, tell: Tell) -> dict[str, Any]:
    """Renew ``size`` terms on each database, and a million on PostgreSQL if asked for.

    ``figure`` is SQLite's rate a second; ``ratio`` is of that to one renewal a transaction.
    """
    sqlite = _measure("SQLite", {}, size=size, workers=1, batch=BATCH, tell=tell)
    alone = _measure("SQLite, one by one", {}, size=ALONE, workers=1, batch=1, tell=tell)
    detail: dict[str, Any] = {"sqlite": sqlite, "sqlite_one_by_one": alone}
    program = find_postgresql()
    if program is None:
        tell("There is no PostgreSQL server on this machine; its part is left out.")
        detail["postgresql"] = "left out: there is no PostgreSQL server on this machine"
    else:
        detail["postgresql"] = _measure_postgresql(program, size, 2, tell)
        if million:
            detail["postgresql_million"] = _measure_postgresql(program, MILLION, 2, tell)
    return {
        "figure": sqlite["per_second"],
        "unit": "renewals/s",
        "ratio": round(sqlite["per_second"] / alone["per_second"], 2),
        "detail": detail,
    }


def _measure_postgresql(program: str, size: int, workers: int, tell: Tell) -> dict[str, Any]:
    with serve_postgresql(program) as address:
        environ = {"BROADSHEET_DATABASE_URL": address}
        return _measure("PostgreSQL", environ, size=size, workers=workers, batch=BATCH, tell=tell)


def _measure(
    name: str, more: Mapping[str, str], *, size: int, workers: int, batch: int, tell: Tell
) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="broadsheet-bench-") as home:
        environ = _environ(Path(home), more)
        tell(f"{name}: laying out {size:,} subscribers …")
        _answer(_begin(environ, "lay", size))
        runners = [_begin(environ, "run", batch) for _ in range(workers)]
        for runner in runners:
            assert runner.stdout is not None
            if runner.stdout.readline() != "ready\n":
                raise CannotBench("a runner did not start")
        tell(f"{name}: renewing with {workers} …")
        began = time.monotonic()
        for runner in runners:
            assert runner.stdin is not None
            runner.stdin.write("go\n")
            runner.stdin.flush()
        tallies = [_answer(runner) for runner in runners]
        seconds = time.monotonic() - began
        found = _answer(_begin(environ, "check", 0))
    if found != {"renewed": size, "wrong": []}:
        raise CannotBench(f"{name}: the books do not hold: {found}")
    told = {
        "renewals": size,
        "per_second": round(size / seconds),
        "seconds": round(seconds, 1),
        "runners": workers,
        "runners_cpu_seconds": round(sum(one["cpu_seconds"] for one in tallies), 1),
        "rss_mb": round(sum(one["rss_mb"] for one in tallies)),
    }
    tell(f"{name}: {told['per_second']:,}/s, {told['seconds']} s, {told['rss_mb']} MB")
    return told


def _environ(home: Path, more: Mapping[str, str]) -> dict[str, str]:
    plain = {name: v for name, v in os.environ.items() if not name.startswith("BROADSHEET_")}
    return plain | {
        "BROADSHEET_HOME": str(home),
        "BROADSHEET_SECRET_KEY": "a key for the bench only",
        "DJANGO_SETTINGS_MODULE": "broadsheet.settings",
        **more,
    }


def _begin(environ: Mapping[str, str], deed: str, number: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "broadsheet.bench.crowd", deed, str(number)],
        env=dict(environ),
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


def _answer(process: subprocess.Popen[str]) -> dict[str, Any]:
    written, _ = process.communicate()
    if process.returncode != 0:
        raise CannotBench(f"{process.args!r} ended with {process.returncode}")
    answer: dict[str, Any] = json.loads(written.splitlines()[-1])
    return answer
