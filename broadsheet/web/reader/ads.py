"""House advertisements, where the variant of the page has any."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest


def find_ad(slot: str, request: HttpRequest) -> Any:
    """The advertisement of ``slot`` now, or None."""
    return None


def find_story_ad() -> Any:
    """The advertisement of a story's page: the same for every reader of the variant."""
    return None
