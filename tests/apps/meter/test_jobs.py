from __future__ import annotations

import shutil

import pytest
from django.conf import settings

from broadsheet.apps.meter.jobs import drop_old_events, drop_old_reads, refresh_snapshot
from broadsheet.counters.contract import Tally
from broadsheet.counters.opening import open_reads

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


def test_reads_are_kept_for_as_long_as_they_can_count(now):
    today = now.astimezone(settings.PAPER.zone).date().toordinal()
    store = open_reads(settings.PLANT.home / "reads")
    last, long_ago = (Tally("rolling-7", day - 6, day) for day in (today - 62, today - 63))
    store.consume(last, "d1", 12, 5)
    store.consume(long_ago, "d2", 12, 5)
    drop_old_reads(now=now)
    assert store.list_reads(last, "d1") == (12,)
    assert store.list_reads(long_ago, "d2") == ()
    store.close()
