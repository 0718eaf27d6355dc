"""Pages that a CDN may keep, where there is one.

Without a CDN nothing changes. With one, lists of stories (fronts, topics, feeds, …) carry their
purge keys, and those that are the same for everybody may be kept by it for ``SHARED_SECONDS``;
browsers keep none. Whoever is signed in gets pages of their own, for a plan may free them of
advertisements. A story is never kept: each view is the gate's to decide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from broadsheet.apps.newsroom.models import Story
from broadsheet.plumbing.purging.contract import find_cdn
from broadsheet.plumbing.purging.waiting import SHARED_SECONDS
from broadsheet.protocol.cookies import PASS, name_cookie
from broadsheet.protocol.rendition import ALL, story_key

SHARED = f"public, max-age=0, s-maxage={SHARED_SECONDS}"
OWN = "private, no-cache"


def share(
    request: HttpRequest, response: HttpResponse, *keys: str, stories: Iterable[Story] = ()
) -> HttpResponse:
    """Let a CDN keep a page for whoever is not signed in."""
    return response if is_signed_in(request) else share_with_all(response, *keys, stories=stories)


def share_with_all(
    response: HttpResponse, *keys: str, stories: Iterable[Story] = ()
) -> HttpResponse:
    """Let a CDN keep a page under its keys, and under those of the stories it prints."""
    cdn = find_cdn(settings.PLANT)
    if cdn is None:
        return response
    printed = (story_key(story.pk) for story in stories)
    name, value = cdn.write_tags(list(dict.fromkeys((ALL, *keys, *printed))))
    response[name] = value
    if not response.has_header("Cache-Control"):
        response["Cache-Control"] = SHARED
    return response


def is_signed_in(request: HttpRequest) -> bool:
    """Whether the request carries a session or a pass, without opening either."""
    names = (settings.SESSION_COOKIE_NAME, name_cookie(PASS, secure=settings.PLANT.secure))
    return any(name in request.COOKIES for name in names)


class KeepOwn:
    """Middleware: with a CDN, what says nothing of caching is kept by nobody but the reader.

    A CDN may else keep such a page for as long as it likes. A page to be shared that turns out to
    hold something of one reader, for it sets a cookie or read one, is not shared.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        if settings.PLANT.cdn:
            caching = response.get("Cache-Control")
            varies = "cookie" in response.get("Vary", "").lower()
            if caching is None or (caching == SHARED and (response.cookies or varies)):
                response["Cache-Control"] = OWN
        return response
