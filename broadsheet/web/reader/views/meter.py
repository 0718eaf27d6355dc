"""What counted against the free stories, and what is left: open to whoever reads, signed in or not."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from broadsheet.apps.benefits.queries import list_benefits
from broadsheet.apps.meter.queries import list_counted_stories
from broadsheet.domain.meter import UNLIMITED
from broadsheet.plumbing.clock import now
from broadsheet.protocol import cookies
from broadsheet.web.reader.signed_in import find_reader


@never_cache
@require_safe
def meter(request: HttpRequest) -> HttpResponse:
    instant = now()
    reader = find_reader(request)
    device = request.COOKIES.get(cookies.name_cookie(cookies.DEVICE, secure=settings.PLANT.secure))
    shown = {
        "counted": list_counted_stories(
            device_cookie=device or "", reader_id=reader.pk if reader else None, now=instant
        ),
        "reader": reader,
        "unlimited": reader is not None and UNLIMITED in list_benefits(reader.pk, instant),
    }
    return render(request, "reader/account/meter.html", shown)
