"""Who is signed in, and where a page may send the reader afterwards."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache

from broadsheet.apps.accounts.actions import register_reader
from broadsheet.apps.accounts.models import Reader, User
from broadsheet.plumbing.clock import now

P = ParamSpec("P")
LONGEST_PATH = 500


def find_reader(request: HttpRequest) -> Reader | None:
    """The reader of this session; staff who never read get theirs here."""
    if not isinstance(request.user, User):
        return None
    return register_reader(user=request.user, now=now())


def for_readers(
    view: Callable[Concatenate[HttpRequest, Reader, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Hand the view its reader; send everybody else to sign in first and then here."""

    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        reader = find_reader(request)
        if reader is None:
            return redirect_to_login(request.get_full_path())
        return view(request, reader, *args, **kwargs)

    return guarded


def local_path(text: str) -> str:
    """``text`` if it is an address of our own site, else nothing."""
    safe = url_has_allowed_host_and_scheme(text, allowed_hosts=None)
    return text if safe and text.startswith("/") and len(text) <= LONGEST_PATH else ""
