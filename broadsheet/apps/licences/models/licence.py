"""An agreement with an organisation."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from broadsheet.apps.benefits.models import Benefit
from broadsheet.apps.payments.models import Order
from broadsheet.domain.billing_calendar import day_begins
from broadsheet.domain.licence import MOST_REMEMBERED_DAYS


class Licence(models.Model):
    """Benefits for an organisation's people for ``[starts_on, ends_on)`` in the paper's zone.

    ``seats_taken`` counts the seats held and never passes ``seats``: check and count are one
    statement. ``ended_at`` is an end before its day. ``marks_since`` calls in what devices were
    given before it.
    """

    code = models.SlugField(_("code"), max_length=40, unique=True)
    organisation = models.CharField(_("organisation"), max_length=120)
    contact = models.EmailField(_("contact"), blank=True)
    benefits = models.ManyToManyField(Benefit, related_name="+", verbose_name=_("benefits"))
    seats = models.PositiveIntegerField(_("seats"), default=0)
    seats_taken = models.PositiveIntegerField(default=0)
    starts_on = models.DateField(_("begins on"))
    ends_on = models.DateField(_("ends on"))
    ended_at = models.DateTimeField(null=True)
    remember_days = models.PositiveSmallIntegerField(_("days remembered off campus"), default=0)
    allows_private = models.BooleanField(_("private addresses allowed"), default=False)
    marks_since = models.DateTimeField(null=True)
    order = models.OneToOneField(Order, null=True, on_delete=models.PROTECT, related_name="licence")
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("licence")
        verbose_name_plural = _("licences")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gt=F("starts_on")), name="a_licence_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(seats_taken__lte=F("seats")), name="no_more_seats_than_the_licence_has"
            ),
            models.CheckConstraint(
                condition=Q(remember_days__lte=MOST_REMEMBERED_DAYS),
                name="a_device_is_remembered_so_long_at_most",
            ),
        ]
        indexes = [models.Index(fields=["ends_on"], name="licences_by_end")]

    def __str__(self) -> str:
        return self.organisation

    @property
    def starts_at(self) -> datetime:
        return day_begins(self.starts_on, _zone())

    @property
    def ends_at(self) -> datetime:
        """When it stops, its end before its day included."""
        planned = day_begins(self.ends_on, _zone())
        return planned if self.ended_at is None else min(planned, self.ended_at)

    @property
    def seats_left(self) -> int:
        return self.seats - self.seats_taken

    def is_in_force(self, now: datetime) -> bool:
        return self.starts_at <= now < self.ends_at

    def is_over(self, now: datetime) -> bool:
        return now >= self.ends_at


class RangeRegister(models.Model):
    """One row, locked by whoever enters ranges: two entries at once are checked in turn."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)

    def __str__(self) -> str:
        return "the register of ranges"


def _zone() -> ZoneInfo:
    zone: ZoneInfo = settings.PAPER.zone
    return zone
