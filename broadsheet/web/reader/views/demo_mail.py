"""``/demo/mail/``: the letters that the demo wrote instead of sending. 404 outside the demo."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from broadsheet.web.reader.mail_folder import find_letter, list_letters


@require_safe
@never_cache
def letters(request: HttpRequest) -> HttpResponse:
    """All letters, newest first."""
    found = list_letters(_folder(), own_hosts=_own_hosts())
    return render(request, "reader/demo/letters.html", {"letters": found})


@require_safe
@never_cache
def letter(request: HttpRequest, name: str) -> HttpResponse:
    """One letter; its links are links, its code leads to where it is asked for."""
    found = find_letter(_folder(), name, own_hosts=_own_hosts())
    if found is None:
        raise Http404
    context = {"letter": found, "code_address": _code_address()}
    return render(request, "reader/demo/letter.html", context)


def _folder() -> Path:
    if not settings.PLANT.demo:
        raise Http404
    return settings.PLANT.home / "mail"


def _own_hosts() -> frozenset[str]:
    return frozenset(settings.PLANT.hosts) | {"127.0.0.1", "localhost"}


def _code_address() -> str:
    try:
        return reverse("account_confirm_login_code")
    except NoReverseMatch:
        return ""
