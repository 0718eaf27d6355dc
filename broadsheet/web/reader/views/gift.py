"""``/gift/<token>/``: a link that lends a story is opened here, and only by a browser.

Whoever draws a card of the link, looks ahead or asks for the head spends nothing: a device counts
when it comes back with the cookie it was given. What cannot keep a cookie reads the story by the
paper's ordinary rules.
"""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from broadsheet.apps.benefits.queries import list_benefits
from broadsheet.apps.meter.actions.lending import LinkClosed, open_link
from broadsheet.apps.meter.queries.lending import (
    find_story_of_link,
    may_lend_premium,
    read_link_token,
)
from broadsheet.apps.newsroom.models import Story
from broadsheet.domain.lending import LinkKind, find_refusal
from broadsheet.domain.meter import PREMIUM, UNLIMITED
from broadsheet.domain.story import AccessClass
from broadsheet.plumbing.clock import now
from broadsheet.protocol.device import Device
from broadsheet.protocol.link import Lent, LinkToken
from broadsheet.web.reader.lent_cookie import (
    THE_PAPER,
    find_device,
    issue_device,
    list_lent,
    note_lent,
)
from broadsheet.web.reader.signed_in import find_reader

SEEN = "seen"
FORGED = "forged"
WITHDRAWN = "withdrawn"


@never_cache
@require_safe
def gift(request: HttpRequest, token: str) -> HttpResponse:
    """Lend the story and go there; or say why the link opens nothing."""
    response = _answer(request, token)
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _answer(request: HttpRequest, text: str) -> HttpResponse:
    token = read_link_token(text)
    if token is None:
        return _say_closed(request, FORGED, 404)
    story = find_story_of_link(token)
    if story is None:
        return _say_closed(request, WITHDRAWN, 410)
    if "prefetch" in request.headers.get("Sec-Purpose", ""):
        return HttpResponse(status=503)
    instant = now()
    if request.method == "HEAD" or _is_open_anyway(request, story, instant):
        return _go(story.get_absolute_url())
    device = find_device(request, instant)
    if device is None:
        return _introduce(request, story, instant)
    return _lend(request, token, story, device)


def _introduce(request: HttpRequest, story: Story, instant: datetime) -> HttpResponse:
    """Give a browser its device and see, by asking it to come again, whether it keeps it."""
    if SEEN in request.GET:
        return _go(story.get_absolute_url())
    response = _go(f"{request.path}?{SEEN}=1")
    issue_device(response, instant)
    return response


def _lend(request: HttpRequest, token: LinkToken, story: Story, device: Device) -> HttpResponse:
    instant = now()
    held = list_lent(request, device)
    try:
        link = open_link(
            link_id=token.link_id,
            device_id=device.id,
            has_opened=any(one.link_id == token.link_id for one in held),
            now=instant,
        )
    except LinkClosed as closed:
        return _say_closed(request, closed.standing, 410, story)
    response = _go(story.get_absolute_url())
    lent = Lent(token.story_id, token.link_id, token.expires_at)
    giver = link.shown_as if token.kind is LinkKind.GIFT else THE_PAPER
    note_lent(response, request, device, fresh=lent, giver=giver, now=instant)
    return response


def _is_open_anyway(request: HttpRequest, story: Story, instant: datetime) -> bool:
    """Whether a link is of no use: the story is free, cannot be lent, or is the reader's already."""
    access = story.effective_access
    if find_refusal(access, lend_premium=may_lend_premium()) is not None:
        return True
    reader = find_reader(request)
    if reader is None:
        return False
    needed = PREMIUM if access is AccessClass.PREMIUM else UNLIMITED
    return access is AccessClass.REGISTERED or needed in list_benefits(reader.pk, instant)


def _go(address: str) -> HttpResponseRedirect:
    response = HttpResponseRedirect(address)
    response.status_code = 303
    return response


def _say_closed(
    request: HttpRequest, why: str, status: int, story: Story | None = None
) -> HttpResponse:
    shown = {"why": str(why), "story": story}
    return render(request, "reader/gift/closed.html", shown, status=status)
