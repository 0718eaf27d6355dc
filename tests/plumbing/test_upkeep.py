from __future__ import annotations

import dataclasses
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

from broadsheet.gate.over_http import PLACES
from broadsheet.plumbing import upkeep

pytestmark = pytest.mark.pure


def test_static_files_that_cannot_be_laid_out_stay_stale(monkeypatch, capfd):
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "broadsheet.no_such_settings")
    said: list[str] = []
    with pytest.raises(subprocess.CalledProcessError), upkeep._static_laid_out(said.append):
        pass
    assert said == ["laying out the static files …"]
    assert "no_such_settings" in capfd.readouterr().err
    assert not (settings.STATIC_ROOT / ".laid-out").exists()
    assert upkeep._static_is_stale()


def test_a_failure_meanwhile_leaves_the_static_files_stale():
    with pytest.raises(ZeroDivisionError), upkeep._static_laid_out(lambda _: None):
        1 / 0  # noqa: B018
    assert upkeep._static_is_stale()


def test_the_doctor_asks_whether_reads_can_be_counted(monkeypatch):
    assert upkeep.find_trouble_with_reads() == ""
    plant = dataclasses.replace(settings.PLANT, redis_url="redis://:a-secret@127.0.0.1:1/0")
    monkeypatch.setattr(settings, "PLANT", plant)
    trouble = upkeep.find_trouble_with_reads()
    assert trouble.startswith("cannot be counted: 127.0.0.1:1: ")
    assert "a-secret" not in trouble


def test_gate_django_and_worker_are_processes_of_their_own():
    gate, django, worker = upkeep.serving(host="0.0.0.0", port=8123, workers=3)
    behind = Path(gate.environ["BROADSHEET_BEHIND"].removeprefix("unix:"))
    assert list(gate.environ) == ["BROADSHEET_BEHIND"]
    assert gate.command[-5:] == [
        *("--host", "0.0.0.0", "--port", "8123"),
        "broadsheet.wsgi_gate:application",
    ]
    assert django.command[-5:] == [
        *("--uds", str(behind), "--uds-permissions", "0600"),
        "broadsheet.wsgi_behind:application",
    ]
    for child in (gate, django):
        assert child.command[child.command.index("--workers") + 1] == "3"
    assert worker.command[-2:] == ["site", "work"]
    assert 0 == gate.nice < django.nice < worker.nice
    assert behind.parent.stat().st_mode & 0o777 == 0o700
    assert list(behind.parent.iterdir()) == []


def test_more_threads_than_may_wait_for_django():
    assert upkeep.GATE_THREADS > PLACES
