"""Eight writers at the same moment, as real processes, with settlements undone at random."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.factories.newspaper import own_database

pytestmark = pytest.mark.db
ROOT = Path(__file__).resolve().parents[3]
WRITERS, EACH = 8, 12


@pytest.fixture
def environ(tmp_path) -> Iterator[dict[str, str]]:
    (tmp_path / "broadsheet.toml").write_text('tax_number = "32ZZZCL1997L1ZG"\n')
    plain = {name: v for name, v in os.environ.items() if not name.startswith("BROADSHEET_")}
    with own_database(os.environ.get("BROADSHEET_DATABASE_URL", ""), "template1") as url:
        yield plain | {
            "BROADSHEET_HOME": str(tmp_path),
            "BROADSHEET_SECRET_KEY": "a key for tests only",
            **({"BROADSHEET_DATABASE_URL": url} if url else {}),
        }


def start(environ: dict[str, str], *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", *words], cwd=ROOT, env=environ, text=True, stdout=subprocess.PIPE
    )


def answer_of(process: subprocess.Popen[str]) -> object:
    written, _ = process.communicate(timeout=300)
    assert process.returncode == 0, written
    return json.loads(written.splitlines()[-1])


def test_numbers_are_unique_and_have_no_gap(environ):
    """Bug 14 of the billing reference: numbers read and added to without a lock."""
    migrating = start(environ, "broadsheet", "site", "upgrade")
    assert migrating.wait(300) == 0
    clerk = "tests.factories.invoice_clerk"
    many = WRITERS * EACH
    ids = answer_of(start(environ, clerk, "prepare", str(many)))
    writers = [
        start(environ, clerk, "issue", str(ids[n * EACH]), str(ids[(n + 1) * EACH - 1]), str(n))
        for n in range(WRITERS)
    ]
    undone = [answer_of(writer) for writer in writers]
    assert sum(undone) > WRITERS
    assert answer_of(start(environ, clerk, "tell")) == {
        "numbers": [f"BS/2627/{n:07d}" for n in range(1, many + 1)],
        "next": many + 1,
        "broken": [],
    }
