"""The plant: where things stand (database, secrets, hosts), read from the environment once.

Every variable is listed in ``VARIABLES``; an unknown ``BROADSHEET_*`` name is refused at start
with the nearest right one, so that a misspelt setting never passes for its default.
"""

from __future__ import annotations

import contextlib
import difflib
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from broadsheet.counters.resp import WrongAddress, read_address
from broadsheet.plumbing.paper import WrongSetting
from broadsheet.protocol.proxies import TrustedProxies, WrongProxies, parse_proxies

VARIABLES: dict[str, str] = {
    "BROADSHEET_HOME": "Folder of one newspaper: its settings, database, media and mail.",
    "BROADSHEET_DATABASE_URL": "postgresql://user:password@host/name; without it SQLite in the home folder.",
    "BROADSHEET_REDIS_URL": "redis://:password@host:6379/0, rediss:// for TLS or unix:///path/redis.sock?db=0: where several hosts count reads together; without it each host counts its own.",
    "BROADSHEET_SECRET_KEY": "Signing key; without it one is made and kept in the home folder.",
    "BROADSHEET_ORIGIN": "Public address, e.g. https://paper.example; decides Secure cookies and canonical links.",
    "BROADSHEET_HOSTS": "Host names the server answers to, parted by commas.",
    "BROADSHEET_TRUSTED_PROXIES": "Your own proxies, by address or network, parted by commas; uds for whoever comes by a Unix socket; without it the peer is the client.",
    "BROADSHEET_CLIENT_HEADER": "The header in which they write the client's address: X-Forwarded-For unless told, Forwarded, CF-Connecting-IP or another.",
    "BROADSHEET_COUNTRY_HEADER": "The header in which they write the client's country, e.g. CF-IPCountry; without it none is believed.",
    "BROADSHEET_COUNTRY_FILE": "An MMDB file of countries by network; without it countries.mmdb in the home folder, if it is there.",
    "BROADSHEET_MAIL_URL": "smtp://, smtp+starttls:// or smtps://user:password@host:port; without it mail is written to the home folder.",
    "BROADSHEET_BEHIND": "For a gate in processes of its own: unix:/path or http://host:port, where Django answers. site serve sets it.",
    "BROADSHEET_CDN": "fastly, cloudflare or a plug-in's name: the CDN that keeps pages and is told of changes.",
    "BROADSHEET_CDN_ID": "The service's id at Fastly, the zone's at Cloudflare.",
    "BROADSHEET_CDN_TOKEN": "A token of that company's that may purge and nothing else.",
    "BROADSHEET_CDN_BY": "keys (unless told) or addresses: what pages are purged by at Cloudflare.",
    "BROADSHEET_CDN_URL": "Address of the company's API, where it is not the usual one.",
    "BROADSHEET_METRICS_TOKEN": "Whoever brings it as a bearer token reads /metrics; without it only programs of this host do.",
    "BROADSHEET_DEMO": "1 opens the stand-in bank and the mail folder to the browser. Never in production.",
    "BROADSHEET_BANK_URL": "Address of the test gateway's bank; without it the demo's, if that runs, else the test gateway reaches nobody.",
    "BROADSHEET_STRIPE_KEY": "Secret key of the paper's account at Stripe; without it Stripe is not offered.",
    "BROADSHEET_STRIPE_WEBHOOK_SECRET": "Signing secret of the webhook at Stripe; during a change the new one and the old one, parted by a comma.",
    "BROADSHEET_STRIPE_ADDRESS": "Address of Stripe's API, where it is not the usual one.",
    "BROADSHEET_RAZORPAY_KEY_ID": "Key id of the paper's account at Razorpay; without it Razorpay is not offered.",
    "BROADSHEET_RAZORPAY_KEY_SECRET": "The secret that belongs to that key id.",
    "BROADSHEET_RAZORPAY_WEBHOOK_SECRET": "Secret of the webhook at Razorpay; during a change the new one and the old one, parted by a comma.",
    "BROADSHEET_RAZORPAY_ADDRESS": "Address of Razorpay's API, where it is not the usual one.",
    "BROADSHEET_CHARGES_PER_SECOND": "How many charges a gateway is sent in a second, by all processes together: 20 unless told; one number, or stripe=20,razorpay=5.",
    "BROADSHEET_CHARGES_AT_ONCE": "How many charges a process has on the wire together: 8 unless told.",
    "BROADSHEET_CHARGES_A_DAY": "After so many charges in a day a gateway is sent no more, and an alert says so; one number, or stripe=5000; without it there is no cap.",
    "BROADSHEET_CHARGES_ABOVE_FORECAST": "By how many per cent a day's renewals may exceed what was due as the day began; above it they stop, and an alert says so: 20 unless told.",
    "BROADSHEET_SCAN_PUBLISHED": "0 leaves out the leak scan of each story after it is published.",
    "BROADSHEET_SCAN_PASSWORD": "Password of the subscriber as whom `gate scan` reads; asked for where it is missing.",
    "BROADSHEET_DEBUG": "1 shows error details. Never in production.",
    "BROADSHEET_CRASH_AT": "Tests only: the numbered point of the charge protocol at which to die.",
}

MAIL_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class Plant:
    """Where one newspaper's parts stand."""

    home: Path
    database_url: str
    secret_key: str
    origin: str
    hosts: tuple[str, ...]
    proxies: TrustedProxies
    country_file: Path
    mail_url: str
    demo: bool
    bank_url: str
    scan_published: bool
    debug: bool
    redis_url: str = field(default="", repr=False)
    cdn: str = ""
    cdn_id: str = ""
    cdn_token: str = field(default="", repr=False)
    cdn_by: str = "keys"
    cdn_url: str = ""
    stripe_key: str = field(default="", repr=False)
    stripe_webhook_secrets: tuple[str, ...] = field(default=(), repr=False)
    stripe_address: str = ""
    razorpay_key_id: str = ""
    razorpay_key_secret: str = field(default="", repr=False)
    razorpay_webhook_secrets: tuple[str, ...] = field(default=(), repr=False)
    razorpay_address: str = ""
    charges_per_second: Mapping[str, int] = field(default_factory=lambda: {"": 20}, hash=False)
    charges_at_once: int = 8
    charges_a_day: Mapping[str, int] = field(default_factory=dict, hash=False)
    charges_above_forecast: int = 20

    @property
    def secure(self) -> bool:
        """Whether readers come by https."""
        return self.origin.startswith("https://")


def read_plant(environ: Mapping[str, str] | None = None) -> Plant:
    """Read the plant from the environment. Raises ``WrongSetting``."""
    environ = os.environ if environ is None else environ
    refuse_unknown(environ)
    home = Path(environ.get("BROADSHEET_HOME") or "var").resolve()
    origin = environ.get("BROADSHEET_ORIGIN", "http://127.0.0.1:8000").rstrip("/")
    if urlsplit(origin).scheme not in {"http", "https"} or not urlsplit(origin).hostname:
        raise WrongSetting(
            f"BROADSHEET_ORIGIN is {origin!r}; write it as https://paper.example, without a path."
        )
    mail = urlsplit(environ.get("BROADSHEET_MAIL_URL", ""))
    if mail.geturl() and (mail.scheme not in MAIL_PORTS or not mail.hostname):
        raise WrongSetting(
            f"BROADSHEET_MAIL_URL begins with {mail.scheme or mail.path!r}; write it as "
            "smtp+starttls://user:password@mail.example:587, or with smtp:// or smtps://."
        )
    own_host = urlsplit(origin).hostname or "127.0.0.1"
    named = _parted(environ.get("BROADSHEET_HOSTS", ""))
    return Plant(
        home=home,
        database_url=environ.get("BROADSHEET_DATABASE_URL", ""),
        secret_key=environ.get("BROADSHEET_SECRET_KEY") or _kept_secret(home),
        origin=origin,
        hosts=tuple(dict.fromkeys((*named, own_host, "127.0.0.1", "localhost", "[::1]"))),
        proxies=_read_proxies(environ),
        country_file=Path(environ.get("BROADSHEET_COUNTRY_FILE") or home / "countries.mmdb"),
        mail_url=environ.get("BROADSHEET_MAIL_URL", ""),
        demo=environ.get("BROADSHEET_DEMO", "") == "1",
        bank_url=(environ.get("BROADSHEET_BANK_URL") or _standing_bank(home)).rstrip("/"),
        scan_published=environ.get("BROADSHEET_SCAN_PUBLISHED", "") != "0",
        debug=environ.get("BROADSHEET_DEBUG", "") == "1",
        redis_url=_read_redis(environ),
        **_read_cdn(environ),
        **_read_gateways(environ),
        **_read_charges(environ),
    )


def refuse_unknown(environ: Mapping[str, str]) -> None:
    """Refuse a ``BROADSHEET_*`` variable that nothing reads."""
    for name in sorted(environ):
        if name.startswith("BROADSHEET_") and name not in VARIABLES:
            near = difflib.get_close_matches(name, VARIABLES, n=1, cutoff=0.0)[0]
            raise WrongSetting(f"There is no setting {name}. Did you mean {near}?")


def _read_redis(environ: Mapping[str, str]) -> str:
    url = environ.get("BROADSHEET_REDIS_URL", "")
    if url:
        try:
            read_address(url)
        except WrongAddress as error:
            raise WrongSetting(f"BROADSHEET_REDIS_URL: {error}.") from None
    return url


def _read_cdn(environ: Mapping[str, str]) -> dict[str, Any]:
    said = {
        "cdn": environ.get("BROADSHEET_CDN", ""),
        "cdn_id": environ.get("BROADSHEET_CDN_ID", ""),
        "cdn_token": environ.get("BROADSHEET_CDN_TOKEN", ""),
        "cdn_by": environ.get("BROADSHEET_CDN_BY") or "keys",
        "cdn_url": environ.get("BROADSHEET_CDN_URL", "").rstrip("/"),
    }
    if said["cdn"] in {"cloudflare", "fastly"} and not (said["cdn_id"] and said["cdn_token"]):
        raise WrongSetting(
            f"BROADSHEET_CDN is {said['cdn']}: set BROADSHEET_CDN_ID and BROADSHEET_CDN_TOKEN too."
        )
    if said["cdn_by"] not in {"keys", "addresses"}:
        raise WrongSetting(f"BROADSHEET_CDN_BY is {said['cdn_by']!r}; write keys or addresses.")
    return said


def _read_gateways(environ: Mapping[str, str]) -> dict[str, Any]:
    key_id = environ.get("BROADSHEET_RAZORPAY_KEY_ID", "")
    secret = environ.get("BROADSHEET_RAZORPAY_KEY_SECRET", "")
    if bool(key_id) != bool(secret):
        raise WrongSetting(
            "Set BROADSHEET_RAZORPAY_KEY_ID and BROADSHEET_RAZORPAY_KEY_SECRET both, or neither."
        )
    return {
        "stripe_key": environ.get("BROADSHEET_STRIPE_KEY", ""),
        "stripe_webhook_secrets": _parted(environ.get("BROADSHEET_STRIPE_WEBHOOK_SECRET", "")),
        "stripe_address": environ.get("BROADSHEET_STRIPE_ADDRESS", "").rstrip("/"),
        "razorpay_key_id": key_id,
        "razorpay_key_secret": secret,
        "razorpay_webhook_secrets": _parted(environ.get("BROADSHEET_RAZORPAY_WEBHOOK_SECRET", "")),
        "razorpay_address": environ.get("BROADSHEET_RAZORPAY_ADDRESS", "").rstrip("/"),
    }


def _read_charges(environ: Mapping[str, str]) -> dict[str, Any]:
    """What gateways are sent, each by its code or all under ``""``."""
    prefix = "BROADSHEET_CHARGES_"
    return {
        "charges_per_second": _read_counts(environ, f"{prefix}PER_SECOND") or {"": 20},
        "charges_a_day": _read_counts(environ, f"{prefix}A_DAY"),
        "charges_at_once": _read_counts(environ, f"{prefix}AT_ONCE").get("", 8),
        "charges_above_forecast": _read_counts(environ, f"{prefix}ABOVE_FORECAST").get("", 20),
    }


def _read_counts(environ: Mapping[str, str], name: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for part in _parted(environ.get(name, "")):
        gateway, _, count = part.rpartition("=")
        if not count.strip().isdecimal() or int(count) < 1:
            raise WrongSetting(f"{name} says {part!r}; write a whole number from 1, or stripe=20.")
        counts[gateway.strip()] = int(count)
    return counts


def _parted(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _read_proxies(environ: Mapping[str, str]) -> TrustedProxies:
    try:
        return parse_proxies(
            environ.get("BROADSHEET_TRUSTED_PROXIES", ""),
            environ.get("BROADSHEET_CLIENT_HEADER", ""),
        )
    except WrongProxies as error:
        raise WrongSetting(str(error)) from error


def _kept_secret(home: Path) -> str:
    """The home's own key; whichever process comes first makes it, whole or not at all."""
    path = home / "secret.key"
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=home, prefix=".secret-")
        try:
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_urlsafe(48))
            with contextlib.suppress(FileExistsError):
                os.link(name, path)
        finally:
            os.unlink(name)  # noqa: PTH108
    return path.read_text(encoding="ascii").strip()


def _standing_bank(home: Path) -> str:
    """The demo's bank takes another port at each start; commands in a second terminal read it here."""
    try:
        return (home / "bank" / "address").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return ""


def database(plant: Plant) -> dict[str, object]:
    """Django's entry for the main database.

    SQLite runs in WAL with immediate transactions and full sync: money lives in this file.
    """
    if plant.database_url:
        parts = urlsplit(plant.database_url)
        if parts.scheme not in {"postgres", "postgresql"}:
            raise WrongSetting(
                f"BROADSHEET_DATABASE_URL begins with {parts.scheme!r}; only postgresql:// is known."
            )
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(parts.hostname or ""),
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
        }
    return sqlite(plant.home / "main.sqlite3", synchronous="FULL")


def sqlite(path: Path, *, synchronous: str) -> dict[str, object]:
    """Django's entry for one SQLite file."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": (
                f"PRAGMA journal_mode=WAL;PRAGMA synchronous={synchronous};"
                "PRAGMA cache_size=-32768;PRAGMA temp_store=MEMORY;"
                "PRAGMA mmap_size=134217728;PRAGMA journal_size_limit=67108864;"
            ),
        },
    }
