"""The use of one licence as COUNTER's Standard View TR_J1, Release 5.1: header, blank row, body.

Code of Practice 5.1, sections 3.2 and 4.3: thirteen named rows, the fourteenth empty, then one row
for each metric of the one title that a newspaper is.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from broadsheet.apps.licences.queries.usage import MonthOfUse, next_month

COLUMNS = (
    "Title",
    "Publisher",
    "Publisher_ID",
    "Platform",
    "DOI",
    "Proprietary_ID",
    "Print_ISSN",
    "Online_ISSN",
    "URI",
    "Metric_Type",
    "Reporting_Period_Total",
)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
TOTAL, UNIQUE = "Total_Item_Requests", "Unique_Item_Requests"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True)
class UseReport:
    """What a report says. ``counted_until`` is the instant up to which use is counted, if known."""

    organisation: str
    code: str
    title: str
    publisher: str
    platform: str
    uri: str
    print_issn: str
    online_issn: str
    months: Sequence[MonthOfUse]
    created_at: datetime
    counted_until: datetime | None = None


def write_tr_j1(report: UseReport) -> str:
    """The whole report as comma-separated values, lines ended as spreadsheets want them."""
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    for row in (*_write_header(report), [], *_write_body(report)):
        writer.writerow([_guard(str(cell)) for cell in row])
    return sheet.getvalue()


def _write_header(report: UseReport) -> list[list[object]]:
    first = report.months[0].month
    last = next_month(report.months[-1].month) - timedelta(days=1)
    return [
        ["Report_Name", "Journal Requests (Controlled)"],
        ["Report_ID", "TR_J1"],
        ["Release", "5.1"],
        ["Institution_Name", report.organisation],
        ["Institution_ID", f"{report.platform}:{report.code}"],
        ["Metric_Types", f"{TOTAL}; {UNIQUE}"],
        ["Report_Filters", "Data_Type=Journal; Access_Type=Controlled; Access_Method=Regular"],
        ["Report_Attributes", ""],
        ["Exceptions", _write_exception(report, first, last)],
        ["Reporting_Period", f"Begin_Date={first}; End_Date={last}"],
        ["Created", f"{report.created_at:%Y-%m-%dT%H:%M:%SZ}"],
        ["Created_By", report.publisher],
        ["Registry_Record", ""],
    ]


def _write_exception(report: UseReport, first: date, last: date) -> str:
    until = report.counted_until
    if until is not None and until.date() > last:
        return ""
    said = f"usage is only available to {until.date() - timedelta(days=1)}" if until else "none yet"
    return (
        f"3031: Usage Not Ready for Requested Dates (request was for {first} to {last}; "
        f"however, {said})"
    )


def _write_body(report: UseReport) -> list[list[object]]:
    named = [f"{MONTHS[one.month.month - 1]}-{one.month.year}" for one in report.months]
    counts = {
        TOTAL: [one.total for one in report.months],
        UNIQUE: [one.unique for one in report.months],
    }
    return [
        [*COLUMNS, *named],
        *(
            [
                report.title,
                report.publisher,
                "",
                report.platform,
                "",
                f"{report.platform}:{report.platform}",
                report.print_issn,
                report.online_issn,
                report.uri,
                metric,
                sum(counted),
                *counted,
            ]
            for metric, counted in counts.items()
            if sum(counted)
        ),
    ]


def _guard(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
