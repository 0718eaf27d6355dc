from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from broadsheet.bank.book import STEPS, Book, new_reference
from broadsheet.bank.records import Answer

pytestmark = pytest.mark.db


def test_commits_are_flushed_before_the_block_is_left(book: Book) -> None:
    assert book.db.execute("PRAGMA synchronous").fetchone()[0] == 2  # FULL
    assert book.db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


def test_a_block_that_fails_leaves_nothing(book: Book) -> None:
    def fail_half_way() -> None:
        with book.writing():
            book.keep_answer("key-0001", "asked", Answer(201, "{}"))
            with book.writing():
                book.keep_answer("key-0002", "asked", Answer(201, "{}"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()
    assert book.find_answer("key-0001") is None
    assert book.find_answer("key-0002") is None
    book.keep_answer("key-0001", "asked", Answer(201, "{}"))
    assert book.find_answer("key-0001") == ("asked", Answer(201, "{}"))


def test_one_key_holds_one_answer(book: Book) -> None:
    book.keep_answer("key-0001", "asked", Answer(201, "{}"))
    with pytest.raises(sqlite3.IntegrityError):
        book.keep_answer("key-0001", "asked", Answer(201, "{}"))


def test_a_file_is_brought_up_to_date_once(tmp_path: Path) -> None:
    for _ in range(2):
        opened = Book(tmp_path / "bank.sqlite3")
        assert opened.db.execute("PRAGMA user_version").fetchone()[0] == len(STEPS)
        opened.close()


def test_names_are_never_the_same() -> None:
    names = {new_reference("ch") for _ in range(1000)}
    assert len(names) == 1000
    assert all(len(name) == 33 and name.startswith("ch_") for name in names)
