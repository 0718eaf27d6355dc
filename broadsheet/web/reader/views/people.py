"""Lists that hang on a person, a subject or a run of events."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from broadsheet.apps.newsroom import queries
from broadsheet.web.reader.pages import page_number
from broadsheet.web.reader.shared_caches import share


@require_safe
@gzip_page
def author(request: HttpRequest, slug: str) -> HttpResponse:
    found = queries.find_author(slug)
    if found is None:
        raise Http404
    page = queries.list_author(found, page=page_number(request))
    response = _list(request, "reader/author.html", {"author": found}, page)
    return share(request, response, f"author:{slug}", stories=page.stories)


@require_safe
@gzip_page
def topic(request: HttpRequest, slug: str) -> HttpResponse:
    found = queries.find_topic(slug)
    if found is None:
        raise Http404
    page = queries.list_topic(found, page=page_number(request))
    response = _list(request, "reader/topic.html", {"topic": found}, page)
    return share(request, response, f"topic:{slug}", stories=page.stories)


@require_safe
@gzip_page
def storyline(request: HttpRequest, slug: str) -> HttpResponse:
    found = queries.find_storyline(slug)
    if found is None:
        raise Http404
    page = queries.list_storyline_stories(found, page=page_number(request))
    events = queries.list_storyline_events(found)
    shown = {"storyline": found, "events": events}
    response = _list(request, "reader/storyline.html", shown, page)
    return share(request, response, f"storyline:{slug}", stories=page.stories)


def _list(
    request: HttpRequest, template: str, shown: dict[str, object], page: queries.StoryPage
) -> HttpResponse:
    if page.page > 1 and not page.stories:
        raise Http404
    return render(request, template, {**shown, "page": page, "stories": page.stories})
