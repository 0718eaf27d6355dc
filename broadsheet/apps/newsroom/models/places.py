"""Where a story stands: its section, its topics and its storyline."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel

from broadsheet.plumbing.purging.declaring import EVERY_PAGE, purges
from broadsheet.protocol.addresses import RESERVED

SECTION_ADDRESS = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def refuse_reserved(slug: str) -> None:
    """Refuse a section the address of something else, or no address. Raises ``ValidationError``."""
    if not SECTION_ADDRESS.fullmatch(slug):
        raise ValidationError(
            _("Use small letters, digits and hyphens, as in city-life."), code="misspelt"
        )
    if slug in RESERVED:
        raise ValidationError(
            _("The address /%(slug)s/ belongs to the site itself. Choose another one."),
            code="reserved",
            params={"slug": slug},
        )


@purges(EVERY_PAGE)
class Section(models.Model):  # type: ignore[django-manager-missing]
    """A part of the paper, with a front of its own at ``/<slug>/``."""

    name = models.CharField(_("name"), max_length=60)
    slug = models.SlugField(
        _("address"),
        max_length=60,
        unique=True,
        validators=[refuse_reserved],
        help_text=_("The section’s place on the site: business becomes /business/."),
    )
    position = models.PositiveSmallIntegerField(
        _("position"), default=100, help_text=_("Sections stand in the bar from low to high.")
    )
    standfirst = models.CharField(
        _("standfirst"),
        max_length=240,
        blank=True,
        help_text=_("One sentence under the section’s name."),
    )

    class Meta:
        ordering = ("position", "name")
        verbose_name = _("section")
        verbose_name_plural = _("sections")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"/{self.slug}/"


@purges(EVERY_PAGE)
class Topic(models.Model):
    """A subject that stories share and readers may follow."""

    name = models.CharField(_("name"), max_length=80)
    slug = models.SlugField(_("address"), max_length=80, unique=True)
    summary = models.CharField(
        _("summary"),
        max_length=300,
        blank=True,
        help_text=_("What the topic holds, in a sentence."),
    )

    class Meta:
        ordering = ("name",)
        verbose_name = _("topic")
        verbose_name_plural = _("topics")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("reader:topic", kwargs={"slug": self.slug})


@purges(EVERY_PAGE)
class Storyline(ClusterableModel):
    """Dated events that run through several stories."""

    title = models.CharField(_("title"), max_length=120)
    slug = models.SlugField(_("address"), max_length=80, unique=True)
    summary = models.CharField(_("summary"), max_length=300, blank=True)

    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ("title",)
        verbose_name = _("storyline")
        verbose_name_plural = _("storylines")

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("reader:storyline", kwargs={"slug": self.slug})


class Precision(models.TextChoices):
    """How exactly an event's date is known."""

    DAY = "day", _("the day")
    MONTH = "month", _("the month")
    YEAR = "year", _("the year")


class StorylineEvent(models.Model):
    """One dated event of a storyline, told by a story or by its own line."""

    storyline = ParentalKey(Storyline, on_delete=models.CASCADE, related_name="events")
    on = models.DateField(_("date"))
    precision = models.CharField(
        _("known to"), max_length=5, choices=Precision, default=Precision.DAY
    )
    title = models.CharField(_("what happened"), max_length=200)
    story = models.ForeignKey(
        "newsroom.Story",
        verbose_name=_("story"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="storyline_events",
    )

    wagtail_reference_index_ignore = True

    class Meta:
        ordering = ("-on", "-pk")
        verbose_name = _("event")
        verbose_name_plural = _("events")

    def __str__(self) -> str:
        return f"{self.on}: {self.title}"
