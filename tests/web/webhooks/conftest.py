from __future__ import annotations

import dataclasses
import shutil

import httpx
import pytest

SECRET = "the secret of today"


@pytest.fixture
def sale(db, bank, settings, tmp_path):
    """A reader of a paper whose bank signs what it tells with ``SECRET``."""
    # Imported here: pytest reads this file before Django is set up.
    from broadsheet.apps.payments.gateways import open_gateway
    from tests.factories.sale import Sale, lay_out_plans, make_reader

    settings.PLANT = dataclasses.replace(settings.PLANT, home=tmp_path, bank_url=bank.address)
    (tmp_path / "bank").mkdir()
    shutil.copy(bank.key_file, tmp_path / "bank" / "merchant.key")
    (tmp_path / "bank" / "webhook.secret").write_text(SECRET)
    lay_out_plans()
    httpx.delete(bank.address + "/faults", headers=bank.headers)
    return Sale(bank, open_gateway("test"), make_reader())


@pytest.fixture
def ear(sale):
    from tests.factories.ear import listening

    with listening() as ear:
        sale.bank.post("/v1/webhook", {"url": ear.url, "secret": SECRET}).raise_for_status()
        yield ear
        sale.bank.post("/v1/webhook", {"url": ""}).raise_for_status()


@pytest.fixture
def hand_on(client):
    """Hand one call that an ear has heard to our own address; the answer's status."""

    def hand_on(call, gateway="test"):
        headers, body = call
        answer = client.post(
            f"/webhooks/{gateway}/",
            data=body,
            content_type="application/json",
            headers={name: value for name, value in headers.items() if name.startswith("Bank-")},
        )
        return answer.status_code

    return hand_on
