from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse


def topic(request: HttpRequest, **_: Any) -> HttpResponse:
    raise Http404


def storyline(request: HttpRequest, **_: Any) -> HttpResponse:
    raise Http404


def author(request: HttpRequest, **_: Any) -> HttpResponse:
    raise Http404
