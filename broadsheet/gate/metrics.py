"""Figures of the gate's own work, in Prometheus' text form at ``/metrics``.

Each process counts for itself and writes its figures to a file of ``HOME/metrics`` once a second;
whichever process is asked answers for all that live, each under its own ``process``. They are
told to whoever brings the token of ``BROADSHEET_METRICS_TOKEN``; where there is none, to this
host's own programs.
"""

from __future__ import annotations

import contextlib
import hmac
import json
import logging
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from broadsheet.gate.upstream import Headers

log = logging.getLogger(__name__)
PATH = "/metrics"
SAVE_SECONDS = 1.0
FORM = "text/plain; version=0.0.4; charset=utf-8"
HELP = {
    "views_total": "Story pages sent, by outcome and reason.",
    "store_failures_total": "Reads that could not be counted, because the store failed.",
    "purges_total": "Times that pages were forgotten on request.",
    "pages_fetched_total": "Pages of stories made by Django and kept.",
    "pages_refused_total": "Pages of stories that could not be had, or could be one reader's.",
    "events_lost_total": "Meter events that could not be written.",
    "stories_held": "Stories whose pages are held in memory.",
    "page_bytes_held": "Bytes of pages held in memory.",
}
_WHOLE = "broadsheet_gate_"


class Count:
    """One figure that only grows. Threads may lose one of each other's, which no figure minds."""

    __slots__ = ("number",)

    def __init__(self) -> None:
        self.number = 0


_counts: dict[tuple[str, str], Count] = {}


def count(name: str, **labels: str) -> Count:
    """The figure of that name in ``HELP``, of this process and under those labels."""
    written = ",".join(f'{label}="{value}"' for label, value in labels.items())
    return _counts.setdefault((name, written), Count())


class Metrics:
    """The figures of all gate processes of one home folder. ``held`` gives those that vary."""

    def __init__(
        self, folder: Path, *, token: str = "", held: Callable[[], dict[str, int]] = dict
    ) -> None:
        self._folder = folder
        self._token = token
        self._held = held
        self._save_at = 0.0
        self._trouble = ""
        for name in HELP:
            if name.endswith("_total") and name != "views_total":
                count(name)  # from nothing on, so that the first failure is seen to be one more

    def save(self) -> None:
        """Write this process's figures, if a second has passed. A full disk loses them."""
        now = time.monotonic()
        if now < self._save_at:
            return
        self._save_at = now + SAVE_SECONDS
        figures = [[name, labels, one.number] for (name, labels), one in list(_counts.items())]
        figures += [[name, "", number] for name, number in self._held().items()]
        fresh = self._folder / f".{os.getpid()}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            fresh.write_text(json.dumps(figures), encoding="ascii")
            fresh.replace(self._folder / str(os.getpid()))
        except OSError as error:
            if not self._trouble:
                log.error("the gate's figures cannot be written: %s", error)  # noqa: TRY400
            self._trouble = str(error)
        else:
            self._trouble = ""

    def drop(self) -> None:
        """Leave no figures behind: this process ends."""
        with contextlib.suppress(OSError):
            (self._folder / str(os.getpid())).unlink(missing_ok=True)

    def may_ask(self, authorization: str, *, is_local: bool) -> bool:
        """Whether whoever brings this header, or asks from this host, may see them."""
        if not self._token:
            return is_local
        brought = authorization.encode("utf-8", "replace")
        return hmac.compare_digest(brought, f"Bearer {self._token}".encode())

    def answer(self) -> tuple[Headers, bytes]:
        """The page and its headers."""
        self._save_at = 0.0
        self.save()
        page = "".join(f"{line}\n" for line in _write_lines(self._read_all())).encode()
        return [
            ("Content-Type", FORM),
            ("Content-Length", str(len(page))),
            ("Cache-Control", "no-store"),
        ], page

    def _read_all(self) -> list[tuple[str, str, int]]:
        """Each figure of each process that lives: name, labels, number."""
        found = []
        for path in sorted(self._folder.glob("[0-9]*")):
            if not _is_alive(int(path.name)):
                path.unlink(missing_ok=True)
                continue
            with contextlib.suppress(OSError, ValueError):
                for name, labels, number in json.loads(path.read_text(encoding="ascii")):
                    process = f'process="{path.name}"'
                    found.append((name, f"{labels},{process}" if labels else process, number))
        return found


def _write_lines(figures: Iterable[tuple[str, str, int]]) -> Iterable[str]:
    """The text form: the samples of a name stand together, under what it means."""
    by_name: dict[str, list[tuple[str, int]]] = {}
    for name, labels, number in figures:
        by_name.setdefault(name, []).append((labels, number))
    for name, meaning in HELP.items():
        if name in by_name:
            yield f"# HELP {_WHOLE}{name} {meaning}"
            yield f"# TYPE {_WHOLE}{name} {'counter' if name.endswith('_total') else 'gauge'}"
            yield from (f"{_WHOLE}{name}{{{labels}}} {n}" for labels, n in sorted(by_name[name]))


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
