"""``broadsheet invoice`` and ``broadsheet tax``."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result

from broadsheet.apps.invoicing.actions import issue_credit_notes, issue_invoices
from broadsheet.apps.invoicing.models import TaxRateRow
from broadsheet.apps.payments.events import PaymentSettled, RefundSettled
from broadsheet.cli.invoice import group
from broadsheet.cli.site import group as site_group
from broadsheet.cli.tax import group as tax_group
from tests.factories.sale import make_reader
from tests.factories.seller import NOON, lay_down_rates, register, settle

pytestmark = [pytest.mark.db, pytest.mark.django_db]
NOVEMBER = ("--from", "2026-11-01", "--to", "2026-11-30")


@pytest.fixture
def registered(settings, db):
    settings.PAPER = register(settings.PAPER)


def run(*words: object, of=group) -> Result:
    return CliRunner().invoke(of, [str(word) for word in words])


def facts(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return found


def sell(**more):
    reader = make_reader()
    payment = settle(reader, **more)
    issue_invoices([PaymentSettled(payment.pk, payment.order_id, reader.pk, None)], now=NOON)
    return payment


def test_a_sheet_is_written_to_a_file(registered, tmp_path):
    lay_down_rates()
    sell()
    out = tmp_path / "november.csv"
    told = facts(run("export", *NOVEMBER, "--format", "gst-b2cs", "--out", out, "--json"))
    assert told == {"rows": 1, "left_out": 0, "path": str(out)}
    assert out.read_bytes().splitlines(keepends=True)[1] == (b"OE,32-Kerala,,18.00,762.72,,\r\n")


def test_a_sheet_goes_to_standard_output(registered):
    lay_down_rates()
    sell()
    done = run("export", "--from", "2026-11-26", "--to", "2026-11-26")
    assert done.exit_code == 0
    assert len(done.stdout.splitlines()) == 2
    assert "BS/2627/0000001" in done.stdout
    assert len(run("export", "--from", "2026-11-25", "--to", "2026-11-25").stdout.splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("export", "--from", "2026-11-30", "--to", "2026-11-01"), "--to lies before --from"),
        (("export", *NOVEMBER, "--json"), "name one by --out"),
        (("export", *NOVEMBER, "--format", "gst-b2cl"), "is not one of"),
        (("export", *NOVEMBER, "--out", "/nowhere/at.csv"), "cannot be written"),
        (("show", "BS/2627/0000009"), "There is no invoice or credit note"),
    ],
)
def test_wrong_usage_says_what_to_do(words, says):
    done = run(*words)
    assert done.exit_code == 2
    assert says in done.output


def test_one_invoice_is_told_and_printed(registered, tmp_path):
    lay_down_rates()
    payment = sell()
    told = RefundSettled(1, payment.pk, payment.reader_id, 30_000, "INR", "asked")
    issue_credit_notes([told], now=NOON)
    pdf = tmp_path / "invoice.pdf"
    assert facts(run("show", "BS/2627/0000001", "--pdf", pdf, "--json")) == {
        "number": "BS/2627/0000001",
        "issued_on": "2026-11-26",
        "currency": "INR",
        "total_minor": 90_000,
        "taxable_minor": 76_272,
        "cgst_minor": 6_864,
        "sgst_minor": 6_864,
        "igst_minor": 0,
        "vat_minor": 0,
        "buyer": "meenal@example.org",
        "treatment": "within-state",
        "path": str(pdf),
    }
    assert pdf.read_bytes().startswith(b"%PDF-")
    note = facts(run("show", "BC/2627/0000001", "--json"))
    assert (note["total_minor"], note["for_invoice"]) == (30_000, "BS/2627/0000001")


def test_what_was_held_is_made_out_when_the_rates_stand(registered):
    payment = sell()
    waiting = run("issue", "--json")
    assert waiting.exit_code == 1
    assert json.loads(waiting.stdout.splitlines()[-1]) == {
        "issued": 0,
        "held": [
            {
                "payment": payment.number,
                "held_for": "No tax rate for online in IN holds on 2026-11-26.",
            }
        ],
    }
    adopted = facts(run("adopt", "in", "--from", "2020-04-01", "--json", of=tax_group))
    assert adopted == {
        "country": "IN",
        "classes": ["online", "print"],
        "starts_on": "2020-04-01",
    }
    assert facts(run("issue", "--json")) == {"issued": 1, "held": []}


def test_rates_are_said_and_listed():
    say = ("rate", "--country", "fr", "--class", "online", "--from", "2026-01-01")
    facts(run(*say, "--percent", "2.1", "--json", of=tax_group))
    assert facts(run("list", "--json", of=tax_group)) == {
        "rates": [
            {
                "country": "FR",
                "tax_class": "online",
                "percent": "2.10",
                "code": "",
                "starts_on": "2026-01-01",
                "ends_on": None,
            }
        ]
    }
    assert "FR online: 2.10 % from 2026-01-01" in run("list", of=tax_group).stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("adopt", "FR", "--from", "2026-01-01"), "Usual rates are known of IN only"),
        (
            ("rate", "--country", "IN", "--class", "x", "--percent", "18", "--from", "2026-01-01"),
            "needs its HSN or SAC",
        ),
        (
            (
                "rate",
                "--country",
                "FR",
                "--class",
                "x",
                "--percent",
                "lots",
                "--from",
                "2026-01-01",
            ),
            "must be a number",
        ),
        (
            ("rate", "--country", "FR", "--class", "x", "--percent", "NaN", "--from", "2026-01-01"),
            "at most two digits",
        ),
        (
            (
                "rate",
                "--country",
                "FR",
                "--class",
                "x",
                "--percent",
                "2.111",
                "--from",
                "2026-01-01",
            ),
            "at most two digits",
        ),
    ],
)
def test_a_wrong_rate_says_what_to_do(words, says):
    done = run(*words, of=tax_group)
    assert done.exit_code == 2
    assert says in done.output
    assert TaxRateRow.objects.count() == 0


def test_the_doctor_asks_a_registered_paper_for_its_rates(registered):
    def tax() -> list[bool]:
        done = run("doctor", "--json", of=site_group)
        checks = json.loads(done.stdout.splitlines()[-1])["checks"]
        return [check["ok"] for check in checks if check["name"] == "tax"]

    assert tax() == [False]
    lay_down_rates()
    assert tax() == [True]


def test_the_doctor_asks_a_paper_without_tax_for_nothing(db):
    done = run("doctor", "--json", of=site_group)
    checks = json.loads(done.stdout.splitlines()[-1])["checks"]
    assert "tax" not in [check["name"] for check in checks]
