"""What the Stripe stand-in tells: an event on the shelf, and a webhook to each endpoint that asked."""

from __future__ import annotations

import json

from broadsheet.bank.stripe_shelf import Shelf, Slice, Thing, shown
from broadsheet.bank.webhook_calls import add_webhook_call

API_VERSION = "2026-10-28.endive"
MOST_ENDPOINTS = 16


def announce(shelf: Shelf, kind: str, about: Thing) -> None:
    """Tell that ``kind`` happened to ``about``, as it stands now."""
    event = shelf.add(
        "event",
        {
            "api_version": API_VERSION,
            "data": {"object": shown(about)},
            "pending_webhooks": 0,
            "request": {"id": None, "idempotency_key": None},
            "type": kind,
        },
    )
    endpoints, _ = shelf.list_things("webhook_endpoint", Slice(limit=MOST_ENDPOINTS))
    for endpoint in endpoints:
        wanted = endpoint["enabled_events"]
        if endpoint["status"] == "enabled" and ("*" in wanted or kind in wanted):
            add_webhook_call(
                shelf.book,
                company="stripe",
                url=endpoint["url"],
                secret=endpoint["_secret"],
                event=event["id"],
                body=json.dumps(shown(event)),
            )
