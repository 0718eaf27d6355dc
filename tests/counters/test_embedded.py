"""What is true of the embedded store alone: its files and how it bears their loss."""

from __future__ import annotations

import errno
import logging
import os
import signal
import subprocess
import sys

import lmdb
import pytest

from broadsheet.counters.contract import StoreUnavailable, Tally
from broadsheet.counters.embedded import EmbeddedStore, open_store
from broadsheet.domain.meter import Reads

pytestmark = pytest.mark.pure


@pytest.fixture
def folder(tmp_path):
    yield tmp_path / "reads"
    open_store(tmp_path / "reads").close()


def test_a_process_has_one_store_for_a_folder(folder):
    assert open_store(folder) is open_store(folder / ".." / "reads")


def test_reads_outlive_the_process(folder):
    open_store(folder).consume(Tally("2026-11"), "d1", 12, 5)
    open_store(folder).close()
    assert EmbeddedStore(folder).list_reads(Tally("2026-11"), "d1") == (12,)


def test_the_file_is_sparse(folder):
    open_store(folder).consume(Tally("2026-11"), "d1", 12, 5)
    assert (folder / "2026-11.lmdb").stat().st_blocks * 512 < 8_000_000


def _spoil(folder, content):
    open_store(folder).consume(Tally("2026-11"), "d1", 12, 5)
    open_store(folder).close()
    with (folder / "2026-11.lmdb").open("rb") as file:
        head = file.read(8192)
    (folder / "2026-11.lmdb").write_bytes(content(head))


@pytest.mark.parametrize(
    "content",
    [lambda _: b"not a database at all" * 1000, lambda head: head, lambda head: head[:100]],
    ids=["garbage", "cut after the head", "cut inside the head"],
)
def test_a_spoilt_file_is_set_aside_and_begun_anew_with_a_log_line(folder, caplog, content):
    _spoil(folder, content)
    with caplog.at_level(logging.ERROR):
        assert open_store(folder).consume(Tally("2026-11"), "d1", 13, 5) == Reads(0, already=False)
    assert [r.message.partition(" (")[0] for r in caplog.records] == [
        "the reads of 2026-11 could not be opened"
    ]
    assert (folder / "2026-11.lmdb.spoilt-1").exists()
    assert open_store(folder).list_reads(Tally("2026-11"), "d1") == (13,)


def test_a_second_spoilt_file_does_not_replace_the_first(folder):
    for _ in range(2):
        _spoil(folder, lambda _: b"x" * 9000)
        open_store(folder).peek(Tally("2026-11"), "d1", 1)
        open_store(folder).close()
    assert sorted(path.name for path in folder.glob("*spoilt*")) == [
        "2026-11.lmdb.spoilt-1",
        "2026-11.lmdb.spoilt-2",
    ]


def test_an_empty_file_is_simply_begun(folder, caplog):
    folder.mkdir()
    (folder / "2026-11.lmdb").touch()
    assert open_store(folder).consume(Tally("2026-11"), "d1", 12, 5) == Reads(0, already=False)
    assert caplog.records == []


def test_old_windows_are_dropped_and_the_last_kept(folder):
    store = open_store(folder)
    for window in ("2026-09", "2026-10", "2026-11"):
        store.consume(Tally(window), "d1", 12, 5)
        store.close()
    store.peek(Tally("2026-12"), "d1", 12)
    assert sorted(path.name for path in folder.glob("*.lmdb*")) == [
        "2026-11.lmdb",
        "2026-11.lmdb-lock",
        "2026-12.lmdb",
        "2026-12.lmdb-lock",
    ]


def test_an_old_window_asked_for_again_is_not_dropped_under_the_asker(folder):
    store = open_store(folder)
    for window in ("2026-10", "2026-11", "2026-12"):
        store.peek(Tally(window), "d1", 12)
    store.consume(Tally("2026-09"), "d1", 12, 5)
    assert store.list_reads(Tally("2026-09"), "d1") == (12,)


def test_a_folder_that_cannot_be_made_means_no_count(tmp_path):
    (tmp_path / "reads").write_text("a file stands here")
    store = EmbeddedStore(tmp_path / "reads")
    with pytest.raises(StoreUnavailable):
        store.consume(Tally("2026-11"), "d1", 12, 5)
    with pytest.raises(StoreUnavailable):
        store.list_reads(Tally("2026-11"), "d1")


def test_a_full_file_means_no_count_and_loses_none(folder, monkeypatch):
    monkeypatch.setattr("broadsheet.counters.mapped.LARGEST", 65_536)
    store = open_store(folder)

    def fill():
        for reader in range(100_000):
            store.consume(Tally("2026-11"), f"d{reader}", 12, 5)

    def unite():
        for reader in range(100_000):
            store.unite(Tally("2026-11"), source="d0", into=f"x{reader}", fresh=f"y{reader}")

    with pytest.raises(StoreUnavailable):
        fill()
    with pytest.raises(StoreUnavailable):
        unite()
    assert store.list_reads(Tally("2026-11"), "d0") == (12,)


def test_nothing_is_written_where_the_disk_does_not_stand_ready(folder):
    """Mapped memory without a disk behind it kills the process that writes there."""
    store = open_store(folder)
    path = folder / "2026-11.lmdb"
    for reader in range(20_000):
        store.consume(Tally("2026-11"), f"d{reader:032}", 12, 5)
    written = (store._calendar.files["2026-11"].env.info()["last_pgno"] + 1) * 4096
    assert written > 1_000_000
    with path.open("rb") as file:
        assert os.lseek(file.fileno(), 0, os.SEEK_HOLE) >= written
    assert (folder / "2026-11.lmdb-lock").stat().st_blocks * 512 >= 64 * 1024


def test_a_full_disk_means_no_count_until_there_is_room(folder, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    store = open_store(folder)
    store.consume(Tally("2026-11"), "d1", 12, 5)
    with monkeypatch.context() as disk:
        disk.setattr(os, "posix_fallocate", full)
        with pytest.raises(StoreUnavailable, match="no disk"):
            for reader in range(100_000):
                store.consume(Tally("2026-11"), f"d{reader:032}", 12, 5)
        assert store.peek(Tally("2026-11"), "d1", 12) == Reads(1, already=True)
    assert store.consume(Tally("2026-11"), "d2", 12, 5) == Reads(0, already=False)


def test_a_disk_full_from_the_start_sets_no_count_aside(folder, monkeypatch, caplog):
    open_store(folder).consume(Tally("2026-11"), "d1", 12, 5)
    open_store(folder).close()
    with monkeypatch.context() as disk:
        disk.setattr(os, "posix_fallocate", lambda *_: (_ for _ in ()).throw(OSError(28, "full")))
        with pytest.raises(StoreUnavailable):
            open_store(folder).consume(Tally("2026-11"), "d1", 13, 5)
    assert caplog.records == []
    assert open_store(folder).list_reads(Tally("2026-11"), "d1") == (12,)


def test_a_failing_read_means_no_count(folder, monkeypatch):
    store = open_store(folder)
    store.consume(Tally("2026-11"), "d1", 12, 5)
    store._calendar.files["2026-11"].env.close()
    for attempt in (
        lambda: store.peek(Tally("2026-11"), "d1", 12),
        lambda: store.unite(Tally("2026-11"), source="d1", into="r1", fresh="d2"),
        lambda: store.consume(Tally("2026-11"), "d1", 12, 5),
    ):
        with pytest.raises((StoreUnavailable, lmdb.Error)) as caught:
            attempt()
        assert caught.type is StoreUnavailable
    store._calendar.files.clear()


def test_a_window_must_have_a_windows_name(folder):
    with pytest.raises(ValueError, match="no name of a tally"):
        open_store(folder).peek(Tally("../2026-11"), "d1", 12)


def test_a_writer_killed_in_the_act_holds_up_nobody(folder):
    script = (
        "import sys; from pathlib import Path; from broadsheet.counters.embedded import open_store\n"
        "from broadsheet.counters.contract import Tally\n"
        "s = open_store(Path(sys.argv[1])); n = 0\n"
        "while True:\n"
        "    s.consume(Tally('2026-11'), f'd{n}', 12, 5); n += 1\n"
        "    if n % 1000 == 0: print(n, flush=True)\n"
    )
    writer = subprocess.Popen(
        [sys.executable, "-c", script, str(folder)], stdout=subprocess.PIPE, text=True
    )
    acknowledged = int(writer.stdout.readline())
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait(10)
    writer.stdout.close()
    store = open_store(folder)
    assert all(store.list_reads(Tally("2026-11"), f"d{n}") == (12,) for n in range(acknowledged))
    assert store.consume(Tally("2026-11"), "new", 12, 5) == Reads(0, already=False)
