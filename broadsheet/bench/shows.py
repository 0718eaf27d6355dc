"""What else the gate must show: its tail below the peak, slow pages behind it, its memory."""

from __future__ import annotations

import statistics
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from broadsheet.bench.loading import run_h2load, run_wrk
from broadsheet.bench.paper import BenchPaper
from broadsheet.bench.readers import make_readers, make_subscriber
from broadsheet.bench.servers import Serving, measure_memory
from broadsheet.bench.slow_behind import COMPUTING, WAITING
from broadsheet.plumbing.process_tree import yield_to_others
from broadsheet.plumbing.serving import NICE

Tell = Callable[[str], None]
SHARE_OF_PEAK = 0.8
SLOW_BEHIND = "broadsheet.bench.slow_wsgi:application"
SLOW = (WAITING, COMPUTING) * 4
MANY_BEHIND = "broadsheet.bench.many_stories:application"
KNOWN, WARM, DEVICES = 100_000, 5_000, 1_000_000
READ_BY_DEVICES = 1_000
AT_ONCE = 10
"""Seconds of one load among those that go on until everything was asked for."""


def show_tail(paper: BenchPaper, rounds: int, tell: Tell) -> dict[str, float]:
    """The latency at 80 % of the peak, for a reader who opens five stories again and is stopped."""
    addresses, log = paper.folder / "addresses", paper.folder / "h2load.log"
    origin = f"http://127.0.0.1:{paper.gate_port}"
    addresses.write_text("\n".join(origin + path for path in paper.paths) + "\n")
    (reader,) = make_readers(1)
    headers = [f"cookie: {reader}", "accept-encoding: gzip"]
    program = paper.tools["h2load"]
    peaks, tails = [], []
    with paper.gate_running():
        paper.warm()
        for number in range(1, rounds + 1):
            peak = run_h2load(program, addresses, log, seconds=paper.seconds, headers=headers)
            rps = SHARE_OF_PEAK * peak.rate
            tail = run_h2load(
                program, addresses, log, seconds=paper.seconds, headers=headers, rps=rps
            )
            peaks.append(peak)
            tails.append(tail)
            tell(
                f"round {number} tail: peak {peak.rate:,.0f}/s, at {tail.rate:,.0f}/s "
                f"p99 {tail.p99_ms:.2f} ms"
            )
    return {
        "peak": round(statistics.median(peak.rate for peak in peaks)),
        "rate": round(statistics.median(tail.rate for tail in tails)),
        "p50_ms": round(statistics.median(tail.p50_ms for tail in tails), 2),
        "p99_ms": round(statistics.median(tail.p99_ms for tail in tails), 2),
    }


def show_mixed(paper: BenchPaper, rounds: int, tell: Tell) -> dict[str, float]:
    """Stories read again while slow requests are always in flight, beside the same without them."""
    alone, mixed = [], []
    cookies = paper.write_cookies("re-read")
    with paper.gate_running(SLOW_BEHIND) as serving:
        paper.warm()
        yield_to_others(serving.groups[1], NICE)
        for number in range(1, rounds + 1):
            alone.append(paper.load(serving, "re-read", cookies)[0])
            with _slow_in_flight(serving) as answered:
                mixed.append(paper.load(serving, "re-read", cookies)[0])
            tell(
                f"round {number} mixed: {mixed[-1].rate:,.0f}/s, alone {alone[-1].rate:,.0f}/s, "
                f"p99 {mixed[-1].p99_ms:.2f} ms, {len(answered)} slow pages answered"
            )
    pairs = zip(mixed, alone, strict=True)
    return {
        "slow": len(SLOW),
        "figure": round(statistics.median(one.rate for one in mixed)),
        "alone": round(statistics.median(one.rate for one in alone)),
        "ratio": round(statistics.median(one.rate / other.rate for one, other in pairs), 3),
        "p99_ms": round(statistics.median(one.p99_ms for one in mixed), 2),
    }


@contextmanager
def _slow_in_flight(serving: Serving) -> Iterator[list[float]]:
    """Ask for each of ``SLOW`` again and again; the list grows by the seconds of each answer."""
    answered: list[float] = []
    stopping = threading.Event()
    began = threading.Semaphore(0)

    def ask(path: str) -> None:
        while not stopping.is_set():
            at = time.monotonic()
            began.release()
            with urllib.request.urlopen(f"http://127.0.0.1:{serving.port}{path}") as answer:
                answer.read()
            answered.append(time.monotonic() - at)

    asking = [threading.Thread(target=ask, args=(path,)) for path in SLOW]
    for thread in asking:
        thread.start()
    for _ in asking:
        began.acquire()
    try:
        yield answered
    finally:
        stopping.set()
        for thread in asking:
            thread.join()


def show_memory(paper: BenchPaper, tell: Tell) -> dict[str, Any]:
    """The gate's memory after so many stories and devices. Django is a stand-in that makes pages."""
    tell(f"memory: {KNOWN:,} stories, {WARM:,} warm, {DEVICES:,} devices …")
    paths = [f"/city/story-{number}/" for number in range(1, KNOWN + 1)]
    loads = (
        _Asked("one", [make_subscriber()], paths, KNOWN),
        _Asked("each", make_readers(WARM), paths[:WARM], WARM),
        *(
            _Asked("each", make_readers(DEVICES // 4), paths[:READ_BY_DEVICES], DEVICES // 4)
            for _ in range(4)
        ),
    )
    used = []
    with paper.gate_running(MANY_BEHIND) as serving:
        for asked in loads:
            _ask_for(paper, serving, asked)
            used.append(measure_memory(serving.groups[0]))
    known, warm, *_, devices = used
    tell(f"memory: {devices['rss_mb']} MB, {devices['without_files_mb']} MB without mapped files")
    return {
        **devices,
        "stories": KNOWN,
        "warm": WARM,
        "devices": DEVICES,
        "after_stories_mb": known["rss_mb"],
        "after_warm_mb": warm["rss_mb"],
    }


class _Asked(NamedTuple):
    """What one kind of load asks for: readers by turns, stories by turns, so many requests."""

    mode: str
    cookies: list[str]
    paths: list[str]
    requests: int


def _ask_for(paper: BenchPaper, serving: Serving, asked: _Asked) -> None:
    """Load until that many requests were made, each time with what is left."""
    done = 0
    files = (paper.folder / "some-cookies", paper.folder / "some-paths")
    while done < asked.requests:
        files[0].write_text("\n".join(asked.cookies[done:] or asked.cookies) + "\n")
        files[1].write_text("\n".join(asked.paths[done % len(asked.paths) :]) + "\n")
        words = ["gate", asked.mode, *map(str, files)]
        done += run_wrk(paper.tools["wrk"], serving.port, AT_ONCE, words).requests
