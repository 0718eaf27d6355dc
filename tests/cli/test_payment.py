"""``broadsheet payment``: give back, enter transfers, look into the inbox."""

from __future__ import annotations

import dataclasses
import json
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from broadsheet.apps.payments.actions.begin_checkout import void_checkout
from broadsheet.apps.payments.actions.keep_webhook import keep_words
from broadsheet.apps.payments.gateways.contract import WebhookKind, WebhookWord
from broadsheet.apps.payments.models import Order, Payment, Refund
from broadsheet.cli.payment import group
from tests.factories.bank import RunningBank
from tests.factories.sale import Sale

pytestmark = [pytest.mark.db, pytest.mark.django_db]


@pytest.fixture
def sold(bank: RunningBank, settings: Any, tmp_path: Path) -> Sale:
    """A reader of a paper whose test gateway is ``bank``, who has paid for nothing yet."""
    from broadsheet.apps.payments.gateways import open_gateway
    from tests.factories.sale import lay_out_plans, make_reader

    settings.PLANT = dataclasses.replace(settings.PLANT, home=tmp_path, bank_url=bank.address)
    (tmp_path / "bank").mkdir()
    shutil.copy(bank.key_file, tmp_path / "bank" / "merchant.key")
    lay_out_plans()
    return Sale(bank, open_gateway("test"), make_reader())


def run(*words: object) -> Result:
    return CliRunner().invoke(group, [str(word) for word in words])


def facts(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return found


def test_part_and_the_rest_are_given_back(sold: Sale, now: Any) -> None:
    sold.subscribe(now)
    number = Payment.objects.get().number
    part = run("refund", number, "299.50", "--reason", "two weeks without paper", "--json")
    assert (part.exit_code, facts(part)["amount_minor"], facts(part)["state"]) == (
        0,
        29_950,
        "succeeded",
    )
    rest = facts(run("refund", number, "whole", "--reason", "gone", "--json"))
    assert (rest["amount_minor"], rest["state"]) == (60_050, "succeeded")
    over = run("refund", number, "1", "--reason", "again")
    assert over.exit_code == 2
    assert "Only 0 of 90000" in over.output
    assert Refund.objects.count() == 2


@pytest.mark.parametrize("amount", ["-1", "0", "1.234", "a lot", "", "1e3", "900.01"])
def test_amounts_that_cannot_be_given_back(sold: Sale, now: Any, amount: str) -> None:
    sold.subscribe(now)
    asked = run("refund", "--reason", "x", "--", Payment.objects.get().number, amount)
    assert asked.exit_code == 2
    assert Refund.objects.count() == 0


def test_a_payment_that_is_not_there(sold: Sale) -> None:
    asked = run("refund", "R-1999-000001", "1", "--reason", "x")
    assert (asked.exit_code, "no payment" in asked.output) == (2, True)


def test_a_transfer_is_entered_and_paid_back(sold: Sale, now: Any) -> None:
    sold.check_out(now)
    order = Order.objects.get()
    page = run("record", order.pk, "900", "NEFT N1")
    assert (page.exit_code, "under way at test" in page.output) == (2, True)
    void_checkout(order_id=order.pk, gateway=sold.gateway, now=now)
    wrong = run("record", order.pk, "899", "NEFT N1")
    assert (wrong.exit_code, "of 90000 INR" in wrong.output) == (2, True)
    done = facts(run("record", order.pk, "900", "NEFT N1", "--json"))
    assert done["payment"] == Payment.objects.get().number
    refund = facts(run("refund", done["payment"], "whole", "--reason", "x", "--json"))
    assert refund["state"] == "pending"
    assert facts(run("repaid", refund["refund"], "NEFT N2", "--json"))["state"] == "succeeded"
    assert run("repaid", "bs-rf-none", "NEFT N3").exit_code == 2
    assert run("record", 0, "900", "NEFT N4").exit_code == 2
    assert run("record", 999, "900", "NEFT N4").exit_code == 2


def test_the_inbox_tells_what_waits_and_who_is_silent(sold: Sale, now: Any, tmp_path: Path) -> None:
    sold.subscribe(now)
    assert facts(run("inbox", "--json")) == {"waiting": [], "silent": []}
    word = WebhookWord("ev-1", WebhookKind.CHARGE, key="bs-not-yet-1")
    keep_words(gateway="test", words=[word], headers={}, body=b"{}", now=now)
    (one,) = facts(run("inbox", "--now", "--json"))["waiting"]
    assert (one["gateway"], one["event"], one["state"], one["tries"]) == (
        "test",
        "ev-1",
        "early",
        1,
    )
    (tmp_path / "bank" / "webhook.secret").write_text("s")
    Payment.objects.get().charge.order.charges.update(
        sent_at=now + timedelta(seconds=1), closed_at=now - timedelta(hours=2)
    )
    silent = run("inbox", "--json")
    assert silent.exit_code == 1
    assert [one["gateway"] for one in facts(silent)["silent"]] == ["test"]
