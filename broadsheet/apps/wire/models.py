"""What is known of each item that came in, and what was set aside."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class Take(models.Model):
    """The newest known version of one item, and the story it stands in.

    ``digest`` is of what was made of it, so that other options on a later import count as a
    change; ``seen_at`` is the instant of the import that last met the item.
    """

    feed = models.CharField(max_length=80)
    external_id = models.CharField(max_length=255)
    version = models.PositiveBigIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    canceled = models.BooleanField(default=False)
    digest = models.CharField(max_length=64)
    seen_at = models.DateTimeField()
    story = models.ForeignKey(
        "newsroom.Story", null=True, on_delete=models.CASCADE, related_name="takes"
    )

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=("feed", "external_id"), name="one_take_an_item")
        ]

    def __str__(self) -> str:
        return f"{self.feed} {self.external_id} {self.version}"


class SetAside(models.Model):
    """An item that did not become a story when its file was last read, and why."""

    file = models.CharField(_("file"), max_length=500)
    place = models.CharField(_("place"), max_length=80, blank=True)
    reason = models.CharField(_("reason"), max_length=400)
    broken = models.BooleanField(_("damaged"), default=True)
    read_at = models.DateTimeField(_("read"))

    class Meta:
        ordering = ("-read_at", "pk")
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["file"], name="set_aside_by_file")
        ]
        verbose_name = _("item set aside")
        verbose_name_plural = _("items set aside")

    def __str__(self) -> str:
        return f"{self.file}: {self.reason}"
