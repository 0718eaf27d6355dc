"""What the gate must know of the plant, read from the environment without loading Django."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

CACHE_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class GateSettings:
    """Where the newspaper lives, its secret, its public origin, and the bytes of pages to hold."""

    home: Path
    secret: str
    origin: str = "http://127.0.0.1:8000"
    cache_bytes: int = CACHE_BYTES

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
        """The folder of the embedded store of reads."""
        return self.home / "reads"

    @property
    def spool(self) -> Path:
        """The folder of meter events."""
        return self.home / "spool"


def read_settings(environ: Mapping[str, str] | None = None) -> GateSettings:
    """Read the settings from the same variables as Django's plant."""
    environ = os.environ if environ is None else environ
    home = Path(environ.get("BROADSHEET_HOME") or "var").resolve()
    return GateSettings(
        home=home,
        secret=environ.get("BROADSHEET_SECRET_KEY") or _kept_secret(home),
        origin=environ.get("BROADSHEET_ORIGIN", "http://127.0.0.1:8000").rstrip("/"),
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
