"""The search box."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from broadsheet.apps.newsroom import queries
from broadsheet.web.reader.pages import page_number

LONGEST = 200


@require_safe
@gzip_page
def search(request: HttpRequest) -> HttpResponse:
    """``/search/?q=salt pans``: published stories that hold every word, newest first."""
    text = " ".join(request.GET.get("q", "").replace("\0", "").split())[:LONGEST]
    page = queries.search_stories(text, page=page_number(request))
    shown = {"query": text, "words": text.split(), "page": page, "stories": page.stories}
    response = render(request, "reader/search.html", shown)
    response["X-Robots-Tag"] = "noindex"
    return response
