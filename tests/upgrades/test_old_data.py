"""The data of every kept release comes up to the present version and means what it meant."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.journey
KEPT = sorted(Path(__file__).parent.glob("*.sql"))
ASK = """
import django; django.setup()
import json
from broadsheet.apps.newsroom.models import Story
from broadsheet.apps.accounts.models import Reader
from broadsheet.apps.benefits.queries import list_benefits
from broadsheet.plumbing import clock
reader = Reader.objects.get(user__email="meenal@reader.example")
print(json.dumps({
    "stories": sorted(Story.objects.filter(live=True).values_list("slug", flat=True)),
    "blocks": [len(story.body) for story in Story.objects.order_by("slug")],
    "benefits": sorted(list_benefits(reader.pk, reader.created_at)),
}))
"""


def _run(home: Path, *words: str) -> str:
    environ = {k: v for k, v in os.environ.items() if not k.startswith("BROADSHEET_")}
    environ |= {"BROADSHEET_HOME": str(home), "DJANGO_SETTINGS_MODULE": "broadsheet.settings"}
    done = subprocess.run(
        [sys.executable, *words], env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_something_is_kept():
    assert [path.stem for path in KEPT][:1] == ["0001-first-edition"]


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_kept_data_comes_up_to_date(path, tmp_path):
    with sqlite3.connect(tmp_path / "main.sqlite3") as connection:
        connection.executescript(path.read_text(encoding="utf-8"))
    connection.close()
    _run(tmp_path, "-m", "broadsheet", "site", "upgrade")
    found = json.loads(_run(tmp_path, "-c", ASK).splitlines()[-1])
    assert found["stories"] == [
        "kadalpur-reopens-its-night-ferries",
        "salt-makers-of-varai",
        "shelter-addresses",
        "tavria-takes-delivery",
    ]
    assert min(found["blocks"]) >= 5
    assert found["benefits"] == ["ad-free", "premium", "unlimited"]
    ledger = _run(tmp_path, "-m", "broadsheet", "ledger", "check", "--json")
    assert json.loads(ledger.splitlines()[-1])["ok"] is True
