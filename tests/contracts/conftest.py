from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from broadsheet.counters.contract import ReadStore
from tests.factories.bank import RunningBank, open_for_business
from tests.factories.read_stores import OPENERS, Opener


@pytest.fixture(scope="module")
def running_bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBank]:
    folder: Path = tmp_path_factory.mktemp("bank")
    with open_for_business(folder) as bank:
        yield bank


@pytest.fixture(params=sorted(OPENERS))
def opener(request: pytest.FixtureRequest) -> Opener:
    """What opens each of the stores of reads, here and in another process."""
    url = "" if request.param == "embedded" else request.getfixturevalue("redis_url")
    return partial(OPENERS[request.param], url)


@pytest.fixture
def store(opener: Opener, tmp_path: Path) -> Iterator[ReadStore]:
    store = opener(tmp_path)
    yield store
    store.close()
