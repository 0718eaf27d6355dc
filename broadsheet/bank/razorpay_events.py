"""What the Razorpay stand-in tells: one webhook to each address it was pointed at."""

from __future__ import annotations

import json

from broadsheet.bank.razorpay_shelf import Shelf, Slice, Thing, new_name, shown
from broadsheet.bank.webhook_calls import add_webhook_call

MOST_ADDRESSES = 8


def announce(shelf: Shelf, event: str, **about: Thing) -> None:
    """Tell that ``event`` happened to the objects given, by kind, as they stand now."""
    body = {
        "entity": "event",
        "account_id": "acc_BankOfKadalpur",
        "event": event,
        "contains": list(about),
        "payload": {kind: {"entity": shown(thing)} for kind, thing in about.items()},
        "created_at": int(shelf.now()),
    }
    named = new_name("event").removeprefix("event_")
    for address in shelf.list_things("webhook", Slice(count=MOST_ADDRESSES)):
        add_webhook_call(
            shelf.book,
            company="razorpay",
            url=address["url"],
            secret=address["_secret"],
            event=named,
            body=json.dumps(body),
        )
