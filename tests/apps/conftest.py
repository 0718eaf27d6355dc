from __future__ import annotations

import httpx
import pytest


@pytest.fixture
def sale(db, bank):
    # Imported here: pytest reads this file before Django is set up.
    from tests.factories.sale import Sale, gateway_of, lay_out_plans, make_reader

    lay_out_plans()
    httpx.delete(bank.address + "/faults", headers=bank.headers)
    return Sale(bank, gateway_of(bank, answer_seconds=1.0), make_reader())
