"""Dates as they are written in the world."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from broadsheet.apps.wire.instants import read_instant

pytestmark = pytest.mark.pure
KOLKATA = ZoneInfo("Asia/Kolkata")


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2019-01-04", "2019-01-03T18:30:00+00:00"),
        ("2001-7-25", "2001-07-24T18:30:00+00:00"),
        ("2001/7/25", "2001-07-24T18:30:00+00:00"),
        ("2013-10-21 11:35:25+00:00", "2013-10-21T11:35:25+00:00"),
        ("2017-08-24T01:58:40+0000", "2017-08-24T01:58:40+00:00"),
        ("2019-05-10T16:02:28+02:00", "2019-05-10T14:02:28+00:00"),
        ("2019-05-10T16:02:28Z", "2019-05-10T16:02:28+00:00"),
        ("2019-05-10 16:02", "2019-05-10T10:32:00+00:00"),
        ("20130709T103700Z", "2013-07-09T10:37:00+00:00"),
        ("20130709T103700+0200", "2013-07-09T08:37:00+00:00"),
        ("20130709", "2013-07-08T18:30:00+00:00"),
        ("January 4, 2019", "2019-01-03T18:30:00+00:00"),
        ("4 Jan 2019", "2019-01-03T18:30:00+00:00"),
        ("Fri, 04 Jan 2019 10:00:00 GMT", "2019-01-04T10:00:00+00:00"),
        ("1546596000", "2019-01-04T10:00:00+00:00"),
        ("1546596000000", "2019-01-04T10:00:00+00:00"),
        ("1840-03-01", "1840-02-29T18:06:32+00:00"),
    ],
)
def test_read(written: str, instant: str) -> None:
    found = read_instant(written, KOLKATA)
    assert found is not None
    assert found.isoformat() == instant


@pytest.mark.parametrize(
    "written",
    [
        "",
        "yesterday",
        "2019-02-30",
        "01/02/2019",
        "0001-01-01",
        "9999-12-31",
        "20191301",
        "2019-13-1",
    ],
)
def test_what_cannot_be_known_is_not_guessed(written: str) -> None:
    assert read_instant(written, KOLKATA) is None
