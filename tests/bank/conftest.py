from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from broadsheet.bank.book import Book
from tests.bank.stripe_caller import StripeCaller, open_caller
from tests.factories.bank import RunningBank, open_for_business


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.at = 1_795_000_000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def book(tmp_path: Path, clock: Clock) -> Iterator[Book]:
    opened = Book(tmp_path / "bank.sqlite3", clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def stripe(book: Book) -> StripeCaller:
    """The Stripe stand-in inside this process; what it waits for is over at once."""
    return open_caller(book, lambda _seconds: None)


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[RunningBank]:
    with open_for_business(tmp_path) as running:
        yield running
