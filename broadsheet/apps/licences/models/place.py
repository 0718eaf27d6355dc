"""Where an organisation's people are known by: networks, mail domains, posters."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from broadsheet.apps.licences.models.licence import Licence
from broadsheet.domain.address_range import AddressRange


class LicensedRange(models.Model):
    """A range of addresses; ``first`` and ``last`` in 32 hexadecimal digits, so that they sort."""

    licence = models.ForeignKey(Licence, on_delete=models.CASCADE, related_name="ranges")
    version = models.PositiveSmallIntegerField()
    first = models.CharField(max_length=32)
    last = models.CharField(max_length=32)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(last__gte=F("first")), name="a_range_ends_after_it_begins"
            ),
            models.CheckConstraint(condition=Q(version__in=[4, 6]), name="a_range_is_of_ip"),
        ]
        indexes = [models.Index(fields=["version", "first"], name="ranges_in_order")]

    def __str__(self) -> str:
        return str(self.as_range())

    def as_range(self) -> AddressRange:
        return AddressRange(self.version, int(self.first, 16), int(self.last, 16))


class EmailDomain(models.Model):
    """A domain of mail whose readers may take a seat; of one licence at a time."""

    licence = models.ForeignKey(Licence, on_delete=models.CASCADE, related_name="domains")
    name = models.CharField(_("domain"), max_length=253, unique=True)

    def __str__(self) -> str:
        return self.name


class Poster(models.Model):
    """A printed code that gives a device the licence for a day, so many a day, until its end."""

    licence = models.ForeignKey(Licence, on_delete=models.CASCADE, related_name="posters")
    label = models.CharField(_("where it hangs"), max_length=80, blank=True)
    most_a_day = models.PositiveIntegerField(_("passes a day at most"))
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("made_at"), most_a_day__gte=1),
                name="a_poster_gives_something_for_a_while",
            )
        ]

    def __str__(self) -> str:
        return self.label or f"poster {self.pk}"


class PosterDay(models.Model):
    """How many passes a poster gave on one of the paper's days."""

    poster = models.ForeignKey(Poster, on_delete=models.CASCADE, related_name="days")
    on = models.DateField()
    given = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["poster", "on"], name="a_posters_day_once")]

    def __str__(self) -> str:
        return f"{self.given} on {self.on}"
