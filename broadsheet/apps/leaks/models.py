"""One row for each story that was, or is to be, looked at by the leak scanner."""

from __future__ import annotations

from django.db import models

from broadsheet.apps.newsroom.models import Story


class StoryCheck(models.Model):
    """A story's last check. It waits while ``due_at`` is set; ``asked_at`` tells asks apart."""

    story = models.OneToOneField(Story, models.CASCADE, related_name="+")
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    checked_at = models.DateTimeField(null=True)
    representations = models.PositiveIntegerField(default=0)
    leaks = models.JSONField(default=list)
    trouble = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at"],
                name="leaks_check_waiting",
                condition=models.Q(due_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"check of story {self.story_id}"
