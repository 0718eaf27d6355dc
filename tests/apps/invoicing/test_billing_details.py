"""What a reader says for invoices: checked, remembered, and never changed behind an invoice."""

from __future__ import annotations

import dataclasses

import pytest
from django.db import IntegrityError, transaction

from broadsheet.apps.invoicing.actions import CannotBill, put_billing_details
from broadsheet.apps.invoicing.models import BillingDetails
from broadsheet.apps.invoicing.queries import (
    asks_for_place,
    asks_for_state,
    find_billing_details,
)
from broadsheet.plumbing.models import AuditRow
from tests.factories.seller import BUYERS_GSTIN, NOON, live_in

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def test_what_is_said_is_remembered_and_the_old_row_stands(reader):
    live_in(reader, "IN-32")
    live_in(reader, "IN-32")
    live_in(
        reader, "IN-27", gstin=BUYERS_GSTIN.lower(), name="  Velm \n Traders ", address="1 Quay"
    )
    now = find_billing_details(reader.pk)
    assert (now.country, now.state, now.gstin) == ("IN", "27", BUYERS_GSTIN)
    assert (now.name, now.address) == ("Velm Traders", "1 Quay")
    old = BillingDetails.objects.order_by("pk")[0]
    assert (old.state, old.superseded_at) == ("32", NOON)
    assert BillingDetails.objects.count() == 2
    assert AuditRow.objects.filter(deed="put_billing_details").count() == 2


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"country": ""}, "place"),
        ({"country": "India"}, "place"),
        ({"state": ""}, "place"),
        ({"state": "99"}, "place"),
        ({"gstin": "27AAPFU0939F1ZW", "name": "Velm"}, "gstin"),
        ({"gstin": BUYERS_GSTIN, "name": "Velm", "state": "32"}, "gstin"),
        ({"gstin": BUYERS_GSTIN, "name": "Velm", "country": "FR"}, "gstin"),
        ({"gstin": BUYERS_GSTIN}, "name"),
        ({"name": "n" * 121}, "name"),
        ({"address": "a" * 301}, "address"),
        ({"language": "xx"}, "language"),
    ],
)
def test_what_cannot_stand_on_an_invoice_is_refused(reader, said, field):
    live_in(reader, "IN-32")
    wanted = {"country": "IN", "state": "27"} | said
    with pytest.raises(CannotBill) as refused:
        put_billing_details(reader_id=reader.pk, actor="test", now=NOON, **wanted)
    assert refused.value.field == field
    assert find_billing_details(reader.pk).state == "32"
    assert BillingDetails.objects.count() == 1


def test_a_gstin_of_another_state_is_told_by_name(reader):
    with pytest.raises(CannotBill, match="was given in Maharashtra, and you chose Kerala"):
        live_in(reader, "IN-32", gstin=BUYERS_GSTIN, name="Velm Traders")


def test_abroad_the_country_is_enough(reader, settings):
    live_in(reader, "FR-27")
    assert find_billing_details(reader.pk).state == ""
    settings.PAPER = dataclasses.replace(settings.PAPER, legal_country="FR")
    live_in(reader, "IN")
    assert find_billing_details(reader.pk).country == "IN"


def test_one_row_stands_a_reader(reader):
    live_in(reader, "FR")
    with pytest.raises(IntegrityError), transaction.atomic():
        BillingDetails.objects.create(reader=reader, country="DE", written_at=NOON)


@pytest.mark.parametrize(
    ("country", "number", "asks"),
    [
        ("IN", "", (False, False)),
        ("IN", "32ZZZCL1997L1ZG", (True, True)),
        ("FR", "FR40303265045", (True, False)),
    ],
)
def test_a_paper_asks_for_what_its_tax_needs(settings, country, number, asks):
    settings.PAPER = dataclasses.replace(settings.PAPER, legal_country=country, tax_number=number)
    assert (asks_for_place(), asks_for_state()) == asks
