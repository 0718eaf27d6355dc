"""Looking after one newspaper: bring it up to date, serve it, examine it."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

import broadsheet
from broadsheet.counters.contract import StoreUnavailable
from broadsheet.counters.opening import open_reads
from broadsheet.plumbing.networks import examine_networks
from broadsheet.plumbing.purging.waiting import count_waiting
from broadsheet.plumbing.routing import JOBS


def upgrade(*, tell: Callable[[str], None]) -> int:
    """Apply what the databases lack and lay out the static files; the number of changes applied.

    The two share nothing, so they go on at once. Raises ``subprocess.CalledProcessError`` when the
    static files cannot be laid out.
    """
    with _static_laid_out(tell):
        waiting = count_waiting_migrations()
        if waiting:
            tell(f"bringing the database up to date: {waiting} changes …")
            for alias in connections:
                labels = (JOBS,) if alias == "jobs" else ()
                call_command("migrate", *labels, database=alias, interactive=False, verbosity=0)
    return waiting


@contextmanager
def _static_laid_out(tell: Callable[[str], None]) -> Iterator[None]:
    """Where the static files are stale, a process lays them out while the block runs."""
    if not _static_is_stale():
        yield
        return
    tell("laying out the static files …")
    fingerprint = _static_print()
    command = [sys.executable, "-m", "django", "collectstatic", "--no-input", "--verbosity=0"]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as process:  # noqa: S603
        try:
            yield
        except BaseException:
            process.terminate()
            raise
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    _static_mark().write_text(fingerprint, encoding="ascii")


def count_waiting_migrations() -> int:
    """How many migrations the databases lack."""
    return sum(_waiting(alias) for alias in connections)


def _waiting(alias: str) -> int:
    executor = MigrationExecutor(connections[alias])
    leaves = executor.loader.graph.leaf_nodes(JOBS if alias == "jobs" else None)
    return len(executor.migration_plan(leaves))


def examine() -> list[dict[str, Any]]:
    """What ``site doctor`` finds: name, ok and detail of each check."""
    return list(_checks())


def _checks() -> Iterator[dict[str, Any]]:
    home: Path = settings.PLANT.home
    yield _check("home folder", os.access(home, os.W_OK), f"{home} can be written")
    for alias in connections:
        try:
            with connections[alias].cursor() as cursor:
                cursor.execute("SELECT 1")
            waiting = _waiting(alias)
            detail = (
                f"{waiting} changes wait: run broadsheet site upgrade" if waiting else "up to date"
            )
            yield _check(f"database {alias}", waiting == 0, detail)
        except Exception as error:  # noqa: BLE001
            yield _check(f"database {alias}", False, str(error))
    yield _check(
        "static files", not _static_is_stale(), "laid out: else run broadsheet site upgrade"
    )
    trouble = find_trouble_with_reads()
    yield _check("reads", not trouble, trouble or "can be counted")
    guarded = not (settings.DEBUG and settings.PLANT.secure)
    yield _check("error details", guarded, "hidden from readers")
    if settings.PLANT.cdn:
        waiting, given_up = count_waiting()
        yield _check("CDN", not given_up, f"{waiting} purges wait, {given_up} given up in a day")
    for name, well, detail in examine_networks(settings.PLANT, settings.PAPER):
        yield _check(name, well, detail)


def find_trouble_with_reads() -> str:
    """Why reads cannot be counted just now; ``""`` if they can."""
    try:
        open_reads(settings.PLANT.home / "reads", settings.PLANT.redis_url).check()
    except StoreUnavailable as error:
        return f"cannot be counted: {error}"
    return ""


def _check(name: str, ok: bool, detail: str) -> dict[str, Any]:
    return {"name": name, "ok": ok, "detail": detail}


def _static_is_stale() -> bool:
    try:
        return _static_mark().read_text(encoding="ascii") != _static_print()
    except FileNotFoundError:
        return True


def _static_mark() -> Path:
    folder: Path = settings.STATIC_ROOT
    folder.mkdir(parents=True, exist_ok=True)
    return folder / ".laid-out"


def _static_print() -> str:
    """A fingerprint of our own static sources and of every package that brings some."""
    digest = hashlib.sha256(broadsheet.__version__.encode())
    for config in sorted(apps.get_app_configs(), key=lambda config: config.name):
        folder = Path(config.path) / "static"
        if config.name.startswith("broadsheet.") and folder.is_dir():
            for path in sorted(folder.rglob("*")):
                if path.is_file():
                    stat = path.stat()
                    digest.update(f"{path}{stat.st_size}{stat.st_mtime_ns}".encode())
        elif folder.is_dir():
            digest.update(f"{folder}{folder.stat().st_mtime_ns}".encode())
    return digest.hexdigest()
