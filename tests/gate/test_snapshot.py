"""The gate's feed: what Django last told it."""

from __future__ import annotations

import logging
import queue
import time

import pytest

from broadsheet.gate.snapshot import Feed
from broadsheet.protocol.snapshot import Snapshot

pytestmark = pytest.mark.pure


class Told:
    def __init__(self, folder):
        self.purged: list[list[str]] = []
        self.snapshots: list[Snapshot] = []
        self.feed = Feed(folder, on_purge=self.purged.append, on_snapshot=self.snapshots.append)


@pytest.fixture
def log(tmp_path):
    return tmp_path / "changes.log"


def write(path, text, mode="a"):
    with path.open(mode) as file:
        file.write(text)


def test_an_empty_folder_tells_nothing(tmp_path):
    told = Told(tmp_path / "not yet")
    told.feed.poll()
    assert (told.purged, told.snapshots) == ([], [])


def test_changes_are_told_once_and_old_ones_not_at_all(tmp_path, log):
    write(log, '{"purge":["story:1"]}\n')
    told = Told(tmp_path)
    told.feed.poll()
    assert told.purged == []
    write(log, '{"purge":["story:2","story:3"]}\n{"purge":["story:4"]}\n')
    told.feed.poll()
    told.feed.poll()
    assert told.purged == [["story:2", "story:3", "story:4"]]


def test_a_log_that_appears_later_is_read_from_its_start(tmp_path, log):
    told = Told(tmp_path)
    write(log, '{"purge":["story:2"]}\n')
    told.feed.poll()
    assert told.purged == [["story:2"]]


def test_half_a_line_waits_for_its_end(tmp_path, log):
    told = Told(tmp_path)
    write(log, '{"purge":["story:2"]}\n{"purge":["st')
    told.feed.poll()
    assert told.purged == [["story:2"]]
    told.feed.poll()
    write(log, 'ory:3"]}\n')
    told.feed.poll()
    assert told.purged == [["story:2"], ["story:3"]]


def test_a_log_begun_anew_is_read_from_its_start(tmp_path, log):
    write(log, '{"purge":["story:1"]}\n' * 50)
    told = Told(tmp_path)
    fresh = tmp_path / "fresh"
    write(fresh, '{"purge":["all"]}\n')
    fresh.replace(log)
    told.feed.poll()
    assert told.purged == [["all"]]


def test_a_log_cut_short_is_read_from_its_start(tmp_path, log):
    write(log, '{"purge":["story:1"]}\n' * 50)
    told = Told(tmp_path)
    write(log, '{"purge":["story:2"]}\n', mode="w")
    told.feed.poll()
    assert told.purged == [["story:2"]]


@pytest.mark.parametrize("line", ["nonsense", "[]", '{"purge": 1}', '{"other": []}'])
def test_a_change_that_cannot_be_read_forgets_everything(tmp_path, log, line, caplog):
    told = Told(tmp_path)
    write(log, line + "\n")
    told.feed.poll()
    assert told.purged == [["all"]]
    assert len(caplog.records) == 1


def test_each_snapshot_is_told_once(tmp_path):
    told = Told(tmp_path)
    path = tmp_path / "snapshot.json"
    path.write_text(Snapshot(mark="LN").encode())
    told.feed.poll()
    told.feed.poll()
    path.write_text(Snapshot(mark="PT", language="hi").encode())
    told.feed.poll()
    assert [snapshot.mark for snapshot in told.snapshots] == ["LN", "PT"]


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe"])
def test_the_last_snapshot_stands_while_the_new_one_cannot_be_read(tmp_path, content, caplog):
    told = Told(tmp_path)
    (tmp_path / "snapshot.json").write_bytes(content)
    with caplog.at_level(logging.ERROR):
        told.feed.poll()
    assert told.snapshots == []
    assert ["cannot be read" in record.message for record in caplog.records] == [True]


class Heard:
    """A listener others can wait for."""

    def __init__(self):
        self.queue = queue.Queue()

    def __call__(self, keys):
        self.queue.put(keys)
        if keys == ["story:1"]:
            raise RuntimeError("busy")

    def next(self):
        return self.queue.get(timeout=5)


@pytest.fixture
def background(tmp_path):
    heard = Heard()
    feed = Feed(tmp_path, on_purge=heard, on_snapshot=lambda _: None)
    feed.start()
    yield heard
    feed.stop()


def test_in_the_background_a_change_is_told_within_a_second(background, log):
    began = time.monotonic()
    write(log, '{"purge":["story:2"]}\n')
    assert background.next() == ["story:2"]
    assert time.monotonic() < began + 1


def test_a_failing_listener_does_not_end_the_watch(background, log):
    write(log, '{"purge":["story:1"]}\n')
    assert background.next() == ["story:1"]
    write(log, '{"purge":["story:2"]}\n')
    assert background.next() == ["story:2"]
