from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse


def corrections(request: HttpRequest, **_: Any) -> HttpResponse:
    raise Http404
