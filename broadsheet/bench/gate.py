"""How fast the gate serves story pages, beside nginx serving the same gzip bytes as files.

Both on core 0 in turns, the load on core 1. Gate and Django are arranged as ``site serve`` arranges
them, with a throwaway newspaper; its readers are devices whose cookies the gate would have signed
itself. Figures are medians of rounds, ratios medians of the pairs of one round.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from broadsheet.bench import shows
from broadsheet.bench.loading import find_tools
from broadsheet.bench.paper import MODES, BenchPaper
from broadsheet.bench.servers import CannotBench, free_port, serve_redis

REDIS_MODES = ("mix", "new-read")
Tell = Callable[[str], None]

__all__ = ["MODES", "CannotBench", "bench_gate"]


@dataclass(frozen=True, slots=True)
class Round:
    """One mode measured once: pages a second of each, and how busy the server's core was."""

    gate: float
    nginx: float
    gate_p99_ms: float
    gate_cpu: float
    nginx_cpu: float

    @property
    def ratio(self) -> float:
        return self.gate / self.nginx


def bench_gate(*, rounds: int, seconds: int, brief: bool, tell: Tell) -> dict[str, Any]:
    """Measure all modes; ``figure``, ``ratio`` and ``detail`` as the contract names them.

    Unless ``brief`` also ``redis``, ``tail``, ``memory`` and ``mixed``. Raises ``CannotBench``.
    """
    more = () if brief else ("h2load", "redis-server")
    tools = find_tools("nginx", "wrk", *more)
    with tempfile.TemporaryDirectory(prefix="broadsheet-bench-") as folder:
        paper = BenchPaper(Path(folder), tools, seconds, tell)
        paper.make()
        found = _sum_up(_measure_all(paper, tuple(MODES), rounds, tell))
        if not brief:
            found["redis"] = bench_redis(paper, rounds, tell)
            found["mixed"] = shows.show_mixed(paper, rounds, tell)
            found["tail"] = shows.show_tail(paper, rounds, tell)
            found["memory"] = shows.show_memory(paper, tell)
        return found | {"page_gzip_bytes": paper.page_bytes, "rounds": rounds}


def bench_redis(paper: BenchPaper, rounds: int, tell: Tell) -> dict[str, Any]:
    """New reads and the mix with the reads in a Redis on the load's core."""
    with serve_redis(paper.tools["redis-server"], free_port(), paper.folder) as url:
        environ = paper.environ
        paper.environ = environ | {"BROADSHEET_REDIS_URL": url}
        try:
            measured = _measure_all(
                paper, REDIS_MODES, rounds, lambda words: tell(f"redis {words}")
            )
        finally:
            paper.environ = environ
            shutil.rmtree(paper.home / "reads", ignore_errors=True)
    detail: dict[str, Any] = _sum_up(measured)["detail"]
    return detail


def _measure_all(
    paper: BenchPaper, modes: tuple[str, ...], rounds: int, tell: Tell
) -> dict[str, list[Round]]:
    measured: dict[str, list[Round]] = {mode: [] for mode in modes}
    for number in range(1, rounds + 1):
        for mode in modes:
            one = _measure(paper, mode)
            measured[mode].append(one)
            tell(
                f"round {number} {mode}: gate {one.gate:,.0f}/s, nginx {one.nginx:,.0f}/s, "
                f"ratio {one.ratio:.2f}"
            )
    return measured


def _measure(paper: BenchPaper, mode: str) -> Round:
    cookies = paper.write_cookies(mode)
    with ExitStack() as running:
        files, files_cpu = paper.load(running.enter_context(paper.nginx_running()), mode, cookies)
    with ExitStack() as running:
        serving = running.enter_context(paper.gate_running())
        paper.warm()
        pages, pages_cpu = paper.load(serving, mode, cookies)
    return Round(pages.rate, files.rate, pages.p99_ms, pages_cpu, files_cpu)


def _sum_up(measured: Mapping[str, list[Round]]) -> dict[str, Any]:
    detail = {}
    for mode, rounds in measured.items():
        detail[mode] = {
            "figure": round(statistics.median(one.gate for one in rounds)),
            "nginx": round(statistics.median(one.nginx for one in rounds)),
            "ratio": round(statistics.median(one.ratio for one in rounds), 3),
            "p99_ms": round(statistics.median(one.gate_p99_ms for one in rounds), 2),
            "cpu_us": round(statistics.median(one.gate_cpu / one.gate for one in rounds) * 1e6, 1),
            "nginx_cpu_us": round(
                statistics.median(one.nginx_cpu / one.nginx for one in rounds) * 1e6, 1
            ),
        }
    mix = detail["mix"]
    return {"figure": mix["figure"], "unit": "pages/s", "ratio": mix["ratio"], "detail": detail}
