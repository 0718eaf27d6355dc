"""What counted against the free stories, what is left, and the one that may be given back.

Open to whoever reads, signed in or not; a stop code is put into plain words here too.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from broadsheet.apps.benefits.queries import list_benefits
from broadsheet.apps.meter.actions.giving_back import give_back_read
from broadsheet.apps.meter.queries import explain_code, find_meter
from broadsheet.counters.contract import HIGHEST_STORY, StoreUnavailable
from broadsheet.counters.giving_back import GivenBack
from broadsheet.domain.meter import UNLIMITED
from broadsheet.domain.reason_code import UnreadableCode
from broadsheet.plumbing.clock import now
from broadsheet.protocol import cookies
from broadsheet.web.reader.signed_in import find_reader

LONGEST_CODE = 40
LONGEST_TALLY = 40


@never_cache
@require_safe
def meter(request: HttpRequest) -> HttpResponse:
    """``?code=`` is a code that a stopped reader was shown."""
    instant = now()
    reader = find_reader(request)
    code = request.GET.get("code", "")[:LONGEST_CODE].strip()
    shown = {
        "meter": find_meter(
            device_cookie=_device_cookie(request),
            reader_id=reader.pk if reader else None,
            now=instant,
        ),
        "reader": reader,
        "unlimited": reader is not None and UNLIMITED in list_benefits(reader.pk, instant),
        "code": code,
        "explained": _explain(code),
    }
    return render(request, "reader/account/meter.html", shown)


@never_cache
@require_POST
def give_back(request: HttpRequest) -> HttpResponse:
    """Take the story of the form out of what counted, and say so."""
    reader = find_reader(request)
    try:
        answer = give_back_read(
            tally=request.POST.get("tally", "")[:LONGEST_TALLY],
            story_id=_read_story_id(request),
            device_cookie=_device_cookie(request),
            reader_id=reader.pk if reader else None,
            now=now(),
        )
    except StoreUnavailable:
        messages.warning(request, _("That could not be done just now. Please try again."))
        return _see_meter()
    if answer is GivenBack.DONE:
        messages.success(request, _("Done. You have one free story more."))
    elif answer is GivenBack.SPENT:
        messages.warning(request, _("You have given one back this month already."))
    else:
        messages.warning(request, _("This story does not count, so nothing was given back."))
    return _see_meter()


def _explain(code: str) -> str:
    if not code:
        return ""
    try:
        return explain_code(code).text
    except UnreadableCode:
        return _("This is no code of ours, or a character of it was miscopied. Copy it again.")


def _device_cookie(request: HttpRequest) -> str:
    name = cookies.name_cookie(cookies.DEVICE, secure=settings.PLANT.secure)
    return request.COOKIES.get(name, "")


def _read_story_id(request: HttpRequest) -> int:
    """The form's story, 0 for what is none."""
    written = request.POST.get("story", "")
    if not (written.isascii() and written.isdigit() and len(written) <= len(str(HIGHEST_STORY))):
        return 0
    return min(int(written), HIGHEST_STORY)


def _see_meter() -> HttpResponseRedirect:
    response = redirect("reader:meter")
    response.status_code = 303
    return response
