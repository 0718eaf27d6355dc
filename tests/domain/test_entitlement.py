from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.domain.entitlement import Grant, benefits_at

pytestmark = pytest.mark.pure
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
hours = st.integers(min_value=-48, max_value=48)
grants = st.builds(
    lambda benefit, start, length, revoked: Grant(
        benefit,
        NOON + timedelta(hours=start),
        None if length is None else NOON + timedelta(hours=start + length),
        None if revoked is None else NOON + timedelta(hours=revoked),
    ),
    st.sampled_from(["premium", "unlimited", "ad-free"]),
    hours,
    st.none() | st.integers(min_value=0, max_value=48),
    st.none() | hours,
)


def test_a_grant_is_half_open():
    grant = Grant("premium", NOON, NOON + timedelta(days=1))
    assert benefits_at([grant], NOON) == {"premium"}
    assert benefits_at([grant], NOON - timedelta(microseconds=1)) == frozenset()
    assert benefits_at([grant], NOON + timedelta(days=1)) == frozenset()


def test_a_revoked_grant_stops_at_once():
    grant = Grant("premium", NOON, None, NOON + timedelta(hours=1))
    assert benefits_at([grant], NOON + timedelta(minutes=59)) == {"premium"}
    assert benefits_at([grant], NOON + timedelta(hours=1)) == frozenset()


@given(st.lists(grants), grants)
def test_another_grant_never_takes_a_benefit_away(held, more):
    assert benefits_at(held, NOON) <= benefits_at([*held, more], NOON)


@given(st.lists(grants))
def test_order_does_not_matter(held):
    assert benefits_at(held, NOON) == benefits_at(held[::-1], NOON)
