"""What the gate asks about a session, in process; outsiders find no such page."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from broadsheet.apps.benefits.queries import list_benefits
from broadsheet.apps.licences.queries import find_seat_licence
from broadsheet.apps.subscriptions.queries import name_segments_of
from broadsheet.domain.meter import ReaderKind
from broadsheet.plumbing.clock import now
from broadsheet.protocol.reader_pass import ENVIRON_KEY, hash_session
from broadsheet.web.reader.signed_in import find_reader


@never_cache
@require_safe
def reader_pass(request: HttpRequest) -> JsonResponse:
    """Who the session's reader is and what they hold now."""
    if request.META.get(ENVIRON_KEY) != "1":
        raise Http404
    reader = find_reader(request)
    session = hash_session(request.session.session_key or "")
    if reader is None:
        return JsonResponse({"reader": None, "kind": "", "benefits": [], "session": session})
    at = now()
    held = list_benefits(reader.pk, at)
    answer: dict[str, Any] = {
        "reader": reader.pk,
        "kind": ReaderKind.SUBSCRIBER if held else ReaderKind.REGISTERED,
        "benefits": sorted(held),
        "segments": sorted(name_segments_of(reader, at)),
        "session": session,
    }
    if held and (licence := find_seat_licence(reader.pk, at)):
        answer["licence"] = licence
    return JsonResponse(answer)
