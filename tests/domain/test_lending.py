from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from broadsheet.domain.lending import (
    MOST_DAYS,
    MOST_DEVICES,
    Refusal,
    Standing,
    WrongName,
    WrongTerms,
    check_terms,
    find_gift_refusal,
    find_refusal,
    find_standing,
    gift_month,
    may_lend,
    tidy_name,
)
from broadsheet.domain.story import AccessClass

pytestmark = pytest.mark.pure

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
SOON = NOW + timedelta(seconds=1)


@pytest.mark.parametrize("lend_premium", [False, True])
@pytest.mark.parametrize("access", AccessClass)
def test_premium_is_lent_where_the_paper_says_so(access, lend_premium):
    expected = access is not AccessClass.PREMIUM or lend_premium
    assert may_lend(access, lend_premium=lend_premium) is expected


@pytest.mark.parametrize(
    ("access", "lend_premium", "refusal"),
    [
        (AccessClass.FREE, False, Refusal.ALREADY_FREE),
        (AccessClass.PREMIUM, False, Refusal.PREMIUM),
        (AccessClass.PREMIUM, True, None),
        (AccessClass.METERED, False, None),
        (AccessClass.REGISTERED, False, None),
    ],
)
def test_only_a_locked_story_is_lent(access, lend_premium, refusal):
    assert find_refusal(access, lend_premium=lend_premium) is refusal


@pytest.mark.parametrize(
    ("access", "quota", "given", "refusal"),
    [
        (AccessClass.METERED, 0, 0, Refusal.NO_GIFTS),
        (AccessClass.FREE, 0, 0, Refusal.NO_GIFTS),
        (AccessClass.FREE, 5, 0, Refusal.ALREADY_FREE),
        (AccessClass.PREMIUM, 5, 0, Refusal.PREMIUM),
        (AccessClass.METERED, 5, 4, None),
        (AccessClass.METERED, 5, 5, Refusal.QUOTA_SPENT),
        (AccessClass.METERED, 5, 6, Refusal.QUOTA_SPENT),
    ],
)
def test_a_reader_gives_as_many_as_the_plan_says(access, quota, given, refusal):
    found = find_gift_refusal(access, lend_premium=False, quota=quota, given=given)
    assert found is refusal


@pytest.mark.parametrize(
    ("opens", "expires_at", "revoked_at", "is_known", "standing"),
    [
        (9, SOON, None, False, Standing.OPEN),
        (10, SOON, None, False, Standing.SPENT),
        (10, SOON, None, True, Standing.OPEN),
        (0, NOW, None, True, Standing.EXPIRED),
        (0, SOON, NOW, True, Standing.REVOKED),
        (10, NOW, NOW, False, Standing.REVOKED),
    ],
)
def test_how_a_link_stands(opens, expires_at, revoked_at, is_known, standing):
    found = find_standing(
        opens=opens,
        most_opens=10,
        expires_at=expires_at,
        revoked_at=revoked_at,
        is_known=is_known,
        now=NOW,
    )
    assert found is standing


def test_a_month_is_the_papers():
    kolkata = ZoneInfo("Asia/Kolkata")
    last_hour = datetime(2026, 10, 31, 18, 29, 59, tzinfo=UTC)
    assert gift_month(last_hour, kolkata) == (
        datetime(2026, 9, 30, 18, 30, tzinfo=UTC),
        datetime(2026, 10, 31, 18, 30, tzinfo=UTC),
    )
    assert gift_month(last_hour + timedelta(seconds=1), kolkata)[0] == datetime(
        2026, 10, 31, 18, 30, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("  Meenal   K. ", "Meenal K."),
        ("", ""),
        ("Anne-Marie O’Neil & Co", "Anne-Marie O’Neil & Co"),
        ("मीनल", "मीनल"),
        ("e\u0301va", "éva"),
        ("x" * 40, "x" * 40),
    ],
)
def test_a_name_is_tidied(written, shown):
    assert tidy_name(written) == shown


@pytest.mark.parametrize(
    "written", ["x" * 41, "<b>", "http://x.example", "me@x.example", "50% off!", "a\u202eb", "🎁"]
)
def test_a_name_holds_nothing_else(written):
    with pytest.raises(WrongName):
        tidy_name(written)


@pytest.mark.parametrize(("devices", "days"), [(1, 1), (MOST_DEVICES, MOST_DAYS)])
def test_terms_that_staff_may_set(devices, days):
    check_terms(devices=devices, days=days)


@pytest.mark.parametrize(
    ("devices", "days"), [(0, 1), (MOST_DEVICES + 1, 1), (1, 0), (1, MOST_DAYS + 1)]
)
def test_terms_that_nobody_may_set(devices, days):
    with pytest.raises(WrongTerms):
        check_terms(devices=devices, days=days)
