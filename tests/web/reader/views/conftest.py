from __future__ import annotations

import dataclasses
import shutil
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
def sale(db, bank, settings, tmp_path):
    """A reader of a paper whose test gateway is ``bank``."""
    from broadsheet.apps.payments.gateways import open_gateway
    from tests.factories.sale import Sale, lay_out_plans, make_reader

    settings.PLANT = dataclasses.replace(settings.PLANT, home=tmp_path, bank_url=bank.address)
    (tmp_path / "bank").mkdir()
    shutil.copy(bank.key_file, tmp_path / "bank" / "merchant.key")
    lay_out_plans()
    httpx.delete(bank.address + "/faults", headers=bank.headers)
    return Sale(bank, open_gateway("test"), make_reader())
