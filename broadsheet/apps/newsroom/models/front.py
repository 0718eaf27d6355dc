"""Fronts: which story stands where."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from broadsheet.plumbing.purging.declaring import Page, purges


class SlotRole(models.TextChoices):
    """The parts of a front, in the order in which they stand."""

    LEAD = "lead", _("Lead")
    RELATED = "related", _("Under the lead")
    OPINION = "opinion", _("Opinion")
    ROW = "row", _("Row of four")
    BRIEFING = "briefing", _("The morning briefing")
    PICKS = "picks", _("Chosen by the editors")
    LONG_READ = "long-read", _("The long read")


# How many stories a part of a front has room for.
ROOM: dict[str, int] = {
    SlotRole.LEAD: 1,
    SlotRole.RELATED: 4,
    SlotRole.OPINION: 5,
    SlotRole.ROW: 4,
    SlotRole.BRIEFING: 6,
    SlotRole.PICKS: 5,
    SlotRole.LONG_READ: 1,
}


@purges(Page("front:{slug}", at="/"))
class Front(models.Model):
    """A page of slots: ``home``, or the slug of a section."""

    slug = models.SlugField(max_length=60, unique=True)
    edited_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("front")
        verbose_name_plural = _("fronts")

    def __str__(self) -> str:
        return self.slug


class Slot(models.Model):
    """One place on a front and the story that stands there."""

    front = models.ForeignKey(Front, on_delete=models.CASCADE, related_name="slots")
    role = models.CharField(max_length=20, choices=SlotRole)
    position = models.PositiveSmallIntegerField()
    story = models.ForeignKey("newsroom.Story", on_delete=models.CASCADE, related_name="slots")

    class Meta:
        ordering = ("front", "role", "position")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=("front", "role", "position"), name="one_story_a_slot"),
            models.UniqueConstraint(fields=("front", "story"), name="a_story_once_a_front"),
        ]

    def __str__(self) -> str:
        return f"{self.front_id} {self.role} {self.position}"
