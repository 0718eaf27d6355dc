"""A payment company calls: check its signature, keep what it says, answer. Nothing more.

2xx means that it is on the disk. What it is worth the worker finds out (``see_to_inbox``), so
that an answer never waits for a company, and a company never waits for us.
"""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from broadsheet.apps.payments.actions.keep_webhook import keep_words
from broadsheet.apps.payments.gateways import list_gateways, open_gateway
from broadsheet.apps.payments.gateways.contract import BadSignature
from broadsheet.plumbing.clock import now

log = logging.getLogger(__name__)
MOST_BODY = 256 * 1024


@csrf_exempt  # the company's signature is the guard
@require_POST
def receive(request: HttpRequest, gateway: str) -> HttpResponse:
    """400 for a bad signature, 404 for a company that is not set up, 413 over 256 KB, else 200."""
    if gateway not in list_gateways():
        return _say("There is no such gateway here.\n", 404)
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BODY:
        return _say("A webhook is at most 256 KB.\n", 413)
    headers = {name.lower(): value for name, value in request.headers.items()}
    body, arrived = request.body, now()
    try:
        words = open_gateway(gateway).verify_webhook(headers, body, now=arrived)
    except BadSignature as error:
        log.warning("a webhook for %s was refused: %s", gateway, error)
        return _say("The signature is not good.\n", 400)
    keep_words(gateway=gateway, words=words, headers=headers, body=body, now=arrived)
    return _say("Kept.\n", 200)


def _say(words: str, status: int) -> HttpResponse:
    return HttpResponse(
        words,
        status=status,
        content_type="text/plain; charset=utf-8",
        headers={"Cache-Control": "no-store"},
    )
