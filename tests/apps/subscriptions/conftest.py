from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest

from tests.factories.bank import RunningBank, open_for_business


@pytest.fixture(scope="module")
def bank(tmp_path_factory) -> Iterator[RunningBank]:
    with open_for_business(tmp_path_factory.mktemp("bank")) as running:
        yield running


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def sale(db, bank):
    # Imported here: pytest reads this file before Django is set up.
    from tests.factories.sale import Sale, gateway_of, lay_out_plans, make_reader

    lay_out_plans()
    httpx.delete(bank.address + "/faults", headers=bank.headers)
    return Sale(bank, gateway_of(bank, answer_seconds=1.0), make_reader())
