from __future__ import annotations

from pathlib import Path

import pytest

from broadsheet.gate.settings import GateSettings, read_settings

pytestmark = pytest.mark.pure


def test_everything_stands_in_the_home_folder(tmp_path):
    settings = read_settings(
        {
            "BROADSHEET_HOME": str(tmp_path),
            "BROADSHEET_SECRET_KEY": "s",
            "BROADSHEET_ORIGIN": "https://paper.test/",
        }
    )
    assert settings == GateSettings(home=tmp_path, secret="s", origin="https://paper.test")
    assert (settings.feed, settings.reads, settings.spool) == (
        tmp_path / "gate",
        tmp_path / "reads",
        tmp_path / "spool",
    )
    assert settings.secure


def test_without_an_origin_readers_come_by_http(tmp_path):
    settings = read_settings({"BROADSHEET_HOME": str(tmp_path), "BROADSHEET_SECRET_KEY": "s"})
    assert settings.origin == "http://127.0.0.1:8000"
    assert not settings.secure


def test_the_environment_is_read_by_default(monkeypatch, tmp_path):
    monkeypatch.setenv("BROADSHEET_HOME", str(tmp_path))
    monkeypatch.setenv("BROADSHEET_SECRET_KEY", "s")
    assert read_settings().home == tmp_path


def test_a_secret_is_made_once_and_is_djangos_too(tmp_path):
    from broadsheet.plumbing.plant import read_plant

    environ = {"BROADSHEET_HOME": str(tmp_path / "new")}
    first = read_settings(environ).secret
    assert len(first) > 40
    assert read_settings(environ).secret == read_plant(environ).secret_key == first
    assert (tmp_path / "new" / "secret.key").stat().st_mode & 0o777 == 0o600


def test_two_that_start_at_once_agree_on_the_secret(tmp_path, monkeypatch):
    path = tmp_path / "secret.key"
    path.write_text("the other's\n")
    exists = Path.exists
    monkeypatch.setattr(Path, "exists", lambda self: self != path and exists(self))
    assert read_settings({"BROADSHEET_HOME": str(tmp_path)}).secret == "the other's"
