"""Forgetting the reader pass, wherever what it says may have changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from broadsheet.apps.meter.actions import revoke_session
from broadsheet.plumbing.clock import now
from broadsheet.protocol import cookies
from broadsheet.protocol.reader_pass import hash_session

GetResponse = Callable[[HttpRequest], HttpResponseBase]
WAS_SIGNED_IN = "_was_signed_in"


def forget_pass(response: HttpResponseBase) -> None:
    """Delete the reader pass, so that the gate asks again at the next page."""
    _forget(response, cookies.PASS)


class ForgetPass:
    """Middleware: whoever's session cookie changes loses the pass that went with the old one.

    That covers sign-in, sign-out, change of password and whatever else makes a new session. The
    old session is revoked at the gate, where a stolen pass would else live on for minutes.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        held = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
        response = self.get_response(request)
        fresh = response.cookies.get(settings.SESSION_COOKIE_NAME)
        if fresh is None or fresh.value == held:
            return response
        forget_pass(response)
        if held and getattr(request, WAS_SIGNED_IN, False):
            revoke_session(session=hash_session(held), now=now())
        if not fresh.value:
            _forget(response, cookies.SHOWN)
        return response

    def process_view(self, request: HttpRequest, *_view: Any) -> None:
        """Note who asks before the view changes it; elsewhere the session is left unread."""
        if request.method == "POST" and request.path.startswith("/account/"):
            setattr(request, WAS_SIGNED_IN, request.user.is_authenticated)


def _forget(response: HttpResponseBase, cookie: str) -> None:
    name = cookies.name_cookie(cookie, secure=settings.PLANT.secure)
    response.delete_cookie(name, path="/", samesite="Lax")
