from __future__ import annotations

import dataclasses
import subprocess

import pytest
from django.conf import settings

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
