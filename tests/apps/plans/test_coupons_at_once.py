"""Two processes of four readers each at the last use of one coupon: one of the eight has it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

pytestmark = pytest.mark.db
ROOT = Path(__file__).resolve().parents[3]


@contextmanager
def own_database() -> Iterator[str]:
    """A PostgreSQL database for this test alone; nothing where the tests run on SQLite."""
    url = os.environ.get("BROADSHEET_DATABASE_URL", "")
    if not url:
        yield ""
        return
    import psycopg

    name = f"coupons_{uuid.uuid4().hex[:8]}"
    maintenance = urlunsplit(urlsplit(url)._replace(path="/postgres"))
    with closing(psycopg.connect(maintenance, autocommit=True)) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        try:
            yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def start(environ: dict[str, str], *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.apps.plans.racing", *words],
        cwd=ROOT,
        env=environ,
        text=True,
        stdout=subprocess.PIPE,
    )


def told(process: subprocess.Popen[str]) -> list:
    said, _ = process.communicate(timeout=400)
    assert process.returncode == 0
    return json.loads(said.splitlines()[-1])


def test_one_of_many_gets_the_last(tmp_path):
    plain = {name: v for name, v in os.environ.items() if not name.startswith("BROADSHEET_")}
    with own_database() as url:
        environ = plain | {
            "BROADSHEET_HOME": str(tmp_path),
            "BROADSHEET_SECRET_KEY": "a key for tests only",
            "DJANGO_SETTINGS_MODULE": "broadsheet.settings",
            **({"BROADSHEET_DATABASE_URL": url} if url else {}),
        }
        coupon, readers = told(start(environ, "prepare"))
        halves = (readers[:4], readers[4:])
        runners = [start(environ, "race", json.dumps([coupon, half])) for half in halves]
        tallies = [told(runner) for runner in runners]
        assert sum(tally[0] for tally in tallies) == 1
        assert sum(tally[1] for tally in tallies) == 7
        assert max(tally[2:] for tally in tallies) == [1, 1]
