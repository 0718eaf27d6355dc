"""A newspaper served with a hand on the gate's clock, on its own settings and behind its proxies.

``CLOCK_FILE`` names a file that holds the present instant in seconds since 1970.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import httpx

from tests.factories.demo import free_port
from tests.factories.second_house import copy_house

READY_WITHIN = 60
PUBLISH = """
import django
django.setup()
from broadsheet.apps.meter.actions.feed import publish_snapshot
from broadsheet.plumbing.clock import now
{deeds}
publish_snapshot(now=now())
"""


@dataclass
class ClockedHouse:
    """Where it stands, and the file its clock reads."""

    address: str
    clock: Path

    def set_clock(self, instant: datetime) -> None:
        """Make it this instant, for every request that begins from now on."""
        fresh = self.clock.with_suffix(".fresh")
        fresh.write_text(str(instant.timestamp()))
        fresh.replace(self.clock)


@contextlib.contextmanager
def serve_clocked(
    home: Path,
    folder: Path,
    instant: datetime,
    *,
    paper: Mapping[str, int | str] | None = None,
    plant: Mapping[str, str] | None = None,
    googlebot: Sequence[str] = (),
    deeds: str = "",
) -> Iterator[ClockedHouse]:
    """A copy of the newspaper in ``home`` with one web worker, until the block ends.

    ``paper`` and ``plant`` are settings to change; ``googlebot`` the networks on the crawler's
    list; ``deeds`` Python to be run at the desk before the gate opens.
    """
    copy_house(home, folder / "home")
    port = free_port()
    house = ClockedHouse(f"http://127.0.0.1:{port}", folder / "clock")
    house.set_clock(instant)
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith("BROADSHEET_")
    }
    environ |= {
        "BROADSHEET_HOME": str(folder / "home"),
        "BROADSHEET_ORIGIN": house.address,
        "CLOCK_FILE": str(house.clock),
        "DJANGO_SETTINGS_MODULE": "broadsheet.settings",
        **(plant or {}),
    }
    if paper or deeds:
        _change_paper(folder / "home" / "broadsheet.toml", paper or {})
        program = PUBLISH.replace("{deeds}", deeds)
        subprocess.run([sys.executable, "-c", program], env=environ, check=True)
    if googlebot:
        (folder / "home" / "crawlers").mkdir()
        listed = {"prefixes": [{"ipv4Prefix": network} for network in googlebot]}
        (folder / "home" / "crawlers" / "googlebot.json").write_text(json.dumps(listed))
    words = [sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--port", str(port)]
    words += ["--blocking-threads", "4", "tests.factories.clocked:application"]
    log = folder / "log"
    with (
        log.open("wb") as file,
        subprocess.Popen(words, env=environ, stdout=file, stderr=file) as process,
    ):
        try:
            last = time.monotonic() + READY_WITHIN
            while not _answers(house.address):
                assert process.poll() is None, log.read_text()[-4000:]
                assert time.monotonic() < last, log.read_text()[-4000:]
                time.sleep(0.1)
            yield house
        finally:
            process.terminate()
            process.wait(30)


def _change_paper(path: Path, changes: Mapping[str, int | str]) -> None:
    written = path.read_text(encoding="utf-8") if path.exists() else ""
    for name, value in changes.items():
        written = re.sub(rf"(?m)^{name} *=.*\n", "", written)
        written = f"{name} = {json.dumps(value)}\n{written}"
    path.write_text(written, encoding="utf-8")


def _answers(address: str) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(address + "/healthz", timeout=5).is_success
    return False


if clock_file := os.environ.get("CLOCK_FILE"):
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "broadsheet.settings")

    from django.core.wsgi import get_wsgi_application

    from broadsheet.gate.app import Gate
    from broadsheet.gate.settings import read_settings
    from broadsheet.gate.upstream import InProcess

    _settings = read_settings()
    _clock = Path(clock_file)
    application = Gate(
        settings=_settings,
        upstream=InProcess(get_wsgi_application(), origin=_settings.origin),
        clock=lambda: float(_clock.read_text()),
    )
