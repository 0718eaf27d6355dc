"""What every page may use: the paper, its sections and its house pages.

Sections and house pages change rarely and stand on every page, so each process keeps them for a
few seconds and forgets them at once when it saves one itself.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db.models.signals import post_delete, post_save
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from broadsheet.apps.newsroom.models import HousePage, Section
from broadsheet.apps.newsroom.queries import list_house_pages, list_sections
from broadsheet.plumbing.clock import now

KEPT_SECONDS = 10.0
OFFER_PAGE = "subscribe"
LEGAL_PAGES = frozenset({"terms", "privacy", "refunds", "grievance"})


@dataclass(slots=True)
class Furniture:
    """What stands around every page."""

    sections: list[Section] = field(default_factory=list)
    house_pages: list[HousePage] = field(default_factory=list)
    until: float = 0.0


_furniture = Furniture()


def paper(request: HttpRequest) -> dict[str, Any]:
    """Template context: ``paper``, ``sections`` and ``house_pages`` (lazy), ``origin``, ``today``."""
    return {
        "paper": settings.PAPER,
        "origin": settings.PLANT.origin,
        "demo": settings.PLANT.demo,
        "page_language": settings.PAPER.locale.replace("_", "-"),
        "today": SimpleLazyObject(now),
        "legal_pages": LEGAL_PAGES,
        "sections": SimpleLazyObject(lambda: furniture().sections),
        "house_pages": SimpleLazyObject(
            lambda: [page for page in furniture().house_pages if page.slug != OFFER_PAGE]
        ),
    }


def furniture() -> Furniture:
    """Sections and house pages, at most ten seconds old: two queries, or none."""
    global _furniture  # noqa: PLW0603
    kept = _furniture
    if kept.until < time.monotonic():
        kept = Furniture(list_sections(), list_house_pages(), time.monotonic() + KEPT_SECONDS)
        _furniture = kept
    return kept


def forget_furniture(**_signal: Any) -> None:
    """Read sections and house pages anew at the next page."""
    _furniture.until = 0.0


for _model in (Section, HousePage):
    post_save.connect(forget_furniture, sender=_model, dispatch_uid=f"furniture saved {_model}")
    post_delete.connect(forget_furniture, sender=_model, dispatch_uid=f"furniture gone {_model}")
