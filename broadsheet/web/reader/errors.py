"""Typeset answers for what went wrong. Those for a broken house ask nothing of the database."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

PLAIN = (500, 503)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose secret did not match; nothing was done."""
    return _page(request, "csrf", 403)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, "403", 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, "404", 404)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(request, "400", 400)


def gone(request: HttpRequest, sentence: str = "") -> HttpResponse:
    """A killed story. ``sentence`` is the editor's, and may be empty."""
    return _page(request, "410", 410, {"sentence": sentence})


def too_many(request: HttpRequest, retry_after_seconds: int = 60) -> HttpResponse:
    response = _page(request, "429", 429)
    response["Retry-After"] = str(retry_after_seconds)
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    return plain(500)


def unavailable(retry_after_seconds: int = 30) -> HttpResponse:
    response = plain(503)
    response["Retry-After"] = str(retry_after_seconds)
    return response


def plain(status: int) -> HttpResponse:
    """Answer 500 or 503 from text made once, without database, session or sign-in."""
    response = HttpResponse(plain_text(status), status=status)
    response["Cache-Control"] = "no-store"
    return response


@cache
def plain_text(status: int) -> str:
    """The whole page of 500 or 503. Its style sheet has a name that outlives releases."""
    return render_to_string(f"reader/errors/{status}.html", {"paper": settings.PAPER})


def write_plain_pages(folder: Path) -> list[Path]:
    """Write ``500.html`` and ``503.html`` where the server can send them without us."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for status in PLAIN:
        path = folder / f"{status}.html"
        path.write_text(plain_text(status), encoding="utf-8")
        written.append(path)
    return written


def _page(
    request: HttpRequest, name: str, status: int, extra: dict[str, str] | None = None
) -> HttpResponse:
    response = render(request, f"reader/errors/{name}.html", extra, status=status)
    response["Cache-Control"] = "no-store"
    return response
