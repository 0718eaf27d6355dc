"""Serving the demo: web, worker and the stand-in bank, and the lines that say it is ready."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
from django.conf import settings
from django.db import connections

from broadsheet.apps.newsroom.actions import ensure_roles
from broadsheet.demo.household import PEOPLE
from broadsheet.demo.making import is_made, make_demo
from broadsheet.plumbing import clock, upkeep
from broadsheet.plumbing.process_tree import Child, ProcessTree
from broadsheet.plumbing.serving import serving

READY_WITHIN = 60.0


def serve_demo(*, port: int, bank_port: int, tell: Callable[[str], None]) -> int:
    """Build what is missing, serve until told to stop; the exit code."""
    upkeep.upgrade(tell=tell)
    bank = bank_child(bank_port, site_port=port)
    if not is_made():
        with subprocess.Popen(list(bank.command), stdin=subprocess.DEVNULL) as early:  # noqa: S603
            try:
                _wait_for(f"http://127.0.0.1:{bank_port}/health")
                make_demo(now=clock.now(), tell=tell)
            finally:
                early.terminate()
    ensure_roles()  # a new version may give a role more to do
    connections.close_all()
    served = serving(host="127.0.0.1", port=port, workers=1, nice=0)
    children = [bank, *served]
    return ProcessTree(children).run(when_started=lambda: _say_ready(port))


def bank_child(port: int, *, site_port: int) -> Child:
    """The stand-in bank as a process of its own, with its own file; it tells the site by webhook."""
    folder: Path = settings.PLANT.home / "bank"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "address").write_text(f"http://127.0.0.1:{port}", encoding="ascii")
    command = [sys.executable, "-m", "broadsheet.bank", "--port", str(port)]
    told = ["--webhook-url", f"http://127.0.0.1:{site_port}/webhooks/test/"]
    return Child("bank", [*command, "--file", str(folder / "bank.sqlite3"), *told])


def _say_ready(port: int) -> None:
    address = f"http://127.0.0.1:{port}/"
    _wait_for(address)
    print(f"ready {address}", flush=True)
    for person in PEOPLE:
        print(f"sign-in {person.role} {person.email} {person.password}", flush=True)


def _wait_for(address: str) -> None:
    last = time.monotonic() + READY_WITHIN
    while time.monotonic() < last:
        try:
            if httpx.get(address, timeout=5).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    print(
        f"{address} did not answer within {READY_WITHIN:.0f} seconds", file=sys.stderr, flush=True
    )
