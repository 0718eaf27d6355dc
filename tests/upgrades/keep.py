"""``python -m tests.upgrades.keep NAME``: keep today's demo database as ``NAME.sql``.

A release keeps one file; `test_old_data.py` brings every kept one up to the present version.
Only a handful of stories stay, so that the file can be read.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.factories.demo import free_port, serve_demo

FOLDER = Path(__file__).parent
STORIES = (
    "kadalpur-reopens-its-night-ferries",
    "salt-makers-of-varai",
    "tavria-takes-delivery",
    "shelter-addresses",
)
TRIM = f"""
from broadsheet.apps.newsroom.models import Picture, Story
from broadsheet.apps.newsroom.models import HousePage
from broadsheet.plumbing.models import AuditRow, OutboxRow, WorkerBeat
from django.contrib.sessions.models import Session
from wagtail.models import ModelLogEntry, ReferenceIndex
Story.objects.exclude(slug__in={STORIES!r}).delete()
Picture.objects.exclude(led_stories__slug__in={STORIES!r}).delete()
for model in (WorkerBeat, Session, ReferenceIndex, ModelLogEntry):
    model.objects.all().delete()
"""


def main(name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        home.mkdir()
        with serve_demo(home, free_port()) as lantern:
            environ = lantern.environ
        subprocess.run(
            [sys.executable, "-c", f"import django; django.setup()\n{TRIM}"],
            env={**os.environ, **environ, "DJANGO_SETTINGS_MODULE": "broadsheet.settings"},
            check=True,
        )
        with sqlite3.connect(home / "main.sqlite3") as connection:
            lines = [
                line
                for line in connection.iterdump()
                if "_fts" not in line and "sqlite_master" not in line
            ]
        (FOLDER / f"{name}.sql").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
