"""Pages about the paper that are made of rows: its corrections."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from broadsheet.apps.newsroom import queries


@require_safe
@gzip_page
def corrections(request: HttpRequest) -> HttpResponse:
    return render(request, "reader/corrections.html", {"corrections": queries.list_corrections()})
