"""What an editor's preview shows: the reader's own page, for a draft that may not be saved yet."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from broadsheet.apps.meter.queries import get_snapshot
from broadsheet.apps.newsroom.models import Story
from broadsheet.domain.meter import Outcome, Wall, get_window
from broadsheet.domain.story import AccessClass
from broadsheet.plumbing.clock import now
from broadsheet.protocol.rendition import RenditionRequest
from broadsheet.web.reader.views.story import story_context

WALLS = {AccessClass.REGISTERED: Wall.REGISTRATION, AccessClass.PREMIUM: Wall.PREMIUM}


def draw_preview(request: HttpRequest, *, story: Story, mode: str) -> HttpResponse:
    """The draft as a reader would see it; ``mode`` is ``full``, or ``stopped`` for the wall."""
    story.published_at = story.published_at or now()
    wanted = _stopped(story) if mode == "stopped" else RenditionRequest(Outcome.FULL)
    return render(request, "reader/story.html", story_context(story, wanted))


def _stopped(story: Story) -> RenditionRequest:
    """The stop that this access class would bring now; a free story never stops."""
    access = AccessClass(story.access)
    if access is AccessClass.FREE:
        return RenditionRequest(Outcome.FULL)
    facts: dict[str, Any] = {"wall": WALLS.get(access, Wall.LIMIT)}
    instant = now()
    found = get_snapshot(instant).find_policy(instant)
    if found is not None and access is AccessClass.METERED:
        policy = found[0]
        window = get_window(policy, instant)
        facts |= {
            "policy": policy.code,
            "limit": policy.anonymous_allowance,
            "window": window.key,
            "resets_on": window.resets_on,
        }
    return RenditionRequest(Outcome.PREVIEW, **facts)
