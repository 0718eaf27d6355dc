from __future__ import annotations

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from broadsheet.domain.meter import Policy, WindowKind
from broadsheet.protocol.snapshot import (
    DatedPolicy,
    RevokedLink,
    RevokedSession,
    Snapshot,
    UnreadableSnapshot,
)

pytestmark = pytest.mark.pure


def at(day: int) -> datetime:
    return datetime(2026, 11, day, tzinfo=UTC)


M5 = DatedPolicy("M5", 5, 8, WindowKind.CALENDAR_MONTH, "aa", at(1), at(10))
M3 = DatedPolicy("M3", 3, 6, WindowKind.CALENDAR_MONTH, "bb", at(12))
SNAPSHOT = Snapshot(
    mark="LN",
    zone_name="Asia/Kolkata",
    language="en",
    metered_when_store_is_down="open",
    policies=(M5, M3),
    revoked=(RevokedSession("5e55", at(22)),),
    lend_premium=True,
    revoked_links=(RevokedLink(31, at(23)),),
    new_readers_per_network=1_000,
    readers_at_once=4,
    crawlers_read_full="googlebot",
)


def test_a_snapshot_survives_the_way():
    assert Snapshot.decode(SNAPSHOT.encode()) == SNAPSHOT
    assert SNAPSHOT.revoked_sessions == {"5e55"}
    assert SNAPSHOT.revoked_link_ids == {31}


def test_a_snapshot_from_before_there_were_links_says_so():
    written = json.loads(SNAPSHOT.encode())
    del written["lend_premium"], written["revoked_links"]
    read = Snapshot.decode(json.dumps(written))
    assert (read.lend_premium, read.revoked_links) == (False, ())


def test_a_snapshot_from_before_networks_were_looked_at_limits_nobody():
    written = json.loads(SNAPSHOT.encode())
    for name in ("new_readers_per_network", "readers_at_once", "crawlers_read_full"):
        del written[name]
    read = Snapshot.decode(json.dumps(written))
    assert (read.new_readers_per_network, read.readers_at_once) == (0, 0)
    assert read.crawlers_read_full == "none"


def test_the_policy_in_force_is_the_last_to_start():
    assert SNAPSHOT.find_policy(at(1)) == (
        Policy("M5", 5, 8, ZoneInfo("Asia/Kolkata")),
        M5,
    )
    assert SNAPSHOT.find_policy(at(10)) is None
    found = SNAPSHOT.find_policy(at(12))
    assert found is not None
    assert found[1] is M3


def test_the_next_change_is_a_start_or_an_end():
    assert [SNAPSHOT.find_next_change(at(day)) for day in (1, 10, 12)] == [at(10), at(12), None]


def test_nothing_is_in_force_before_the_first_snapshot():
    assert Snapshot().find_policy(at(1)) is None
    assert Snapshot().metered_when_store_is_down == "closed"


@pytest.mark.parametrize("text", ["", "{", "[]", "{}"])
def test_what_is_no_snapshot_is_refused(text):
    with pytest.raises(UnreadableSnapshot):
        Snapshot.decode(text)


@pytest.mark.parametrize(
    ("name", "value"),
    [("zone", "Mars/Olympus"), ("policies", [{}]), ("revoked", [{"session": "a", "until": "x"}])],
)
def test_a_wrong_part_is_refused(name, value):
    with pytest.raises(UnreadableSnapshot):
        Snapshot.decode(json.dumps({**json.loads(SNAPSHOT.encode()), name: value}))
