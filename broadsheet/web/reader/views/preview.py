"""A draft as readers will see it, for the desk's preview pane."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from broadsheet.apps.meter.queries import get_policy_in_force
from broadsheet.apps.newsroom.models import Story
from broadsheet.domain.meter import Outcome, Policy, Wall, get_window
from broadsheet.domain.story import AccessClass
from broadsheet.plumbing.clock import now
from broadsheet.protocol.rendition import RenditionRequest
from broadsheet.web.reader.views.story import story_context

STOPPED = "stopped"
WALLS = {
    AccessClass.REGISTERED: Wall.REGISTRATION,
    AccessClass.PREMIUM: Wall.PREMIUM,
}


def draw_preview(request: HttpRequest, *, story: Story, mode: str) -> HttpResponse:
    """The story's page from what the editor holds; ``mode`` is ``full`` or ``stopped``."""
    if story.published_at is None:
        story.published_at = now()
    wanted = _stopped(story) if mode == STOPPED else RenditionRequest(outcome=Outcome.FULL)
    response = render(request, "reader/story.html", story_context(story, wanted))
    response["X-Robots-Tag"] = "noindex"
    return response


def _stopped(story: Story) -> RenditionRequest:
    wall = WALLS.get(AccessClass(story.access), Wall.LIMIT)
    policy = get_policy_in_force(now())
    if policy is None or wall != Wall.LIMIT:
        return RenditionRequest(outcome=Outcome.PREVIEW, wall=wall)
    window = get_window(
        Policy(
            policy.code,
            policy.anonymous_allowance,
            policy.registered_allowance,
            settings.PAPER.zone,
        ),
        now(),
    )
    return RenditionRequest(
        outcome=Outcome.PREVIEW,
        wall=wall,
        policy=policy.code,
        limit=policy.anonymous_allowance,
        window=window.key,
        resets_on=window.resets_on,
    )
