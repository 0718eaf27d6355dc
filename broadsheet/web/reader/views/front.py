"""The front page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from broadsheet.apps.newsroom import queries
from broadsheet.apps.newsroom.models import Section, SlotRole, Story
from broadsheet.web.reader.ads import find_front_ad
from broadsheet.web.reader.context import furniture
from broadsheet.web.reader.shared_caches import share

HEADLINES_EACH = 3
ROW = 4


@require_safe
@gzip_page
def home(request: HttpRequest) -> HttpResponse:
    """The front by its slots; where the desk has placed nothing, the newest stories stand."""
    front = queries.list_front("home")
    roles = front.roles
    used = front.story_ids
    if not roles[SlotRole.LEAD]:
        newest = queries.list_newest(limit=1 + ROW, exclude=used)
        roles[SlotRole.LEAD] = newest[:1]
        roles[SlotRole.ROW] = roles[SlotRole.ROW] or newest[1:]
        used |= {story.pk for story in newest}
    headlines = queries.list_newest_by_section(each=HEADLINES_EACH, exclude=used)
    shown = {
        "lead": next(iter(roles[SlotRole.LEAD]), None),
        "related": roles[SlotRole.RELATED],
        "opinion": roles[SlotRole.OPINION],
        "row": roles[SlotRole.ROW],
        "briefing": roles[SlotRole.BRIEFING],
        "picks": roles[SlotRole.PICKS],
        "long_read": next(iter(roles[SlotRole.LONG_READ]), None),
        "headlines": _by_section(furniture().sections, headlines),
        "ad": find_front_ad(request),
    }
    response = render(request, "reader/home.html", shown)
    return share(request, response, "front:home", stories=_list_printed(shown))


def _list_printed(shown: dict[str, Any]) -> Iterator[Story]:
    """Every story whose headline stands on the page."""
    yield from (shown[one] for one in ("lead", "long_read") if shown[one] is not None)
    for part in ("related", "opinion", "row", "briefing", "picks"):
        yield from shown[part]
    for _section, stories in shown["headlines"]:
        yield from stories


def _by_section(
    sections: list[Section], headlines: dict[int, list[Story]]
) -> list[tuple[Section, list[Story]]]:
    return [(section, headlines[section.pk]) for section in sections if section.pk in headlines]
