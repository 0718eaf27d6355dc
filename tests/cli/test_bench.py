from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from broadsheet.bench import gate as bench
from broadsheet.cli import root

pytestmark = pytest.mark.pure


def test_without_its_tools_the_bench_says_what_to_install(monkeypatch):
    monkeypatch.setattr(bench.shutil, "which", lambda tool, path: None)
    done = CliRunner().invoke(root, ["bench", "gate"])
    assert done.exit_code == 2
    assert "apt install nginx-light wrk" in done.stderr
    assert done.stdout == ""


def test_the_figures_are_printed_for_people_and_for_machines(monkeypatch):
    one = {"figure": 20_000, "nginx": 50_000, "ratio": 0.4, "p99_ms": 3.1}
    found = {"figure": 20_000, "ratio": 0.4, "detail": dict.fromkeys(bench.MODES, one)}
    monkeypatch.setattr(bench, "bench_gate", lambda **_: found)
    done = CliRunner().invoke(root, ["bench", "gate", "--json"])
    assert done.exit_code == 0
    assert json.loads(done.stdout.splitlines()[-1]) == found
    assert "mix          20,000/s  0.40 of nginx  p99 3.1 ms" in done.stderr
