from __future__ import annotations

import stat
from pathlib import Path

import pytest

from broadsheet.plumbing.plant import WrongSetting, database, read_plant

pytestmark = pytest.mark.pure


def test_an_unknown_setting_is_refused_with_the_nearest_name(tmp_path):
    with pytest.raises(
        WrongSetting, match="no setting BROADSHEET_DATABASE. Did you mean BROADSHEET_DATABASE_URL"
    ):
        read_plant({"BROADSHEET_HOME": str(tmp_path), "BROADSHEET_DATABASE": "x"})
    assert list(tmp_path.iterdir()) == []


def test_a_secret_is_made_once_and_kept_from_others(tmp_path):
    first = read_plant({"BROADSHEET_HOME": str(tmp_path)})
    second = read_plant({"BROADSHEET_HOME": str(tmp_path)})
    assert first.secret_key == second.secret_key
    assert len(first.secret_key) >= 48
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600


def test_https_makes_cookies_secure(tmp_path):
    environ = {"BROADSHEET_HOME": str(tmp_path), "BROADSHEET_SECRET_KEY": "s"}
    assert read_plant({**environ, "BROADSHEET_ORIGIN": "https://paper.example/"}).secure is True
    assert read_plant({**environ, "BROADSHEET_ORIGIN": "http://127.0.0.1:8000"}).secure is False


def test_an_origin_without_a_scheme_is_refused(tmp_path):
    with pytest.raises(WrongSetting, match="write it as https://paper.example"):
        read_plant(
            {
                "BROADSHEET_HOME": str(tmp_path),
                "BROADSHEET_SECRET_KEY": "s",
                "BROADSHEET_ORIGIN": "paper.example",
            }
        )


@pytest.mark.parametrize("everybody", ["*", "0.0.0.0/0", "::/0", "16.0.0.0/4"])
def test_a_server_that_would_trust_everybody_does_not_start(tmp_path, everybody):
    with pytest.raises(WrongSetting, match="trusts everybody"):
        read_plant({"BROADSHEET_HOME": str(tmp_path), "BROADSHEET_TRUSTED_PROXIES": everybody})


def test_proxies_and_countries_are_read(tmp_path):
    environ = {"BROADSHEET_HOME": str(tmp_path), "BROADSHEET_SECRET_KEY": "s"}
    assert not read_plant(environ).proxies
    assert read_plant(environ).country_file == tmp_path / "countries.mmdb"
    plant = read_plant(
        {
            **environ,
            "BROADSHEET_TRUSTED_PROXIES": "uds",
            "BROADSHEET_CLIENT_HEADER": "Forwarded",
            "BROADSHEET_COUNTRY_FILE": "/srv/countries.mmdb",
        }
    )
    assert (plant.proxies.socket, plant.proxies.header) == (True, "Forwarded")
    assert str(plant.country_file) == "/srv/countries.mmdb"


def test_the_database_address_is_taken_apart(tmp_path):
    plant = read_plant(
        {
            "BROADSHEET_HOME": str(tmp_path),
            "BROADSHEET_SECRET_KEY": "s",
            "BROADSHEET_DATABASE_URL": "postgresql://ed:p%40ss@db.example:5433/paper",
        }
    )
    entry = database(plant)
    assert (entry["USER"], entry["PASSWORD"], entry["HOST"], entry["PORT"], entry["NAME"]) == (
        "ed",
        "p@ss",
        "db.example",
        "5433",
        "paper",
    )


def test_another_kind_of_database_is_refused(tmp_path):
    plant = read_plant(
        {
            "BROADSHEET_HOME": str(tmp_path),
            "BROADSHEET_SECRET_KEY": "s",
            "BROADSHEET_DATABASE_URL": "mysql://x/y",
        }
    )
    with pytest.raises(WrongSetting, match="only postgresql:// is known"):
        database(plant)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("mail.example", "begins with 'mail.example'"),
        ("http://mail.example", "begins with 'http'"),
        ("smtp://", "begins with 'smtp'"),
    ],
)
def test_a_mail_address_of_another_kind_is_refused(tmp_path, written, said):
    environ = {"BROADSHEET_HOME": str(tmp_path), "BROADSHEET_SECRET_KEY": "s"}
    with pytest.raises(WrongSetting, match=said):
        read_plant({**environ, "BROADSHEET_MAIL_URL": written})


@pytest.mark.parametrize("scheme", ["smtp", "smtp+starttls", "smtps"])
def test_three_ways_of_sending_mail_are_known(tmp_path, scheme):
    environ = {"BROADSHEET_HOME": str(tmp_path), "BROADSHEET_SECRET_KEY": "s"}
    written = f"{scheme}://post:secret@mail.example"
    assert read_plant({**environ, "BROADSHEET_MAIL_URL": written}).mail_url == written


def test_the_demos_bank_leaves_its_address_in_the_home_folder(tmp_path):
    environ = {"BROADSHEET_HOME": str(tmp_path), "BROADSHEET_SECRET_KEY": "s"}
    assert read_plant(environ).bank_url == ""
    (tmp_path / "bank").mkdir()
    (tmp_path / "bank" / "address").write_text("http://127.0.0.1:4001")
    assert read_plant(environ).bank_url == "http://127.0.0.1:4001"
    named = read_plant({**environ, "BROADSHEET_BANK_URL": "http://127.0.0.1:9/"})
    assert named.bank_url == "http://127.0.0.1:9"


@pytest.mark.parametrize(
    "url",
    [
        "redis://cache.test",
        "redis://:pass%20word@cache.test:6380/2",
        "rediss://user:word@cache.test/0",
        "unix:///run/redis.sock?db=3",
    ],
)
def test_a_redis_is_taken_as_written_and_not_shown(tmp_path, url):
    plant = read_plant({"BROADSHEET_HOME": str(tmp_path), "BROADSHEET_REDIS_URL": url})
    assert plant.redis_url == url
    assert "cache.test" not in repr(plant)


@pytest.mark.parametrize(
    "url", ["a-secret@cache.test", "http://:a-secret@cache.test", "redis://:a-secret@cache.test/x"]
)
def test_a_redis_that_cannot_be_one_is_refused_without_its_password(tmp_path, url):
    with pytest.raises(WrongSetting, match="BROADSHEET_REDIS_URL: .* write it as redis://") as told:
        read_plant({"BROADSHEET_HOME": str(tmp_path), "BROADSHEET_REDIS_URL": url})
    assert "a-secret" not in str(told.value)


def test_gateways_are_told_their_keys_and_secrets(tmp_path: Path) -> None:
    plain = read_plant({"BROADSHEET_HOME": str(tmp_path)})
    assert (plain.stripe_key, plain.stripe_webhook_secrets, plain.razorpay_key_id) == ("", (), "")
    told = read_plant(
        {
            "BROADSHEET_HOME": str(tmp_path),
            "BROADSHEET_STRIPE_KEY": "sk_1",
            "BROADSHEET_STRIPE_WEBHOOK_SECRET": "whsec_new, whsec_old,",
            "BROADSHEET_STRIPE_ADDRESS": "http://127.0.0.1:9/stripe/",
            "BROADSHEET_RAZORPAY_KEY_ID": "rzp_1",
            "BROADSHEET_RAZORPAY_KEY_SECRET": "s",
            "BROADSHEET_RAZORPAY_WEBHOOK_SECRET": "one",
        }
    )
    assert told.stripe_webhook_secrets == ("whsec_new", "whsec_old")
    assert told.stripe_address == "http://127.0.0.1:9/stripe"
    assert (told.razorpay_key_id, told.razorpay_webhook_secrets) == ("rzp_1", ("one",))
    assert not any(word in repr(told) for word in ("sk_1", "whsec", "'s'", "one"))


@pytest.mark.parametrize("name", ["BROADSHEET_RAZORPAY_KEY_ID", "BROADSHEET_RAZORPAY_KEY_SECRET"])
def test_half_a_key_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(WrongSetting, match="both, or neither"):
        read_plant({"BROADSHEET_HOME": str(tmp_path), name: "x"})
