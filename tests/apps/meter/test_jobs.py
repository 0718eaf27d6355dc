from __future__ import annotations

import shutil

import pytest
from django.conf import settings

from broadsheet.apps.meter.jobs import drop_old_events, refresh_snapshot

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def test_the_snapshot_is_healed(adopt, gate_folder, now):
    adopt()
    refresh_snapshot(now=now)
    assert (gate_folder / "snapshot.json").exists()


def test_events_are_kept_for_62_days(now):
    folder = settings.PLANT.home / "spool"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name in ("2026-09-21T05-1-a.jsonl", "2026-09-21T06-1-a.jsonl", "2026-11-22T06-1-a.jsonl"):
        (folder / name).write_text("{}\n")
    assert drop_old_events(now=now) == 1
    assert sorted(path.name for path in folder.iterdir()) == [
        "2026-09-21T06-1-a.jsonl",
        "2026-11-22T06-1-a.jsonl",
    ]
    shutil.rmtree(folder)
