"""What is asked of the checks."""

from __future__ import annotations

import html

from broadsheet.apps.leaks.models import StoryCheck
from broadsheet.apps.newsroom.models import Story
from broadsheet.apps.newsroom.models.body import BREAK, TAG


def list_leaking() -> list[StoryCheck]:
    """The stories whose last check found a leak, the newest check first."""
    checks = StoryCheck.objects.filter(checked_at__isnull=False).exclude(leaks=[])
    return list(checks.select_related("story__section").order_by("-checked_at", "-pk"))


def list_paragraphs(story: Story) -> list[str]:
    """A story's running text, a line for each paragraph or item of a list."""
    lines: list[str] = []
    for block in story.body:
        if block.block_type == "paragraph":
            source = BREAK.sub("\n", block.value.source).replace("</li>", "\n")
            lines += html.unescape(TAG.sub("", source)).split("\n")
    return [line.strip() for line in lines if line.strip()]
