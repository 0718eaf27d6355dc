"""Eight writers at the same moment, each with its own connection, with settlements undone at random."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.factories.newspaper import own_database

pytestmark = pytest.mark.db
ROOT = Path(__file__).resolve().parents[3]
WRITERS, EACH = 8, 12


def test_numbers_are_unique_and_have_no_gap(tmp_path):
    """Bug 14 of the billing reference: numbers read and added to without a lock."""
    (tmp_path / "broadsheet.toml").write_text('tax_number = "32ZZZCL1997L1ZG"\n')
    plain = {name: v for name, v in os.environ.items() if not name.startswith("BROADSHEET_")}
    with own_database(os.environ.get("BROADSHEET_DATABASE_URL", ""), "template1") as url:
        environ = plain | {
            "BROADSHEET_HOME": str(tmp_path),
            "BROADSHEET_SECRET_KEY": "a key for tests only",
            **({"BROADSHEET_DATABASE_URL": url} if url else {}),
        }
        done = subprocess.run(
            [sys.executable, "-m", "tests.factories.invoice_clerk", str(WRITERS), str(EACH)],
            cwd=ROOT,
            env=environ,
            text=True,
            stdout=subprocess.PIPE,
            check=True,
        )
    told = json.loads(done.stdout.splitlines()[-1])
    assert sum(told.pop("undone")) > WRITERS
    assert told == {
        "numbers": [f"BS/2627/{n:07d}" for n in range(1, WRITERS * EACH + 1)],
        "next": WRITERS * EACH + 1,
        "broken": [],
    }
