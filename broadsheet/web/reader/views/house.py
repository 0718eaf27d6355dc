"""Pages about the paper that are made of rows: its corrections."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from broadsheet.apps.newsroom import queries
from broadsheet.web.reader.shared_caches import share


@require_safe
@gzip_page
def corrections(request: HttpRequest) -> HttpResponse:
    shown = {"corrections": queries.list_corrections()}
    return share(request, render(request, "reader/corrections.html", shown), "corrections")
