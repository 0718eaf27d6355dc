from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.domain.billing_calendar import Span
from broadsheet.domain.pausing import begins_on, days_away, frozen_days, longest_pause

pytestmark = pytest.mark.pure
DAY = date(2026, 3, 1)


def test_today_is_still_read():
    assert begins_on(date(2026, 2, 28)) == date(2026, 3, 1)
    assert frozen_days(date(2026, 3, 31), DAY) == 30
    assert frozen_days(DAY, DAY) == 0


def test_only_the_year_before_counts():
    pause = Span(date(2026, 1, 1), date(2026, 1, 31))
    assert days_away([pause], date(2026, 2, 1)) == 30
    assert days_away([pause], date(2027, 1, 1)) == 30
    assert days_away([pause], date(2027, 1, 11)) == 20
    assert days_away([pause], date(2027, 1, 31)) == 0
    assert days_away([], DAY) == 0


@st.composite
def past_pauses(draw):
    """Pauses that do not overlap, all before ``DAY``."""
    found, end = [], DAY
    for _ in range(draw(st.integers(0, 6))):
        end -= timedelta(days=draw(st.integers(0, 120)))
        start = end - timedelta(days=draw(st.integers(1, 90)))
        found.append(Span(start, end))
        end = start
    return found


@given(past_pauses(), st.integers(0, 120))
def test_no_365_days_ever_hold_more_and_one_day_more_would(pauses, most):
    def fullest(days):
        away = {span.starts_on + timedelta(days=n) for span in pauses for n in range(span.days)}
        away |= {DAY + timedelta(days=n) for n in range(days)}
        # Windows that hold a day of the new pause.
        ends = (DAY + timedelta(days=n) for n in range(1, days + 1))
        return max(sum(end - timedelta(days=365) <= day < end for day in away) for end in ends)

    days = longest_pause(pauses, DAY, most)
    if days:
        assert fullest(days) <= most
    if days < most:
        assert fullest(days + 1) > most
