"""A licence's use, gathered for a report."""

from __future__ import annotations

from datetime import date, datetime

from django.conf import settings

from broadsheet.apps.licences.formats.tr_j1 import UseReport
from broadsheet.apps.licences.models import Licence
from broadsheet.apps.licences.queries.usage import find_counted_until, list_use
from broadsheet.domain.billing_calendar import local_day

MOST_MONTHS = 60


class WrongPeriod(ValueError):  # noqa: N818
    """A period no report can be of; the message says what to do."""


def make_report(licence: Licence, first: date, last: date, now: datetime) -> UseReport:
    """What was read from the month of ``first`` to that of ``last``. Raises ``WrongPeriod``."""
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    if months < 1:
        raise WrongPeriod("The last month lies before the first.")
    if months > MOST_MONTHS:
        raise WrongPeriod(f"A report is of {MOST_MONTHS} months at most.")
    if first > local_day(now, settings.PAPER.zone):
        raise WrongPeriod("This month has not come yet.")
    paper = settings.PAPER
    return UseReport(
        organisation=licence.organisation,
        code=licence.code,
        title=paper.name,
        publisher=paper.legal_name or paper.name,
        platform="".join(filter(str.isalnum, paper.name.encode("ascii", "ignore").decode()))
        or "paper",
        uri=f"{settings.PLANT.origin}/",
        print_issn=paper.print_issn,
        online_issn=paper.online_issn,
        months=list_use(licence.pk, first, last),
        created_at=now,
        counted_until=find_counted_until(),
    )
