"""Tell readers before they are charged, and before a card or mandate runs out: each once a term.

A week before the term's end, of a year's or longer term also a month before; of a permission that
ends before the next charge, a month before. The rows of ``Notice`` say what has been told, so
any number of processes may do this at once, and a day missed is made up for. Source: billing.md
§6.7.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from broadsheet.apps.subscriptions.events import ChargeAhead, MandateEnding
from broadsheet.apps.subscriptions.models import Notice, Subscription
from broadsheet.domain.billing_calendar import local_day
from broadsheet.domain.subscription import State
from broadsheet.plumbing.events import announce_all
from broadsheet.plumbing.many_rows import insert_rows

BEFORE, EARLY = timedelta(days=7), timedelta(days=30)
BATCH = 500
A_YEAR = Q(term_unit="year") | Q(term_unit="month", term_count__gte=12)


def tell_ahead(*, now: datetime, limit: int = BATCH) -> int:
    """Announce up to ``limit`` letters of each kind; how many in all."""
    today = local_day(now, settings.PAPER.zone)
    return sum(_tell(kind, due, now, limit) for kind, due in _wanted(today).items())


def _wanted(today: date) -> dict[Notice.Kind, Q]:
    """Who is to be told what; who was told the nearer thing needs the earlier no more."""
    ahead = Q(ends_on__gt=today)
    return {
        Notice.Kind.BEFORE: ahead & Q(ends_on__lte=today + BEFORE),
        Notice.Kind.EARLY: A_YEAR & Q(ends_on__gt=today + BEFORE, ends_on__lte=today + EARLY),
        Notice.Kind.MANDATE_ENDS: ahead
        & Q(mandate__valid_until__lt=F("ends_on"))
        & Q(ends_on__lte=today + EARLY),
    }


@transaction.atomic
def _tell(kind: Notice.Kind, due: Q, now: datetime, limit: int) -> int:
    told = list(_lock(kind, due)[:limit])
    insert_rows(
        Notice,
        ["subscription_id", "seq", "kind", "noted_at"],
        [(one.pk, one.seq + 1, kind.value, now) for one in told],
    )
    announce_all(_say(kind, told), now=now)
    return len(told)


def _lock(kind: Notice.Kind, due: Q) -> QuerySet[Subscription]:
    before = Notice.objects.filter(subscription=OuterRef("pk"), seq=OuterRef("seq") + 1, kind=kind)
    rows = Subscription.objects.filter(
        due,
        ~Exists(before),
        state=State.ACTIVE,
        cancelled_at__isnull=True,
        frozen_at__isnull=True,
        mandate__isnull=False,
    ).select_related("mandate")
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True, of=("self",))
    return rows.order_by("ends_on", "pk")


def _say(
    kind: Notice.Kind, told: Sequence[Subscription]
) -> list[ChargeAhead] | list[MandateEnding]:
    if kind is Notice.Kind.MANDATE_ENDS:
        return [MandateEnding(one.pk, one.reader_id) for one in told]
    return [ChargeAhead(one.pk, one.reader_id, one.seq + 1) for one in told]
