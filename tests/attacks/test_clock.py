"""The edge of the window: whose clock it is, and when it turns (row 27)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.factories.attacker import is_full, verdict
from tests.factories.clocked import serve_clocked

pytestmark = pytest.mark.journey
MIDNIGHT = datetime(datetime.now(UTC).year + 1, 12, 31, 18, 30, tzinfo=UTC)
"""A new year in the paper's own zone, five and a half hours before Greenwich's."""
SEVEN_DAYS = """
from broadsheet.apps.meter.actions.policies import PolicyTerms, adopt_policy
from broadsheet.domain.meter import WindowKind
at = now()
adopt_policy(
    anonymous_allowance=5, registered_allowance=8, message="Come back.", starts_at=at,
    actor="test", now=at, terms=PolicyTerms(window=WindowKind.ROLLING_DAYS, days=7),
)
"""
SPENT = "preview; reason=allowance-spent; used=5; limit=5"


@pytest.fixture(scope="module")
def house(lantern, tmp_path_factory):
    folder = tmp_path_factory.mktemp("clocked")
    with serve_clocked(lantern.home, folder, MIDNIGHT - timedelta(days=3)) as served:
        yield served


@pytest.fixture
def rolling(lantern, tmp_path):
    eve = MIDNIGHT - timedelta(days=1)
    with serve_clocked(lantern.home, tmp_path, eve, deeds=SEVEN_DAYS) as served:
        yield served


def test_the_window_turns_at_the_papers_midnight_and_at_no_other(house, by_access):
    paths = by_access["metered"][:12]
    house.set_clock(MIDNIGHT - timedelta(seconds=1))
    with httpx.Client(base_url=house.address, timeout=30) as client:
        assert [is_full(client.get(path)) for path in paths[:6]] == [True] * 5 + [False]
        assert verdict(client.get(paths[5])) == SPENT
        house.set_clock(MIDNIGHT)
        first = client.get(paths[5])
        assert verdict(first) == "full; reason=within-allowance; used=1; limit=5"
        assert [is_full(client.get(path)) for path in paths[6:12]] == [True] * 4 + [False] * 2
        house.set_clock(MIDNIGHT + timedelta(hours=5, minutes=30))
        assert verdict(client.get(paths[11])) == SPENT


def test_a_clock_put_back_finds_the_old_count(house, by_access):
    paths = by_access["metered"][:7]
    with httpx.Client(base_url=house.address, timeout=30) as client:
        house.set_clock(MIDNIGHT - timedelta(hours=1))
        for path in paths[:5]:
            client.get(path)
        house.set_clock(MIDNIGHT + timedelta(hours=1))
        assert is_full(client.get(paths[5]))
        house.set_clock(MIDNIGHT - timedelta(minutes=30))
        assert verdict(client.get(paths[6])) == SPENT


def test_the_readers_clock_is_not_asked(house, by_access):
    paths = by_access["metered"][:7]
    house.set_clock(MIDNIGHT - timedelta(hours=2))
    with httpx.Client(base_url=house.address, timeout=30) as client:
        for path in paths[:5]:
            client.get(path)
        for name, value in (
            ("Date", "Fri, 01 Jan 2027 00:00:00 GMT"),
            ("X-Timezone", "Pacific/Kiritimati"),
            ("X-Timezone-Offset", "-840"),
            ("If-Modified-Since", "Fri, 01 Jan 2027 00:00:00 GMT"),
            ("Cookie", "timezone=Pacific/Kiritimati; tz=14"),
        ):
            cookie = f"bs_device={client.cookies['bs_device']}"
            sent = {"Cookie": cookie, name: value if name != "Cookie" else f"{cookie}; {value}"}
            assert verdict(client.get(paths[5], headers=sent)) == SPENT, name


def test_rolling_days_have_no_edge_to_read_around(rolling, by_access):
    paths = by_access["metered"][:16]
    rolling.set_clock(MIDNIGHT - timedelta(seconds=30))
    with httpx.Client(base_url=rolling.address, timeout=30) as client:
        assert [is_full(client.get(path)) for path in paths[:6]] == [True] * 5 + [False]
        for later in (0, 1, 5, 6 * 24 - 1):
            rolling.set_clock(MIDNIGHT + timedelta(hours=later))
            assert verdict(client.get(paths[5])) == SPENT, later
        rolling.set_clock(MIDNIGHT + timedelta(days=6))
        assert [is_full(client.get(path)) for path in paths[5:11]] == [True] * 5 + [False]
