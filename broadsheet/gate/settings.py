"""What the gate must know of the plant, read from the environment without loading Django."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from broadsheet.protocol.proxies import NOBODY, TrustedProxies, parse_proxies

CACHE_BYTES = 80 << 20


@dataclass(frozen=True, slots=True)
class GateSettings:
    """Where the newspaper lives, its secret, its public origin, the bytes of pages to hold, whose
    word is taken for a client's address, where countries are known from, and where Django answers
    if not in this process.
    """

    home: Path
    secret: str
    origin: str = "http://127.0.0.1:8000"
    cache_bytes: int = CACHE_BYTES
    proxies: TrustedProxies = NOBODY
    country_header: str = ""
    country_file: Path | None = None
    redis_url: str = field(default="", repr=False)
    behind: str = ""
    metrics_token: str = field(default="", repr=False)

    @property
    def secure(self) -> bool:
        """Whether readers come by https."""
        return self.origin.startswith("https://")

    @property
    def feed(self) -> Path:
        """The folder in which Django leaves its snapshot and its purges."""
        return self.home / "gate"

    @property
    def reads(self) -> Path:
        """The folder of the store of reads."""
        return self.home / "reads"

    @property
    def crawlers(self) -> Path:
        """The folder of published lists of crawlers' addresses."""
        return self.home / "crawlers"

    @property
    def countries(self) -> Path:
        """The file of countries by network; it need not be there."""
        return self.country_file or self.home / "countries.mmdb"

    @property
    def sees_clients(self) -> bool:
        """Whether clients can be told apart: not behind a proxy that nobody named.

        This server speaks plain http, so readers who come by https come through a proxy.
        """
        return bool(self.proxies) or not self.secure

    @property
    def metrics(self) -> Path:
        """The folder of the figures that each gate process writes."""
        return self.home / "metrics"

    @property
    def spool(self) -> Path:
        """The folder of meter events."""
        return self.home / "spool"


def read_settings(environ: Mapping[str, str] | None = None) -> GateSettings:
    """Read the settings from the same variables as Django's plant. Raises ``WrongProxies``."""
    environ = os.environ if environ is None else environ
    home = Path(environ.get("BROADSHEET_HOME") or "var").resolve()
    country_file = environ.get("BROADSHEET_COUNTRY_FILE")
    return GateSettings(
        home=home,
        secret=environ.get("BROADSHEET_SECRET_KEY") or _kept_secret(home),
        origin=environ.get("BROADSHEET_ORIGIN", "http://127.0.0.1:8000").rstrip("/"),
        proxies=parse_proxies(
            environ.get("BROADSHEET_TRUSTED_PROXIES", ""),
            environ.get("BROADSHEET_CLIENT_HEADER", ""),
        ),
        country_header=environ.get("BROADSHEET_COUNTRY_HEADER", "").strip(),
        country_file=Path(country_file) if country_file else None,
        redis_url=environ.get("BROADSHEET_REDIS_URL", ""),
        metrics_token=environ.get("BROADSHEET_METRICS_TOKEN", ""),
        behind=environ.get("BROADSHEET_BEHIND", ""),
    )


def _kept_secret(home: Path) -> str:
    """The secret in the home folder, made whole at the first start, whoever starts first."""
    path = home / "secret.key"
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        fresh = home / f"secret.key.{os.getpid()}"
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(48), encoding="ascii")
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
    return path.read_text(encoding="ascii").strip()
