"""``/bank/…`` in the demo: the stand-in bank's pages, forwarded so that one port is enough.

Only the pages for people are forwarded, never the bank's wire for merchants, and no cookie of
ours goes along. Outside the demo there is no such address.
"""

from __future__ import annotations

import re

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from broadsheet.plumbing.outbound import NoAnswer, NotSent, call

MOST_BODY = 64 * 1024
FORWARDED = re.compile(r"bank\.css|(pay|stripe|razorpay)/[A-Za-z0-9_-]{20,80}/((code|ask)/)?")
HEADERS = (
    "Cache-Control",
    "Content-Security-Policy",
    "Location",
    "Referrer-Policy",
    "X-Frame-Options",
)
FORM = "application/x-www-form-urlencoded"


@csrf_exempt  # the secret in the address is the bank's guard, as in any payment link
@require_http_methods(["GET", "HEAD", "POST"])
def bank(request: HttpRequest, page: str) -> HttpResponse:
    """Hand one request of a browser to the bank and its answer back."""
    plant = settings.PLANT
    if not plant.demo or not plant.bank_url or not FORWARDED.fullmatch(page):
        raise Http404
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BODY:
        return HttpResponse(status=413)
    posted = request.method == "POST"
    try:
        reply = call(
            request.method or "GET",
            f"{plant.bank_url}/bank/{page}",
            headers={"Content-Type": FORM} if posted else None,
            body=request.body if posted else None,
        )
    except (NotSent, NoAnswer) as error:
        sent = isinstance(error, NoAnswer)
        return render(request, "reader/demo/bank_silent.html", {"sent": sent}, status=504)
    response = HttpResponse(
        reply.body, status=reply.status, content_type=reply.headers.get("content-type")
    )
    for name in HEADERS:
        if name.lower() in reply.headers:
            response[name] = reply.headers[name.lower()]
    return response
