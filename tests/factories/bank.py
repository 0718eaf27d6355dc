"""A bank of one's own: a real process with a file of its own, and what a person does on its pages."""

from __future__ import annotations

import json
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

CALL_SECONDS = 20


@dataclass(slots=True)
class RunningBank:
    """A bank that answers at ``address``, with its process, its file and its merchant's key."""

    process: subprocess.Popen[str]
    address: str
    file: Path
    key_file: Path

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key_file.read_text()}"}

    @property
    def port(self) -> int:
        return int(self.address.rsplit(":", 1)[1])

    def get(self, path: str, **named: Any) -> httpx.Response:
        return httpx.get(self.address + path, headers=self.headers, timeout=CALL_SECONDS, **named)

    def post(self, path: str, body: Any, *, key: str = "") -> httpx.Response:
        headers = self.headers | ({"Idempotency-Key": key} if key else {})
        content = json.dumps(body)
        return httpx.post(
            self.address + path, content=content, headers=headers, timeout=CALL_SECONDS
        )

    def script(self, kind: str, deed: str = "*", **more: Any) -> None:
        """Let ``kind`` of fault happen at the next ``deed``."""
        self.post("/faults", {"kind": kind, "deed": deed, **more}).raise_for_status()

    def decide(self, page: str, choice: str) -> httpx.Response:
        """What a person does who opens ``page`` (a path) and presses ``choice``."""
        form = httpx.get(self.address + page, timeout=CALL_SECONDS)
        assert f'value="{choice}"' in form.text, form.text
        return httpx.post(self.address + page, data={"choice": choice}, timeout=CALL_SECONDS)

    def approve_by_code(self, page: str) -> httpx.Response:
        """Ask for a code, read it in the text message, type it."""
        asked = self.decide(page, "code")
        form = httpx.get(self.address + asked.headers["Location"], timeout=CALL_SECONDS)
        found = re.search(r"(\d{3}) (\d{3}) is your code", form.text)
        assert found, form.text
        return httpx.post(
            self.address + asked.headers["Location"],
            data={"code": found[1] + found[2]},
            timeout=CALL_SECONDS,
        )

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Read the bank's own file, past the bank."""
        connection = sqlite3.connect(f"file:{self.file}?mode=ro", uri=True)
        try:
            return connection.execute(sql, values).fetchall()
        finally:
            connection.close()

    def count_taken(self) -> int:
        """How many charges took money."""
        return int(self.rows("SELECT count(*) FROM charge WHERE state = 'succeeded'")[0][0])


def start_bank(
    folder: Path, *, port: int = 0, host: str = "127.0.0.1", webhook_url: str = ""
) -> RunningBank:
    """Start a bank whose file and key lie in ``folder``; returns when it answers."""
    file = folder / "bank.sqlite3"
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "broadsheet.bank",
            "--file",
            str(file),
            "--port",
            str(port),
            "--host",
            host,
            *(["--webhook-url", webhook_url] if webhook_url else []),
        ],
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
    )
    assert process.stderr is not None
    line = process.stderr.readline()
    if not line.startswith("bank ready "):
        process.kill()
        raise AssertionError(line + process.stderr.read())
    return RunningBank(process, line.split()[2], file, folder / "merchant.key")


def stop_bank(bank: RunningBank, *, by: signal.Signals = signal.SIGTERM) -> int:
    """End the bank's process and answer how it ended."""
    bank.process.send_signal(by)
    code = bank.process.wait(15)
    assert bank.process.stderr is not None
    bank.process.stderr.close()
    return code


@contextmanager
def open_for_business(folder: Path) -> Iterator[RunningBank]:
    """A bank for the length of a block."""
    bank = start_bank(folder)
    try:
        yield bank
    finally:
        if bank.process.poll() is None:
            stop_bank(bank)
        elif bank.process.stderr is not None:
            bank.process.stderr.close()
