"""What every page may use: the paper, and its sections, fetched once and only if asked for."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from broadsheet.plumbing.clock import now


def paper(request: HttpRequest) -> dict[str, Any]:
    """Template context: ``paper``, ``sections`` (lazy, one query), ``origin``, ``today``."""
    return {
        "paper": settings.PAPER,
        "origin": settings.PLANT.origin,
        "demo": settings.PLANT.demo,
        "today": SimpleLazyObject(now),
        "sections": SimpleLazyObject(_sections),
        "address": settings.PLANT.origin + request.path,
    }


def _sections() -> list[Any]:
    from broadsheet.apps.newsroom.queries import list_sections

    return list(list_sections())
