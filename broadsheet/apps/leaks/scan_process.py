"""The scanner as a process of its own: started, looked at, never waited for.

It is the command that anybody may run, so this room needs nothing of the scanner's floor.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import IO, Any

from broadsheet.apps.leaks.actions import Claim

LONGEST = timedelta(minutes=10)
NICE = 10
SCANNER = (sys.executable, "-m", "broadsheet")
SCANNED = frozenset({0, 1})
"""Exit codes with a report: no leaks, or leaks."""


class ScanFailed(Exception):  # noqa: N818
    """The scan brought no report. A later try may."""


class ScanProcess:
    """One scan under way."""

    def __init__(self, *, origin: str, claims: Sequence[Claim], now: datetime) -> None:
        self.claims = tuple(claims)
        self._ends_at = now + LONGEST
        self._texts: IO[str] = tempfile.NamedTemporaryFile("w+", suffix=".jsonl", encoding="utf-8")  # noqa: SIM115
        self._said: IO[str] = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115
        self._muttered: IO[str] = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115
        words = [*SCANNER, "gate", "scan", origin, "--json"]
        words += ["--texts", self._texts.name, "--at-once", "2"]
        for claim in self.claims:
            words += ["--story", claim.url]
            line = {"url": claim.url, "paragraphs": claim.paragraphs}
            self._texts.write(json.dumps(line) + "\n")
        self._texts.flush()
        self._process = subprocess.Popen(  # noqa: S603
            words,
            stdin=subprocess.DEVNULL,
            stdout=self._said,
            stderr=self._muttered,
            preexec_fn=_yield_to_readers,  # noqa: PLW1509
        )

    def find_report(self, *, now: datetime) -> dict[str, Any] | None:
        """The report, or ``None`` while it is being made. Raises ``ScanFailed``."""
        code = self._process.poll()
        if code is None and now < self._ends_at:
            return None
        if code is None:
            self.stop()
            raise ScanFailed(f"the scan took longer than {LONGEST}")
        with self._texts, self._said, self._muttered:
            self._said.seek(0)
            self._muttered.seek(0)
            lines = self._said.read().splitlines()
            if code not in SCANNED or not lines:
                raise ScanFailed(self._muttered.read()[-1000:] or f"the scan ended with {code}")
            try:
                report: dict[str, Any] = json.loads(lines[-1])
            except ValueError as error:
                raise ScanFailed(f"the scan ended with {code} and no report") from error
            return report

    def stop(self) -> None:
        """End it now."""
        self._process.kill()
        self._process.wait()
        for file in (self._texts, self._said, self._muttered):
            file.close()


def _yield_to_readers() -> None:
    """The scanner is in no hurry; who reads or edits meanwhile is."""
    os.nice(NICE)
