from __future__ import annotations

from pathlib import Path

import pytest

from broadsheet.gate.settings import GateSettings, read_settings
from broadsheet.protocol.proxies import TrustedProxies, WrongProxies, parse_proxies

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


def test_proxies_and_countries_are_named_by_the_plant(tmp_path):
    environ = {
        "BROADSHEET_HOME": str(tmp_path),
        "BROADSHEET_SECRET_KEY": "s",
        "BROADSHEET_TRUSTED_PROXIES": "127.0.0.1",
        "BROADSHEET_CLIENT_HEADER": "CF-Connecting-IP",
        "BROADSHEET_COUNTRY_HEADER": "CF-IPCountry",
        "BROADSHEET_COUNTRY_FILE": "/srv/countries.mmdb",
    }
    settings = read_settings(environ)
    assert settings.proxies == parse_proxies("127.0.0.1", "CF-Connecting-IP")
    assert (settings.country_header, settings.countries) == (
        "CF-IPCountry",
        Path("/srv/countries.mmdb"),
    )
    bare = read_settings({"BROADSHEET_HOME": str(tmp_path), "BROADSHEET_SECRET_KEY": "s"})
    assert (bare.proxies, bare.country_header) == (TrustedProxies(), "")
    assert (bare.countries, bare.crawlers) == (tmp_path / "countries.mmdb", tmp_path / "crawlers")


def test_a_redis_is_named_by_the_plant_and_by_no_log(tmp_path):
    environ = {
        "BROADSHEET_HOME": str(tmp_path),
        "BROADSHEET_SECRET_KEY": "s",
        "BROADSHEET_REDIS_URL": "redis://:a-secret@cache.test/2",
    }
    settings = read_settings(environ)
    assert settings.redis_url == "redis://:a-secret@cache.test/2"
    assert "a-secret" not in repr(settings)


def test_a_gate_that_would_trust_everybody_does_not_start(tmp_path):
    with pytest.raises(WrongProxies, match="trusts everybody"):
        read_settings({"BROADSHEET_HOME": str(tmp_path), "BROADSHEET_TRUSTED_PROXIES": "0.0.0.0/0"})


@pytest.mark.parametrize(
    ("origin", "proxies", "sees"),
    [
        ("http://paper.test", "", True),
        ("https://paper.test", "", False),
        ("https://paper.test", "127.0.0.1", True),
        ("https://paper.test", "uds", True),
    ],
)
def test_clients_are_not_seen_behind_a_proxy_that_nobody_named(origin, proxies, sees):
    settings = GateSettings(Path("x"), "s", origin, proxies=parse_proxies(proxies))
    assert settings.sees_clients is sees


def test_two_that_start_at_once_agree_on_the_secret(tmp_path, monkeypatch):
    path = tmp_path / "secret.key"
    path.write_text("the other's\n")
    exists = Path.exists
    monkeypatch.setattr(Path, "exists", lambda self: self != path and exists(self))
    assert read_settings({"BROADSHEET_HOME": str(tmp_path)}).secret == "the other's"
