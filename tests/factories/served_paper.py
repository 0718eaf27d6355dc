"""A newspaper that is served and takes money: its web, its file, a payment company beside it."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

import httpx

from tests.factories.bank import RunningBank
from tests.factories.newspaper import Newspaper

PATIENCE = 60.0


@dataclass
class ServedPaper:
    """Where it is served and what it keeps."""

    paper: Newspaper
    bank: RunningBank
    address: str
    kind_field: ClassVar[str]
    """Where the company's webhooks say what happened."""

    def broadsheet(self, *words: str) -> Any:
        """Run the command line against this newspaper; the JSON it ends with."""
        done = subprocess.run(
            [sys.executable, "-m", "broadsheet", *words, "--json"],
            env=self.paper.environ(None),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode in {0, 1}, done.stderr
        assert done.stdout, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Read the newspaper's own file."""
        connection = sqlite3.connect(f"file:{self.paper.home / 'main.sqlite3'}?mode=ro", uri=True)
        try:
            return connection.execute(sql, values).fetchall()
        finally:
            connection.close()

    def charges_of(self, email: str) -> list[tuple[str, str]]:
        """State and decline code of each charge of a reader, in order."""
        return self.rows(
            "SELECT c.state, c.decline_code FROM payments_charge c"
            " JOIN payments_order o ON o.id = c.order_id"
            " JOIN accounts_reader r ON r.id = o.reader_id"
            " JOIN accounts_user u ON u.id = r.user_id WHERE u.email = ? ORDER BY c.id",
            email,
        )

    def key_of(self, email: str) -> str:
        """The key of a reader's latest charge."""
        return str(
            self.rows(
                "SELECT c.key FROM payments_charge c JOIN payments_order o ON o.id = c.order_id"
                " JOIN accounts_reader r ON r.id = o.reader_id"
                " JOIN accounts_user u ON u.id = r.user_id WHERE u.email = ?"
                " ORDER BY c.id DESC LIMIT 1",
                email,
            )[0][0]
        )

    def count_words(self, kind: str) -> int:
        """How many webhooks of ``kind`` stand in the inbox."""
        sql = "SELECT count(*) FROM payments_gatewayevent WHERE CAST(body AS TEXT) LIKE ?"
        return int(self.rows(sql, f'%"{self.kind_field}": "{kind}"%')[0][0])

    def wait_for_word(self, kind: str, *, more_than: int = 0) -> None:
        """Until more than so many webhooks of ``kind`` stand in the inbox."""
        deadline = time.monotonic() + PATIENCE
        while self.count_words(kind) <= more_than:
            assert time.monotonic() < deadline, f"no webhook {kind}"
            time.sleep(0.1)


@contextmanager
def serve_web(paper: Newspaper, address: str) -> Iterator[None]:
    """The web alone, for the length of a block; no worker."""
    words = [sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--workers", "1"]
    words += ["--port", address.rsplit(":", 1)[1], "broadsheet.wsgi:application"]
    with (
        (paper.home / "web.log").open("w") as log,
        subprocess.Popen(words, env=paper.environ(None), stdout=log, stderr=log) as process,
    ):
        try:
            deadline = time.monotonic() + PATIENCE
            while True:
                try:
                    httpx.get(f"{address}/healthz", timeout=60)
                    break
                except httpx.TransportError:
                    assert process.poll() is None, "the web ended at once"
                    assert time.monotonic() < deadline, "the web did not start"
                    time.sleep(0.1)
            yield
        finally:
            process.terminate()
            process.wait(20)
