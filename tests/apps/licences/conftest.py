"""A paper with its benefits and plans, and a licence of a university."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

NOW = datetime(2026, 11, 26, 6, 0, tzinfo=UTC)


@pytest.fixture
def make_licence(db):
    from broadsheet.apps.licences.actions import Terms, create_licence
    from tests.factories.sale import lay_out_plans

    lay_out_plans()

    def make(organisation="Kadalpur University", **terms):
        given = {
            "seats": 2,
            "starts_on": date(2026, 11, 1),
            "ends_on": date(2027, 11, 1),
            "benefits": frozenset({"premium", "unlimited"}),
            **terms,
        }
        return create_licence(
            organisation=organisation, contact="", terms=Terms(**given), actor="test", now=NOW
        )

    return make


@pytest.fixture
def licence(make_licence):
    return make_licence()
