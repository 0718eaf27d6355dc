"""The gate's bench: what it needs, what it reads, what it makes of the figures."""

from __future__ import annotations

import pytest

from broadsheet.bench import gate
from broadsheet.bench.gate import CannotBench, Round, find_tools, read_wrk
from broadsheet.protocol import keys
from broadsheet.protocol.device import read_device
from broadsheet.protocol.reader_pass import read_pass

pytestmark = pytest.mark.pure

WRK = """Running 2s test @ http://127.0.0.1:41063
  Latency Distribution
     50%    1.02ms
     99%  812.00us
Requests/sec:  45658.12
"""


def test_a_missing_tool_is_named_with_its_package(monkeypatch):
    monkeypatch.setattr(gate.shutil, "which", lambda tool, path: None)
    with pytest.raises(CannotBench, match="nginx and wrk must be .*apt install nginx-light wrk"):
        find_tools()


def test_two_cores_are_needed(monkeypatch):
    monkeypatch.setattr(gate.shutil, "which", lambda tool, path: tool)
    monkeypatch.setattr(gate.os, "sched_getaffinity", lambda _: {0})
    with pytest.raises(CannotBench, match="cores 0 and 1"):
        find_tools()


@pytest.mark.parametrize(
    ("tail", "milliseconds"), [("812.00us", 0.812), ("3.50ms", 3.5), ("1.20s", 1200.0)]
)
def test_wrks_words_are_read(tail, milliseconds):
    rate, p99 = read_wrk(WRK.replace("812.00us", tail))
    assert rate == 45658.12
    assert p99 == pytest.approx(milliseconds)


@pytest.mark.parametrize(
    "output",
    [
        WRK + "  Non-2xx or 3xx responses: 12\n",
        WRK + "  Socket errors: connect 1, read 0\n",
        "unable to connect",
    ],
)
def test_a_run_with_failures_gives_no_figure(output):
    with pytest.raises(CannotBench):
        read_wrk(output)


def test_the_figure_is_the_mixs_median_and_the_ratio_that_of_pairs():
    rounds = [Round(g, n, 1.0, 0.5, 0.5) for g, n in ((40.0, 100.0), (10.0, 20.0), (30.0, 90.0))]
    summed = gate._sum_up(dict.fromkeys(gate.MODES, rounds), 6_770)
    assert (summed["figure"], summed["ratio"]) == (30, 0.4)
    assert set(summed["detail"]) == {"mix", "new-read", "re-read", "stopped", "subscriber"}
    assert summed["detail"]["mix"]["nginx"] == 90


def test_the_benchs_readers_carry_cookies_that_the_gate_takes():
    (reader,) = gate._make_readers(1)
    key = keys.derive_key(gate._SECRET, keys.DEVICE)
    assert read_device(key, reader.removeprefix("bs_device="), 0) is not None
    text = gate._make_subscriber().rpartition("bs_pass=")[2]
    signed_in = read_pass(keys.derive_key(gate._SECRET, keys.PASS), text, "session", 0)
    assert signed_in is not None
    assert signed_in.reader.kind == "subscriber"
