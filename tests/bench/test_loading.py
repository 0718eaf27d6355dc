"""What the bench needs, and what it reads in the words of wrk and h2load."""

from __future__ import annotations

import pytest

from broadsheet.bench import loading
from broadsheet.bench.loading import Figures, find_share, find_tools, read_h2load, read_wrk
from broadsheet.bench.servers import CannotBench

pytestmark = pytest.mark.pure

WRK = """Running 2s test @ http://127.0.0.1:41063
  Latency Distribution
     50%    1.02ms
     99%  812.00us
  91316 requests in 2.00s, 661.83MB read
Requests/sec:  45658.12
"""
H2LOAD = """starting benchmark...
finished in 2.01s, 6400.00 req/s, 42.98MB/s
requests: 3 total, 3 started, 3 done, 3 succeeded, 0 failed, 0 errored, 0 timeout
status codes: 3 2xx, 0 3xx, 0 4xx, 0 5xx
"""
LOG = "1764123456000000\t200\t1500\n1764123456000100\t200\t500\n1764123456000200\t200\t2500\n"


def test_missing_tools_are_named_with_their_packages(monkeypatch):
    monkeypatch.setattr(loading.shutil, "which", lambda tool, path: None)
    with pytest.raises(CannotBench, match="nginx and h2load must be .* nginx-light nghttp2-client"):
        find_tools("nginx", "h2load")


def test_two_cores_are_needed(monkeypatch):
    monkeypatch.setattr(loading.shutil, "which", lambda tool, path: tool)
    monkeypatch.setattr(loading.os, "sched_getaffinity", lambda _: {0})
    with pytest.raises(CannotBench, match="cores 0 and 1"):
        find_tools("wrk")


@pytest.mark.parametrize(
    ("tail", "milliseconds"), [("812.00us", 0.812), ("3.50ms", 3.5), ("1.20s", 1200.0)]
)
def test_wrks_words_are_read(tail, milliseconds):
    read = read_wrk(WRK.replace("812.00us", tail))
    assert read[:3] == (91_316, 45658.12, 1.02)
    assert read.p99_ms == pytest.approx(milliseconds)


@pytest.mark.parametrize(
    "output",
    [
        WRK + "  Non-2xx or 3xx responses: 12\n",
        WRK + "  Socket errors: connect 1, read 0\n",
        "unable to connect",
    ],
)
def test_a_run_of_wrk_with_failures_gives_no_figure(output):
    with pytest.raises(CannotBench):
        read_wrk(output)


def test_h2loads_words_and_notes_are_read(tmp_path):
    log = tmp_path / "log"
    log.write_text(LOG)
    assert read_h2load(H2LOAD, log) == Figures(3, 6400.0, 1.5, 2.5)


@pytest.mark.parametrize(
    ("output", "rows"),
    [
        (H2LOAD.replace("0 failed", "1 failed"), LOG),
        (H2LOAD.replace("0 errored", "1 errored"), LOG),
        (H2LOAD, LOG.replace("200\t500", "503\t500")),
        (H2LOAD, ""),
        ("connect: refused", LOG),
    ],
)
def test_a_run_of_h2load_with_failures_gives_no_figure(tmp_path, output, rows):
    log = tmp_path / "log"
    log.write_text(rows)
    with pytest.raises(CannotBench):
        read_h2load(output, log)


@pytest.mark.parametrize(("share", "value"), [(0.0, 1), (0.5, 3), (0.99, 4), (1.0, 4)])
def test_a_share_of_an_ordered_list(share, value):
    assert find_share([1, 2, 3, 4], share) == value
