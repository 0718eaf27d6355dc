from __future__ import annotations

from datetime import UTC, datetime

import pytest

from broadsheet.protocol.meter_event import (
    MeterEvent,
    UnreadableEvent,
    find_hour,
    write_pseudonym,
)

pytestmark = pytest.mark.pure

EVENT = MeterEvent(
    at=1_795_300_000_000,
    story=12,
    version=3,
    access="metered",
    reader="0123456789abcdef",
    kind="anonymous",
    outcome="full",
    reason="within-allowance",
    policy="M5",
    used=1,
    limit=5,
    window="2026-11",
)


def test_an_event_is_one_line_and_survives_the_way():
    assert "\n" not in EVENT.encode()
    assert MeterEvent.decode(EVENT.encode()) == EVENT


def test_a_line_of_a_later_version_may_say_more():
    assert MeterEvent.decode(EVENT.encode()[:-1] + ',"mood":"good"}') == EVENT


@pytest.mark.parametrize("line", ["", "{", "{}", "7", '{"at":1}'])
def test_what_is_no_event_is_refused(line):
    with pytest.raises(UnreadableEvent):
        MeterEvent.decode(line)


def test_a_pseudonym_holds_within_one_window_only():
    key = b"k" * 32
    assert write_pseudonym(key, "d1", "2026-11") == write_pseudonym(key, "d1", "2026-11")
    assert write_pseudonym(key, "d1", "2026-11") != write_pseudonym(key, "d1", "2026-12")
    assert write_pseudonym(key, "d1", "2026-11") != write_pseudonym(key, "d2", "2026-11")


def test_the_spools_hour_is_sortable():
    assert find_hour(datetime(2026, 11, 2, 4, 59, tzinfo=UTC)) == "2026-11-02T04"
