from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse


def healthz(request: HttpRequest, **_: Any) -> HttpResponse:
    raise Http404


def readyz(request: HttpRequest, **_: Any) -> HttpResponse:
    raise Http404


def robots(request: HttpRequest, **_: Any) -> HttpResponse:
    raise Http404


def ads(request: HttpRequest, **_: Any) -> HttpResponse:
    raise Http404


def manifest(request: HttpRequest, **_: Any) -> HttpResponse:
    raise Http404


def favicon(request: HttpRequest, **_: Any) -> HttpResponse:
    raise Http404


def sitemap_index(request: HttpRequest, **_: Any) -> HttpResponse:
    raise Http404


def sitemap_page(request: HttpRequest, **_: Any) -> HttpResponse:
    raise Http404


def news_sitemap(request: HttpRequest, **_: Any) -> HttpResponse:
    raise Http404


def feed(request: HttpRequest, **_: Any) -> HttpResponse:
    raise Http404
