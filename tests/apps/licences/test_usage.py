"""What licences read, counted by the hour and told as libraries want it."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta

import pytest

from broadsheet.apps.licences.actions.count_usage import count_clicks, count_requests, count_usage
from broadsheet.apps.licences.formats import UseReport, WrongPeriod, make_report, write_tr_j1
from broadsheet.apps.licences.models import UsageHour
from broadsheet.apps.licences.queries import MonthOfUse, list_use
from broadsheet.protocol.meter_event import MeterEvent
from tests.apps.licences.conftest import NOW

HOUR = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)


def event(seconds=0, *, licence=7, reader="r1", story=1, hour=HOUR, **more):
    at = int((hour + timedelta(seconds=seconds)).timestamp() * 1000)
    given = {"access": "metered", "outcome": "full", **more}
    return MeterEvent(
        at=at,
        story=story,
        version=1,
        reader=reader,
        kind="anonymous",
        reason="licensed-network",
        policy="M5",
        used=0,
        limit=0,
        window="2026-11",
        licence=licence,
        **given,
    )


@pytest.mark.pure
@pytest.mark.parametrize(
    ("seconds", "requests"),
    [
        ([0], 1),
        ([0, 29.999], 1),
        ([0, 30], 2),
        ([0, 20, 40, 60], 1),
        ([0, 20, 50], 2),
        ([50, 0, 20], 2),
        ([0, 35, 70], 3),
    ],
)
def test_two_clicks_within_thirty_seconds_are_one(seconds, requests):
    assert count_clicks([int(one * 1000) for one in seconds]) == requests


@pytest.mark.pure
def test_requests_are_counted_by_reader_story_and_licence():
    events = [
        event(0),
        event(5),
        event(100),
        event(200, story=2),
        event(300, reader="r2"),
        event(0, licence=8, access="premium"),
        event(0, licence=8, access="free"),
        event(0, licence=8, outcome="preview"),
        event(0, licence=0),
    ]
    totals, uniques = count_requests(events)
    assert (dict(totals), dict(uniques)) == ({7: 4, 8: 1}, {7: 3, 8: 1})


def write(spool, name, *events):
    spool.mkdir(exist_ok=True)
    text = "".join(one.encode() + "\n" for one in events)
    (spool / f"{name}.jsonl").write_text(text + "not an event\n")


@pytest.mark.db
def test_an_hour_is_counted_once_it_is_over_across_all_gates(licence, tmp_path):
    spool = tmp_path / "spool"
    mine = {"licence": licence.pk}
    write(spool, "2026-11-26T03-1-a", event(0, **mine), event(900, **mine))
    write(spool, "2026-11-26T03-2-b", event(10, **mine), event(0, reader="r2", **mine))
    late = event(3599, story=9, **mine)
    write(spool, "2026-11-26T04-1-a", late, event(3601, **mine), event(0, licence=999_999))
    over = HOUR + timedelta(hours=1)
    assert count_usage(spool=spool, host="h", now=over + timedelta(seconds=119)) == 0
    assert count_usage(spool=spool, host="h", now=over + timedelta(seconds=120)) == 1
    rows = UsageHour.objects.values_list("hour_at", "total", "unique")
    assert list(rows) == [(HOUR, 4, 3)]
    assert count_usage(spool=spool, host="h", now=over + timedelta(seconds=121)) == 0
    count_usage(spool=spool, host="other", now=over + timedelta(seconds=121))
    assert UsageHour.objects.count() == 2
    count_usage(spool=spool, host="h", now=over + timedelta(hours=2))
    assert sum(UsageHour.objects.filter(host="h").values_list("total", flat=True)) == 5


@pytest.mark.db
def test_nothing_to_count_is_no_fault(db, tmp_path):
    assert count_usage(spool=tmp_path / "none", host="h", now=NOW) == 0
    write(tmp_path / "spool", "strange name")
    assert count_usage(spool=tmp_path / "spool", host="h", now=NOW) == 0


@pytest.mark.db
def test_months_are_the_papers_and_empty_ones_are_there(licence):
    border = datetime(2026, 10, 31, 18, 30, tzinfo=UTC)
    for instant, total in ((border - timedelta(hours=1), 5), (border, 7), (NOW, 1)):
        UsageHour.objects.create(licence=licence, hour_at=instant, host="h", total=total, unique=1)
    assert list_use(licence.pk, date(2026, 9, 1), date(2026, 11, 26)) == (
        MonthOfUse(date(2026, 9, 1), 0, 0),
        MonthOfUse(date(2026, 10, 1), 5, 1),
        MonthOfUse(date(2026, 11, 1), 8, 2),
    )


def report(**changes):
    given = {
        "organisation": "Kadalpur University",
        "code": "kadalpur-university",
        "title": "The Lantern",
        "publisher": "Lantern Press",
        "platform": "TheLantern",
        "uri": "https://lantern.example/",
        "print_issn": "0378-5955",
        "online_issn": "",
        "months": (MonthOfUse(date(2026, 11, 1), 12, 9), MonthOfUse(date(2026, 12, 1), 0, 0)),
        "created_at": datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC),
        "counted_until": datetime(2027, 1, 2, 3, tzinfo=UTC),
        **changes,
    }
    return list(csv.reader(io.StringIO(write_tr_j1(UseReport(**given)))))


@pytest.mark.pure
def test_the_report_has_the_rows_and_columns_of_tr_j1():
    rows = report()
    assert [row[0] for row in rows[:13]] == [
        "Report_Name",
        "Report_ID",
        "Release",
        "Institution_Name",
        "Institution_ID",
        "Metric_Types",
        "Report_Filters",
        "Report_Attributes",
        "Exceptions",
        "Reporting_Period",
        "Created",
        "Created_By",
        "Registry_Record",
    ]
    said = {row[0]: row[1] for row in rows[:13]}
    assert (said["Report_ID"], said["Release"]) == ("TR_J1", "5.1")
    assert said["Reporting_Period"] == "Begin_Date=2026-11-01; End_Date=2026-12-31"
    assert (said["Created"], said["Exceptions"]) == ("2027-01-02T03:04:05Z", "")
    assert rows[13] == []
    assert rows[14] == [
        *("Title", "Publisher", "Publisher_ID", "Platform", "DOI", "Proprietary_ID"),
        *("Print_ISSN", "Online_ISSN", "URI", "Metric_Type", "Reporting_Period_Total"),
        *("Nov-2026", "Dec-2026"),
    ]
    lantern = ["The Lantern", "Lantern Press", "", "TheLantern", "", "TheLantern:TheLantern"]
    known = ["0378-5955", "", "https://lantern.example/"]
    assert rows[15:] == [
        [*lantern, *known, "Total_Item_Requests", "12", "12", "0"],
        [*lantern, *known, "Unique_Item_Requests", "9", "9", "0"],
    ]


@pytest.mark.pure
def test_a_name_that_is_a_formula_is_none():
    rows = report(organisation='=HYPERLINK("http://x")', title="@SUM(A1)", publisher="-2+3")
    assert rows[3][1] == '\'=HYPERLINK("http://x")'
    assert rows[15][:2] == ["'@SUM(A1)", "'-2+3"]


@pytest.mark.pure
def test_what_is_not_counted_yet_is_said():
    rows = report(counted_until=datetime(2026, 12, 5, 3, tzinfo=UTC))
    assert rows[8][1] == (
        "3031: Usage Not Ready for Requested Dates (request was for 2026-11-01 to 2026-12-31; "
        "however, usage is only available to 2026-12-04)"
    )


@pytest.mark.db
@pytest.mark.parametrize(
    ("first", "last", "says"),
    [
        (date(2026, 5, 1), date(2026, 4, 1), "before the first"),
        (date(2020, 1, 1), date(2026, 1, 1), "60 months at most"),
        (date(2027, 1, 1), date(2027, 2, 1), "has not come yet"),
    ],
)
def test_a_period_no_report_is_of(licence, first, last, says):
    with pytest.raises(WrongPeriod, match=says):
        make_report(licence, first, last, NOW)
