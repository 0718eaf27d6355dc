from __future__ import annotations

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
