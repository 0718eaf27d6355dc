from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from broadsheet.bench import gate as bench
from broadsheet.bench import loading
from broadsheet.cli import root

pytestmark = pytest.mark.pure
ONE = {"figure": 20_000, "nginx": 50_000, "ratio": 0.4, "p99_ms": 3.1}
FOUND = {"figure": 20_000, "ratio": 0.4, "detail": dict.fromkeys(bench.MODES, ONE)}
MORE = {
    "redis": {"mix": ONE},
    "mixed": {"slow": 8, "figure": 18_000, "alone": 20_000, "ratio": 0.9, "p99_ms": 4.2},
    "tail": {"peak": 30_000, "rate": 24_000, "p50_ms": 0.5, "p99_ms": 2.5},
    "memory": {
        "rss_mb": 200.1,
        "without_files_mb": 130.2,
        "stories": 100_000,
        "warm": 5_000,
        "devices": 1_000_000,
    },
}


def test_without_its_tools_the_bench_says_what_to_install(monkeypatch):
    monkeypatch.setattr(loading.shutil, "which", lambda tool, path: None)
    done = CliRunner().invoke(root, ["bench", "gate", "--brief"])
    assert done.exit_code == 2
    assert "apt install nginx-light wrk" in done.stderr
    assert done.stdout == ""


def test_the_figures_are_printed_for_people_and_for_machines(monkeypatch):
    asked = []
    monkeypatch.setattr(bench, "bench_gate", lambda **words: asked.append(words) or FOUND | MORE)
    done = CliRunner().invoke(root, ["bench", "gate", "--json"])
    assert done.exit_code == 0
    assert json.loads(done.stdout.splitlines()[-1]) == FOUND | MORE
    assert "mix              20,000/s  0.40 of nginx  p99 3.1 ms" in done.stderr
    assert done.stderr.splitlines()[-4:] == [
        (
            "Redis mix        20,000/s  0.40 of nginx  p99 3.1 ms  "
            "(each device opens 5 new stories, then 15 re-reads or stops)"
        ),
        "18,000/s with 8 slow requests, 0.90 of that without, p99 4.2 ms",
        "p99 2.5 ms at 24,000/s, peak 30,000/s",
        (
            "200.1 MB, 130.2 MB without mapped files, "
            "100,000 stories known, 5,000 warm, 1,000,000 devices"
        ),
    ]
    assert asked[0]["brief"] is False


def test_in_brief_only_the_readers_are_measured(monkeypatch):
    asked = []
    monkeypatch.setattr(bench, "bench_gate", lambda **words: asked.append(words) or FOUND)
    done = CliRunner().invoke(root, ["bench", "gate", "--brief"])
    assert (done.exit_code, len(done.stdout.splitlines())) == (0, len(bench.MODES))
    assert asked[0]["brief"] is True
