"""Dated rates: one follows another, and none is changed."""

from __future__ import annotations

from datetime import date

import pytest

from broadsheet.apps.invoicing.actions import CannotSetRate, put_tax_rate
from broadsheet.apps.invoicing.models import TaxRateRow
from broadsheet.apps.invoicing.queries import list_tax_rates
from broadsheet.plumbing.models import AuditRow
from tests.factories.seller import NOON

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def put(**said):
    usual = {
        "country": "IN",
        "tax_class": "online",
        "rate_bp": 1_800,
        "code": "998431",
        "starts_on": date(2020, 4, 1),
    }
    return put_tax_rate(**(usual | said), actor="ops", now=NOON)


def test_a_new_rate_ends_the_one_before():
    put()
    put(rate_bp=500, starts_on=date(2027, 4, 1))
    assert [(rate.rate_bp, rate.starts_on, rate.ends_on) for rate in list_tax_rates()] == [
        (500, date(2027, 4, 1), None),
        (1_800, date(2020, 4, 1), date(2027, 4, 1)),
    ]
    assert AuditRow.objects.filter(deed="put_tax_rate", actor="ops").count() == 2


def test_said_twice_it_stands_once():
    put()
    put()
    put(starts_on=date(2026, 4, 1))
    assert TaxRateRow.objects.count() == 1


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"country": "in"}, "two capital letters"),
        ({"tax_class": "On line"}, "short word"),
        ({"rate_bp": 10_001}, "between 0 and 100"),
        ({"rate_bp": -1}, "between 0 and 100"),
        ({"code": "99 8431"}, "eight digits"),
        ({"code": "998"}, "four to eight digits"),
        ({"rate_bp": 1_200, "starts_on": date(2020, 4, 1)}, "stands from 2020-04-01 already"),
        ({"rate_bp": 1_200, "starts_on": date(2019, 4, 1)}, "stands from 2020-04-01 already"),
    ],
)
def test_a_wrong_rate_is_refused(said, words):
    put()
    with pytest.raises(CannotSetRate, match=words):
        put(**said)
    assert [rate.rate_bp for rate in list_tax_rates()] == [1_800]


def test_abroad_a_rate_needs_no_code():
    put(country="FR", code="", rate_bp=210)
    assert list_tax_rates()[0].rate_bp == 210
