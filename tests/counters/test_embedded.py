"""What is true of the embedded store alone: its files and how it bears their loss."""

from __future__ import annotations

import errno
import logging
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime

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
    for reader in range(30_000):
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


def test_each_part_of_the_paper_keeps_its_last_two_windows(folder):
    names = ("2026-10", "2026-11", "2026-12", "SPORT.2026-W47", "SPORT.2026-W48", "A.B.2026-11")
    store = open_store(folder)
    for name in names:
        store.consume(Tally(name), "d1", 12, 5)
    store.consume(Tally("SPORT.2026-W49"), "d1", 12, 5)
    assert sorted(path.name for path in folder.glob("*.lmdb")) == [
        "2026-11.lmdb",
        "2026-12.lmdb",
        "A.B.2026-11.lmdb",
        "SPORT.2026-W48.lmdb",
        "SPORT.2026-W49.lmdb",
    ]
    assert store.list_reads(Tally("SPORT.2026-W48"), "d1") == (12,)


def test_weeks_beside_months_drop_no_month(folder):
    """A policy for some readers shares the paper's count and may have another window."""
    names = ("2026-12", "2026-W49", "2026-W50", "2026-W51", "SP.2026-12", "SP.2026-W50")
    store = open_store(folder)
    for name in (*names, "SP.2026-W51"):
        store.consume(Tally(name), "d1", 12, 5)
    store.close()
    for name in names:
        store.peek(Tally(name), "d1", 12)
    assert store.list_reads(Tally("2026-12"), "d1") == (12,)
    assert store.list_reads(Tally("SP.2026-12"), "d1") == (12,)
    assert store.list_reads(Tally("2026-W50"), "d1") == (12,)


def test_a_file_of_a_rolling_tally_stays(folder):
    store = open_store(folder)
    for days in range(1, 8):
        store.consume(Tally(f"rolling-{days}", 1001 - days, 1000), "d1", 12, 5)
    assert store.list_reads(Tally("rolling-1", 1000, 1000), "d1") == (12,)
    assert len(list((folder / "rolling").glob("*.lmdb"))) == 7


def _week(today):
    return Tally("rolling-7", today - 6, today)


def _count_records(store, name="rolling-7"):
    return store._rolling.files[name].env.stat()["entries"]


def test_a_sweep_drops_what_no_window_can_hold(folder):
    store = open_store(folder)
    for reader in range(250):
        store.consume(_week(1000), f"d{reader}", 12, 5)
    store.consume(_week(1000), "mixed", 12, 5)
    store.consume(_week(1050), "mixed", 13, 5)
    store.consume(_week(1050), "late", 12, 5)
    store.give_back(_week(1000), "d0", 12, most=1)
    store.sweep(1062)
    assert _count_records(store) == 249 + 1 + 2  # d1 to d249, the day d0 gave back, two readers
    store.sweep(1063)
    assert _count_records(store) == 2
    assert store.list_reads(_week(1050), "mixed") == (13,)
    assert store.list_reads(Tally("rolling-7", 900, 1050), "mixed") == (13,)
    assert store.list_reads(_week(1050), "late") == (12,)


def test_new_members_are_forgotten_after_the_next_day(folder):
    store = open_store(folder)
    for day in (998, 999, 1000):
        assert store.admit("n1", "m1", 1, day) is True
        assert store.admit("n1", "m2", 1, day) is False
    store.touch("r1", "d1", 1000.0, within=60.0, most=1)
    assert sorted(path.name for path in (folder / "uses").glob("*.lmdb")) == [
        "budget-1000.lmdb",
        "budget-999.lmdb",
        "holders.lmdb",
    ]
    assert sorted(store._uses.files) == ["budget-1000", "budget-999", "holders"]


def test_a_bucket_keeps_no_more_than_its_members(folder):
    store = open_store(folder)
    for member in range(1000):
        store.admit("n1", f"m{member}", 5, 1000)
    assert store._uses.files["budget-1000"].env.stat()["entries"] == 5 + 1


def test_holders_unused_for_a_day_are_forgotten(folder):
    store = open_store(folder)
    noon = datetime(2026, 11, 26, 12, tzinfo=UTC)
    for holder in range(250):
        store.touch(f"r{holder}", "d1", noon.timestamp(), within=60.0, most=2)
    store.touch("r1", "d1", noon.timestamp() + 86_400, within=60.0, most=2)
    today = noon.date().toordinal()
    for sweep, left in ((today + 1, 250), (today + 2, 1), (today + 3, 0)):
        store.sweep(sweep)
        assert store._uses.files["holders"].env.stat()["entries"] == left


def test_a_store_whose_folder_can_be_written_is_well(tmp_path):
    EmbeddedStore(tmp_path / "new" / "reads").check()
    (tmp_path / "reads").write_text("a file stands here")
    with pytest.raises(StoreUnavailable):
        EmbeddedStore(tmp_path / "reads").check()


def test_a_folder_that_cannot_be_written_is_told(folder, monkeypatch):
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)
    with pytest.raises(StoreUnavailable, match="cannot be written"):
        open_store(folder).check()


def test_a_disk_that_fails_at_any_deed_means_no_count(folder):
    store = open_store(folder)
    store.consume(_week(1000), "d1", 12, 5)
    store.admit("n1", "m1", 5, 1000)
    store.touch("r1", "m1", 1000.0, within=60.0, most=2)
    for shelf in (store._rolling, store._uses):
        for file in shelf.files.values():
            file.env.close()
    for deed in (
        lambda: store.consume(_week(1000), "d1", 13, 5),
        lambda: store.give_back(_week(1000), "d1", 12, most=1),
        lambda: store.count_given_back(_week(1000), "d1"),
        lambda: store.sweep(1100),
        lambda: store.admit("n1", "m2", 5, 1000),
        lambda: store.touch("r1", "m1", 1001.0, within=60.0, most=2),
    ):
        with pytest.raises(StoreUnavailable):
            deed()
    store._rolling.files.clear()
    store._uses.files.clear()


@pytest.mark.slow
def test_a_million_devices_take_disk_and_no_memory_of_ours(folder):
    def own_memory():
        with open("/proc/self/status") as status:  # noqa: PTH123
            return next(int(line.split()[1]) for line in status if line.startswith("RssAnon"))

    store = open_store(folder)
    for device in range(1000):
        store.consume(Tally("2026-11"), f"d{device:032x}", 12, 5)
    before = own_memory()
    for device in range(1_000_000):
        store.consume(Tally("2026-11"), f"d{device * 7919 % 2**61:032x}", 12, 5)
    assert own_memory() - before < 4_000
    assert store._calendar.files["2026-11"].env.stat()["entries"] >= 1_000_000
