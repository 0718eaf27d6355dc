from __future__ import annotations

import dataclasses
import shutil

import httpx
import pytest


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
