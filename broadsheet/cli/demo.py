"""``broadsheet demo``: the demo newspaper, The Lantern of Kadalpur."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from pathlib import Path

import click

from broadsheet.cli._print import answer, open_house, refuse_unwritable, with_json


@click.group()
def group() -> None:
    """The demo newspaper, The Lantern of Kadalpur."""


@group.command()
@with_json
def build(*, as_json: bool) -> None:
    """Build the demo newspaper in the home folder, unless it stands already."""
    os.environ["BROADSHEET_DEMO"] = "1"
    _open_demo(Path(os.environ.get("BROADSHEET_HOME") or "var").resolve())
    from broadsheet.demo.making import make_demo
    from broadsheet.plumbing import clock, upkeep

    upkeep.upgrade(tell=_tell)
    made = make_demo(now=clock.now(), tell=_tell)
    words = "The demo newspaper was built." if made else "The demo newspaper stood already."
    answer({"built": made}, as_json=as_json, words=words)


@group.command()
def run() -> None:
    """Build the demo newspaper if it is missing and serve it until Ctrl-C.

    Environment: PORT (8000), BROADSHEET_HOME (var), FRESH=1 (begin anew).
    """
    port = _port()
    home = Path(os.environ.setdefault("BROADSHEET_HOME", "var")).resolve()
    if os.environ.get("FRESH") == "1":
        _begin_anew(home)
    os.environ["BROADSHEET_DEMO"] = "1"
    os.environ["BROADSHEET_ORIGIN"] = f"http://127.0.0.1:{port}"
    bank_port = _free_port()
    os.environ["BROADSHEET_BANK_URL"] = f"http://127.0.0.1:{bank_port}"
    _open_demo(home)
    from broadsheet.demo.serving import serve_demo

    sys.exit(serve_demo(port=port, bank_port=bank_port, tell=_tell))


def _open_demo(home: Path) -> None:
    """Set Django up on the demo's own settings file."""
    from broadsheet.demo.paper import lay_out_paper

    refuse_unwritable(home)
    lay_out_paper(home)
    open_house()


def _port() -> int:
    written = os.environ.get("PORT", "8000")
    if not written.isdecimal() or not 1 <= int(written) <= 65535:  # noqa: PLR2004
        raise click.UsageError(f"PORT is {written!r}; give a number from 1 to 65535.")
    port = int(written)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise click.UsageError(
                f"Port {port} cannot be used ({error.strerror}). Try: PORT={port + 1} make demo"
            ) from error
    return port


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _begin_anew(home: Path) -> None:
    """Remove a demo's data; a folder that is not a demo's is left alone."""
    if not home.exists() or not any(home.iterdir()):
        return
    if not (home / "demo.json").exists() and not (home / "demo.building").exists():
        raise click.UsageError(
            f"{home} is not a demo newspaper's folder, so FRESH=1 leaves it alone. "
            "Set BROADSHEET_HOME to another folder."
        )
    shutil.rmtree(home)


def _tell(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
