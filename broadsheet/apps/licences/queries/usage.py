"""How much was read by a licence, month by month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db.models import Sum
from django.db.models.functions import TruncMonth

from broadsheet.apps.licences.models import CountedHours, UsageHour
from broadsheet.domain.billing_calendar import day_begins


@dataclass(frozen=True, slots=True)
class MonthOfUse:
    """One month's requests; ``month`` is its first day."""

    month: date
    total: int
    unique: int


def list_use(licence_id: int, first: date, last: date) -> tuple[MonthOfUse, ...]:
    """Every month from that of ``first`` to that of ``last``, empty ones too, in the paper's zone."""
    zone = settings.PAPER.zone
    months = list_months(first, last)
    since, until = day_begins(months[0], zone), day_begins(next_month(months[-1]), zone)
    rows = (
        UsageHour.objects.filter(licence_id=licence_id, hour_at__gte=since, hour_at__lt=until)
        .annotate(month=TruncMonth("hour_at", tzinfo=zone))
        .values("month")
        .annotate(all_total=Sum("total"), all_unique=Sum("unique"))
        .order_by("month")
    )
    found = {row["month"].date(): (row["all_total"], row["all_unique"]) for row in rows}
    return tuple(MonthOfUse(month, *found.get(month, (0, 0))) for month in months)


def find_counted_until() -> datetime | None:
    """The instant up to which all hosts have counted; ``None`` before the first count."""
    return CountedHours.objects.order_by("until").values_list("until", flat=True).first()


def list_months(first: date, last: date) -> list[date]:
    """The first days of the months from that of ``first`` to that of ``last``."""
    months = [first.replace(day=1)]
    while next_month(months[-1]) <= last:
        months.append(next_month(months[-1]))
    return months


def next_month(month: date) -> date:
    """The first day of the month after."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)
