"""A story as readers will see it, for the desk: a draft, or a policy that is not adopted yet."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from broadsheet.apps.meter.queries import list_standing, try_policies
from broadsheet.apps.newsroom.models import Story
from broadsheet.domain.meter import Outcome, Reader
from broadsheet.domain.story import AccessClass
from broadsheet.plumbing.clock import now
from broadsheet.protocol.rendition import RenditionRequest
from broadsheet.web.reader.views.story import facts_of, story_context

STOPPED = "stopped"


def draw_preview(
    request: HttpRequest,
    *,
    story: Story,
    mode: str = "",
    wanted: RenditionRequest | None = None,
    message: str | None = None,
) -> HttpResponse:
    """The story's page from what the desk holds.

    Either in a ``mode``, ``full`` or ``stopped`` (an anonymous reader with nothing left), or in the
    variant ``wanted``; ``message`` stands in for the words of its policy. It is to be looked at,
    so it brings no script.
    """
    if story.published_at is None:
        story.published_at = now()
    if wanted is None:
        wanted = _stopped(story) if mode == STOPPED else RenditionRequest(outcome=Outcome.FULL)
    shown = story_context(story, wanted, message) | {"still": True}
    response = render(request, "reader/story.html", shown)
    response["X-Robots-Tag"] = "noindex"
    return response


def _stopped(story: Story) -> RenditionRequest:
    """The wall of its access class; a free story has none, and shows what a metered one would."""
    access = AccessClass(story.access)
    trial = try_policies(
        list_standing(now()),
        story=facts_of(story).describe(),
        access=AccessClass.METERED if access is AccessClass.FREE else access,
        reader=Reader(),
        now=now(),
    )
    return trial.request
