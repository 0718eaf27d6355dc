"""What came in from outside, and the story it became."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class StoryCopy(models.Model):
    """One item of a feed: its name there, and a digest that tells whether it has changed."""

    feed = models.CharField(max_length=80)
    external_id = models.CharField(max_length=255)
    digest = models.CharField(max_length=64)
    story = models.ForeignKey("newsroom.Story", on_delete=models.CASCADE, related_name="copies")
    received_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=("feed", "external_id"), name="one_story_an_item")
        ]

    def __str__(self) -> str:
        return f"{self.feed} {self.external_id}"
