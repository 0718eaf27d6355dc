from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.factories.bank import RunningBank, open_for_business


@pytest.fixture(scope="module")
def running_bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBank]:
    folder: Path = tmp_path_factory.mktemp("bank")
    with open_for_business(folder) as bank:
        yield bank
