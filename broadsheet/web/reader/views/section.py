"""A section's front, and whatever else has an address of one word."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe
from wagtail.views import serve as serve_page

from broadsheet.apps.newsroom import queries
from broadsheet.apps.newsroom.models import Story
from broadsheet.web.reader.pages import page_number
from broadsheet.web.reader.shared_caches import share

RAIL = 2
ROW = 4


@require_safe
@gzip_page
def section(request: HttpRequest, slug: str) -> HttpResponse:
    """The section's newest stories; its first page opens with a lead, a rail and a row."""
    found = queries.find_section(slug)
    if found is None:
        return _house_page(request, slug)
    number = page_number(request)
    page = queries.list_section(found, page=number)
    if number > 1 and not page.stories:
        raise Http404
    stories = list(page.stories)
    opening = number == 1 and len(stories) > RAIL
    lead = _take_lead(stories) if opening else None
    shown = {
        "section": found,
        "page": page,
        "lead": lead,
        "rail": [stories.pop(0) for _ in range(min(RAIL, len(stories)))] if lead else [],
        "row": _take_row(stories) if lead else [],
        "stories": stories,
    }
    response = render(request, "reader/section.html", shown)
    return share(request, response, f"section:{slug}", stories=page.stories)


def _take_lead(stories: list[Story]) -> Story:
    """The newest of the first few that has a picture, or simply the newest."""
    for place, story in enumerate(stories[: RAIL + ROW]):
        if story.lead_picture is not None:
            return stories.pop(place)
    return stories.pop(0)


def _take_row(stories: list[Story]) -> list[Story]:
    with_picture = [story for story in stories if story.lead_picture is not None][:ROW]
    if len(with_picture) < ROW:
        return []
    for story in with_picture:
        stories.remove(story)
    return with_picture


def _house_page(request: HttpRequest, slug: str) -> HttpResponse:
    response: HttpResponse = serve_page(request, f"{slug}/")
    return response
