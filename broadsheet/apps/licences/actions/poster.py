"""Posters: a code on the wall that gives a device the licence for a day."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F

from broadsheet.apps.licences.actions.keep_licence import hold_licence
from broadsheet.apps.licences.events import LicencesChanged
from broadsheet.apps.licences.models import Poster, PosterDay
from broadsheet.apps.licences.queries.licences import SUBJECT
from broadsheet.domain.billing_calendar import day_begins, local_day
from broadsheet.domain.licence import MOST_PASSES_A_DAY, WrongLicence
from broadsheet.plumbing.audit import record_deed
from broadsheet.plumbing.events import announce
from broadsheet.protocol.licences import DAY_PASS, DeviceMark

PASS_LIFE = timedelta(hours=24)
LONGEST_LABEL = 80


class CannotPass(ValueError):  # noqa: N818
    """The poster gives no pass now; the message says why. ``is_over`` if it never will again."""

    def __init__(self, message: str, *, is_over: bool = True) -> None:
        super().__init__(message)
        self.is_over = is_over


@transaction.atomic
def make_poster(
    *, code: str, label: str, most_a_day: int, actor: str, now: datetime, days: int = 0
) -> Poster:
    """Make a poster good for ``days``, or for as long as the licence lasts.

    Raises ``WrongLicence``, ``CannotChange``, ``Licence.DoesNotExist``.
    """
    licence = hold_licence(code, now)
    if not 1 <= most_a_day <= MOST_PASSES_A_DAY:
        raise WrongLicence("most_a_day", f"Write a number from 1 to {MOST_PASSES_A_DAY:,}.")
    if not 0 <= days <= 3_660:  # noqa: PLR2004
        raise WrongLicence("days", "Write a number of days, or 0 for as long as the licence lasts.")
    zone = settings.PAPER.zone
    ends_at = licence.ends_at
    if days:
        ends_at = min(ends_at, day_begins(local_day(now, zone) + timedelta(days=days), zone))
    poster = Poster.objects.create(
        licence=licence,
        label=" ".join(label.split())[:LONGEST_LABEL],
        most_a_day=most_a_day,
        made_at=now,
        expires_at=ends_at,
    )
    _tell("make_poster", poster, actor=actor, now=now)
    return poster


@transaction.atomic
def revoke_poster(*, code: str, poster_id: int, actor: str, now: datetime) -> bool:
    """Take a poster back, and every pass it gave, within a second; whether it was open."""
    rows = Poster.objects.filter(pk=poster_id, licence__code=code, revoked_at__isnull=True)
    if not rows.update(revoked_at=now):
        return False
    poster = Poster.objects.select_related("licence").get(pk=poster_id)
    _tell("revoke_poster", poster, actor=actor, now=now)
    return True


@transaction.atomic
def take_day_pass(*, poster_id: int, now: datetime) -> DeviceMark:
    """Give a device a pass for a day; check and count are one statement. Raises ``CannotPass``."""
    poster = Poster.objects.select_related("licence").filter(pk=poster_id).first()
    if poster is None or poster.revoked_at is not None or now >= poster.expires_at:
        raise CannotPass("This code is no longer in use. Ask at the desk for the present one.")
    if not poster.licence.is_in_force(now):
        raise CannotPass(f"The licence of {poster.licence.organisation} is not in force today.")
    today = local_day(now, settings.PAPER.zone)
    PosterDay.objects.get_or_create(poster=poster, on=today)
    room = PosterDay.objects.filter(poster=poster, on=today, given__lt=poster.most_a_day)
    if not room.update(given=F("given") + 1):
        raise CannotPass(
            f"All {poster.most_a_day} passes of today are given. There are more tomorrow.",
            is_over=False,
        )
    return DeviceMark(DAY_PASS, poster.licence_id, poster.pk, int((now + PASS_LIFE).timestamp()))


def _tell(deed: str, poster: Poster, *, actor: str, now: datetime) -> None:
    subject = f"{SUBJECT}{poster.licence.code}"
    record_deed(actor=actor, deed=deed, subject=subject, now=now, poster=poster.pk)
    announce(LicencesChanged(poster.licence_id), now=now)
