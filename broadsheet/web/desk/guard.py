"""Who may open what at the desk: one table over every address, and what is not in it is shut.

Wagtail asks for permission view by view; its choosers, its API and its reports ask for little or
nothing. So each first word of an address stands here with the permission that opens it, and the
table is laid over Wagtail's own checks. A test walks every address for every role.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from wagtail.admin.auth import permission_denied

View = Callable[..., HttpResponse]
ANYBODY, STAFF, HOUSE_ONLY = "anybody", "staff", "superuser"
WRITING = "newsroom.change_story"
PUBLISHING = "newsroom.publish_story"
SELLING = "advertising.change_housead"
PEOPLE = "accounts.change_user"

TABLE: dict[str, str] = {
    # before and after signing in
    "login": ANYBODY,
    "password_reset": ANYBODY,
    "jsi18n": ANYBODY,
    "sprite": ANYBODY,
    "": STAFF,
    "account": STAFF,
    "logout": STAFF,
    "dismissibles": STAFF,
    # the newsroom
    "stories": WRITING,
    "premium": WRITING,
    "free": PUBLISHING,
    "front": "newsroom.change_front",
    "storylines": "newsroom.change_storyline",
    "topics": "newsroom.change_topic",
    "authors": "newsroom.change_author",
    "images": WRITING,
    "house-pages": WRITING,
    "pages": WRITING,
    "snippets/choose/newsroom": WRITING,
    "editing-sessions": WRITING,
    "block-preview": WRITING,
    "choose-page": WRITING,
    "choose-external-link": WRITING,
    "choose-email-link": WRITING,
    "choose-phone-link": WRITING,
    "choose-anchor-link": WRITING,
    "tag-autocomplete": WRITING,
    "api": WRITING,
    "bulk/newsroom/picture": WRITING,
    # readers
    "readers": "subscriptions.view_subscription",
    "meter": "meter.view_meterpolicy",
    "licences": "licences.view_licence",
    "house-ads": SELLING,
    "plans": "plans.view_plan",
    "coupons": "plans.view_plan",
    "letters": "plans.view_plan",
    "snippets/choose/advertising": SELLING,
    # the house
    "sections": "newsroom.change_section",
    "users": PEOPLE,
    "reports": PEOPLE,
    "workflows": HOUSE_ONLY,
    "groups": HOUSE_ONLY,
    "sites": HOUSE_ONLY,
    "collections": HOUSE_ONLY,
    "settings": HOUSE_ONLY,
    "snippets": HOUSE_ONLY,
    "bulk": HOUSE_ONLY,
    "documents": HOUSE_ONLY,
    "embeds": HOUSE_ONLY,
    "test404": HOUSE_ONLY,
    "failwhale": HOUSE_ONLY,
}


def find_key(path: str) -> str:
    """What opens an address below ``/desk/``: the longest entry it begins with."""
    words = path.strip("/").split("/")
    for length in range(min(len(words), 3), 0, -1):
        name = "/".join(words[:length])
        if name in TABLE:
            return TABLE[name]
    return HOUSE_ONLY


def may_open(user: Any, key: str) -> bool:
    """Whether ``user`` holds what ``key`` names."""
    if key == ANYBODY or user.is_superuser:
        return True
    if key == HOUSE_ONLY or not user.has_perm("wagtailadmin.access_admin"):
        return False
    return key == STAFF or user.has_perm(key)


def guarded(view: View) -> View:
    """Shut the view to those whom the table does not name; the rest is Wagtail's to decide."""

    @wraps(view)
    def watched(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        below = request.path_info.removeprefix("/desk/")
        works_here = request.user.is_authenticated and request.user.has_perm(
            "wagtailadmin.access_admin"
        )
        if works_here and not may_open(request.user, find_key(below)):
            refused: HttpResponse = permission_denied(request)
            return refused
        return view(request, *args, **kwargs)

    return watched
