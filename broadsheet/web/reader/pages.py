"""Numbers of pages, as readers write them."""

from __future__ import annotations

from django.http import Http404, HttpRequest

DEEPEST = 400


def page_number(request: HttpRequest) -> int:
    """``?page=3`` → 3; without it 1. Raises ``Http404`` for what is no page."""
    written = request.GET.get("page", "1")
    if not written.isascii() or not written.isdigit() or not 1 <= int(written[:6]) <= DEEPEST:
        raise Http404
    return int(written[:6])
