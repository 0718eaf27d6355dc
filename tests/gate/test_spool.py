"""Meter events on disk."""

from __future__ import annotations

import json
import time
from collections import deque
from datetime import UTC, datetime

import pytest

from broadsheet.gate.metrics import count
from broadsheet.gate.spool import Spool
from broadsheet.protocol.meter_event import MeterEvent

pytestmark = pytest.mark.pure


def lines(folder):
    return [
        line for path in sorted(folder.glob("*.jsonl")) for line in path.read_text().splitlines()
    ]


def test_a_line_is_an_event_of_the_protocol(paper):
    reader = paper.browser()
    reader.get(paper.site.add(12, version=3))
    paper.gate._spool.flush()
    (line,) = lines(paper.home / "spool")
    event = MeterEvent.decode(line)
    assert event == MeterEvent(
        at=int(paper.now.timestamp() * 1000),
        story=12,
        version=3,
        access="metered",
        reader=event.reader,
        kind="anonymous",
        outcome="full",
        reason="within-allowance",
        policy="M5",
        used=1,
        limit=5,
        window="2026-11",
    )
    assert len(event.reader) == 16
    assert json.loads(line)["v"] == 1


@pytest.fixture
def spool(tmp_path):
    spool = Spool(tmp_path / "spool", secret="a secret")
    yield spool
    spool.stop()


def note(spool, text="{}\n"):
    spool._waiting.append(text)


def test_nothing_waiting_makes_no_file(spool, tmp_path):
    assert spool.flush() == 0
    assert not (tmp_path / "spool").exists()


def test_a_new_hour_begins_a_new_file(spool, tmp_path, monkeypatch):
    class Clock(datetime):
        hour_now = 4

        @classmethod
        def now(cls, tz=None):
            return datetime(2026, 11, 22, cls.hour_now, 59, tzinfo=tz or UTC)

    monkeypatch.setattr("broadsheet.gate.spool.datetime", Clock)
    for hour in (4, 4, 5):
        Clock.hour_now = hour
        note(spool)
        assert spool.flush() == 1
    names = sorted(path.name[:13] for path in (tmp_path / "spool").iterdir())
    assert names == ["2026-11-22T04", "2026-11-22T05"]
    assert len(lines(tmp_path / "spool")) == 3


def test_what_the_disk_refuses_is_lost_and_said(spool, tmp_path, caplog):
    (tmp_path / "spool").write_text("a file stands here")
    note(spool)
    assert spool.flush() == 0
    assert ["1 meter events are lost" in record.message for record in caplog.records] == [True]


def test_beyond_its_room_the_oldest_are_lost_and_counted(paper, monkeypatch):
    monkeypatch.setattr("broadsheet.gate.spool.ROOM", 2)
    paper.gate._spool._waiting = deque(maxlen=2)
    before = count("events_lost_total").number
    reader = paper.browser()
    for url in paper.add_stories(5):
        reader.get(url)
    assert count("events_lost_total").number - before == 3
    assert [event["used"] for event in paper.events()] == [4, 5]


def test_in_the_background_events_are_written(spool, tmp_path):
    spool.start()
    note(spool)
    deadline = time.monotonic() + 5
    while spool._waiting and time.monotonic() < deadline:
        spool._stop.wait(0.01)
    spool.stop()
    assert lines(tmp_path / "spool") == ["{}"]


def test_stopping_writes_what_waits(spool, tmp_path):
    note(spool)
    spool.stop()
    assert lines(tmp_path / "spool") == ["{}"]
