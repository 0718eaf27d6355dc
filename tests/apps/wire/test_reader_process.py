"""A second process reads what one would have read, and ends with its import."""

from __future__ import annotations

import gzip
import json
import multiprocessing
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from broadsheet.apps.wire import reader_process
from broadsheet.apps.wire.contract import CannotRead, LacksColumns, Reading
from broadsheet.apps.wire.files import Source, open_source
from broadsheet.apps.wire.formats import BY_NAME
from broadsheet.apps.wire.reader_process import is_worth_a_process, read_beside

pytestmark = pytest.mark.db
UTC = ZoneInfo("UTC")


@pytest.fixture
def source(tmp_path: Path) -> Source:
    path = tmp_path / "x.jsonl"
    record = {"title": "Cranes", "date": "2026-11-03", "body": "One.\n\nTwo."}
    path.write_text(
        "".join(json.dumps({"id": n, **record}) + "\n" for n in range(1000)) + "{broken\n"
    )
    return Source(path, named=True)


def test_it_reads_the_same(source: Source) -> None:
    with open_source(source) as stream:
        alone = list(BY_NAME["jsonl"].read(Reading(stream, source.where, "f", UTC)))
    assert list(read_beside(source, "jsonl", "f", UTC)) == alone
    assert len(alone) == 1001
    assert multiprocessing.active_children() == []


def test_it_ends_when_nobody_listens(source: Source) -> None:
    items = read_beside(source, "jsonl", "f", UTC)
    next(items)
    items.close()  # type: ignore[attr-defined]
    assert multiprocessing.active_children() == []


def test_what_it_cannot_read_it_says(tmp_path: Path) -> None:
    packed, table = tmp_path / "x.jsonl.gz", tmp_path / "x.csv"
    packed.write_bytes(gzip.compress(b'{"id": 1}\n' * 1000)[:-20])
    table.write_text("title\n")
    with pytest.raises(CannotRead, match="damaged or ends too early") as caught:
        list(read_beside(Source(packed, named=True), "jsonl", "f", UTC))
    assert caught.value.broken is True
    with pytest.raises(LacksColumns, match="has no column for"):
        list(read_beside(Source(table, named=True), "csv", "f", UTC))


def test_a_reader_that_dies_is_noticed(source: Source) -> None:
    items = read_beside(source, "jsonl", "f", UTC)
    next(items)
    for child in multiprocessing.active_children():
        child.kill()
    with pytest.raises(CannotRead, match="the process that was reading it died"):
        list(items)


def test_only_large_files_are_worth_it(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_worth_a_process(source) is False
    monkeypatch.setattr(reader_process, "WORTH_IT", 10)
    monkeypatch.setattr(reader_process.os, "sched_getaffinity", lambda _process: {0, 1})
    assert is_worth_a_process(source) is True
    monkeypatch.setattr(reader_process.os, "sched_getaffinity", lambda _process: {0})
    assert is_worth_a_process(source) is False
