"""What the paper shows in its two advertising places."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class AdSlot(models.TextChoices):
    """Where an advertisement stands."""

    FRONT = "front", _("Front page, below the row of four")
    STORY = "story", _("Story page, under the text")


class HouseAd(models.Model):
    """An advertisement of the paper's own."""

    slot = models.CharField(_("place"), max_length=12, choices=AdSlot)
    headline = models.CharField(_("headline"), max_length=120)
    text = models.CharField(_("text"), max_length=240, blank=True)
    link = models.CharField(
        _("link"),
        max_length=300,
        validators=[
            RegexValidator(
                r"^(/(?![/\\])|https://)",
                _("Begin with / for an address on this site, or with https://."),
            )
        ],
        help_text=_("An address on this site, such as /subscribe/."),
    )
    link_text = models.CharField(_("words of the link"), max_length=40)
    active = models.BooleanField(_("shown"), default=True)
    position = models.PositiveSmallIntegerField(
        _("turn"), default=1, help_text=_("The shown one with the lowest turn stands in the place.")
    )

    class Meta:
        ordering = ("slot", "position", "pk")
        verbose_name = _("house advertisement")
        verbose_name_plural = _("house advertisements")

    def __str__(self) -> str:
        return self.headline
