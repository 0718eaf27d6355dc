"""``broadsheet site``: begin a newspaper, serve it, look after it."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import click

from broadsheet.cli._print import answer, open_house, refuse_unwritable, with_json


@click.group()
def group() -> None:
    """Begin a newspaper, serve it, look after it."""


@group.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@with_json
def init(folder: Path, *, as_json: bool) -> None:
    """Begin a newspaper in FOLDER: its settings file and its database."""
    from broadsheet.plumbing.paper import sample_paper

    paper = folder / "broadsheet.toml"
    if paper.exists():
        raise click.UsageError(
            f"{paper} exists; a newspaper begins only once. Choose an empty folder."
        )
    refuse_unwritable(folder.resolve())
    paper.write_text(sample_paper(), encoding="utf-8")
    os.environ["BROADSHEET_HOME"] = str(folder.resolve())
    open_house()
    from broadsheet.plumbing.upkeep import upgrade

    upgrade(tell=_tell)
    _furnish()
    answer(
        {"path": str(folder.resolve())},
        as_json=as_json,
        words=f"{folder} holds a newspaper. Read {paper}, then: BROADSHEET_HOME={folder} broadsheet site serve",
    )


@group.command()
@with_json
def upgrade(*, as_json: bool) -> None:
    """Bring the database and the static files up to this version."""
    open_house()
    from broadsheet.plumbing import upkeep

    applied = upkeep.upgrade(tell=_tell)
    _furnish()
    answer({"applied": applied}, as_json=as_json, words=f"{applied} changes applied.")


@group.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64))
@click.option(
    "--nice",
    default=13,
    show_default=True,
    type=click.IntRange(0, 19),
    help="How far Django and the worker give way to stories on a busy machine; 0: not at all.",
)
def serve(host: str, port: int, workers: int, nice: int) -> None:
    """Serve the site: its gate, Django behind it and one worker; Ctrl-C ends them all."""
    os.environ.setdefault("BROADSHEET_ORIGIN", f"http://{host}:{port}")
    open_house()
    from broadsheet.plumbing import upkeep
    from broadsheet.plumbing.process_tree import ProcessTree
    from broadsheet.plumbing.serving import serving

    waiting = upkeep.count_waiting_migrations()
    if waiting:
        raise click.UsageError(
            f"The database lacks {waiting} changes of this version. Run: broadsheet site upgrade"
        )
    children = serving(host=host, port=port, workers=workers, nice=nice)
    sys.exit(ProcessTree(children).run())


@group.command()
def work() -> None:
    """Run one worker in the foreground (``site serve`` already runs one)."""
    open_house()
    from broadsheet.plumbing.jobs import HouseWorker

    worker = HouseWorker()

    def stop(_: int, __: FrameType | None) -> None:
        worker.stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    worker.run()


@group.command()
@with_json
def doctor(*, as_json: bool) -> None:
    """Check that every part of the newspaper answers."""
    open_house()
    from broadsheet.plumbing.upkeep import examine

    checks = [*examine(), *_examine_gateways(), *_examine_tax()]
    well = all(check["ok"] for check in checks)
    lines = [
        f"{'ok  ' if check['ok'] else 'ILL '} {check['name']}: {check['detail']}"
        for check in checks
    ]
    answer({"ok": well, "checks": checks}, as_json=as_json, words="\n".join(lines), failed=not well)


def _examine_gateways() -> Iterator[dict[str, Any]]:
    """Whether every payment company that should tell us things does."""
    from django.db import DatabaseError

    from broadsheet.apps.payments.queries import list_silent_gateways
    from broadsheet.plumbing import clock

    try:
        silent = list_silent_gateways(clock.now())
    except DatabaseError as error:
        yield {"name": "payment companies", "ok": False, "detail": str(error)}
        return
    told = [f"{one.code} told nothing of {one.charges} charges since {one.since}" for one in silent]
    detail = "; ".join(told) or "tell what they should"
    yield {"name": "payment companies", "ok": not silent, "detail": detail}


def _examine_tax() -> Iterator[dict[str, Any]]:
    """Whether a paper that is registered for tax can make out invoices; others are not asked."""
    from django.conf import settings
    from django.db import DatabaseError

    from broadsheet.apps.invoicing.queries import has_usual_rate
    from broadsheet.plumbing import clock

    if not settings.PAPER.tax_number:
        return
    try:
        has_rate = has_usual_rate(clock.now())
    except DatabaseError as error:
        yield {"name": "tax", "ok": False, "detail": str(error)}
        return
    lacking = "no rate for online holds today: lay one down by `broadsheet tax`"
    detail = "rates hold" if has_rate else lacking
    yield {"name": "tax", "ok": has_rate, "detail": detail}


def _furnish() -> None:
    """What no paper can do without: the desk's roles and its review, and a rule for the meter.

    A new version may give a role more to do; what the paper has changed itself stands.
    """
    from broadsheet.apps.meter.actions import ensure_first_policy
    from broadsheet.apps.newsroom.actions import ensure_roles, ensure_workflow
    from broadsheet.plumbing import clock

    ensure_roles()
    ensure_workflow()
    ensure_first_policy(actor="broadsheet site", now=clock.now())


def _tell(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
