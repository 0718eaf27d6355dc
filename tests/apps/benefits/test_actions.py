"""Granting, moving and taking back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from broadsheet.apps.benefits.actions import (
    grant_entitlement,
    move_end_of_entitlement,
    revoke_entitlement,
)
from broadsheet.apps.benefits.models import Benefit, Entitlement
from broadsheet.apps.benefits.queries import list_benefits, list_known_benefits
from tests.factories.sale import lay_out_plans, make_reader

pytestmark = [pytest.mark.db, pytest.mark.django_db]
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def reader(db):
    lay_out_plans()
    return make_reader()


def grant(reader, *codes, source="gift:1", ends_at=NOW + DAY):
    return grant_entitlement(
        reader_id=reader.pk,
        benefits=codes,
        starts_at=NOW,
        ends_at=ends_at,
        source=source,
        now=NOW,
    )


def test_granted_for_a_span(reader):
    assert grant(reader, "premium", "ad-free") == 2
    assert list_benefits(reader.pk, NOW) == {"premium", "ad-free"}
    assert list_benefits(reader.pk, NOW - timedelta(seconds=1)) == frozenset()
    assert list_benefits(reader.pk, NOW + DAY) == frozenset()
    assert list_benefits(make_reader("other@example.org").pk, NOW) == frozenset()


def test_granting_again_from_one_source_moves_the_span(reader):
    grant(reader, "premium")
    grant(reader, "premium", ends_at=NOW + 3 * DAY)
    assert Entitlement.objects.count() == 1
    assert list_benefits(reader.pk, NOW + 2 * DAY) == {"premium"}


def test_two_sources_hold_apart(reader):
    grant(reader, "premium", source="gift:1")
    grant(reader, "premium", "unlimited", source="gift:2")
    assert revoke_entitlement(source="gift:2", now=NOW) == 2
    assert list_benefits(reader.pk, NOW) == {"premium"}
    assert revoke_entitlement(source="gift:2", now=NOW) == 0


def test_the_end_moves_for_all_of_a_source(reader):
    grant(reader, "premium", "unlimited")
    assert move_end_of_entitlement(source="gift:1", ends_at=NOW + 5 * DAY, now=NOW) == 2
    assert list_benefits(reader.pk, NOW + 4 * DAY) == {"premium", "unlimited"}


def test_an_unknown_benefit_is_refused_whole(reader):
    with pytest.raises(Benefit.DoesNotExist, match="crossword"):
        grant(reader, "premium", "crossword")
    assert Entitlement.objects.count() == 0


def test_the_benefits_in_order(reader):
    assert [benefit.code for benefit in list_known_benefits()] == [
        "premium",
        "unlimited",
        "ad-free",
    ]
