"""What the test gateway's bank tells its merchant: one webhook for each thing that changed.

The body names what to look at and nothing that could be believed: ``{"id", "kind", "key",
"reference", "at"}``. Signed as ``Bank-Signature: t=…,v1=…``.
"""

from __future__ import annotations

import json

from broadsheet.bank.book import Book, new_reference
from broadsheet.bank.webhook_calls import add_webhook_call

KINDS = frozenset({"charge", "refund", "dispute", "mandate", "hello"})


def point_webhook(book: Book, *, url: str, secret: str) -> None:
    """Tell the merchant at ``url`` from now on; an empty one ends the telling."""
    with book.writing() as db:
        db.execute("DELETE FROM webhook_address")
        if url:
            book.insert("webhook_address", url=url, secret=secret)


def tell(book: Book, kind: str, *, reference: str, key: str = "") -> None:
    """Call inside the deed: what is told is on the disk with what it tells of."""
    with book.reading() as db:
        row = db.execute("SELECT url, secret FROM webhook_address").fetchone()
    if row is None:
        return
    event = new_reference("ev")
    said = {"id": event, "kind": kind, "key": key, "reference": reference, "at": book.now()}
    add_webhook_call(
        book,
        company="test",
        url=row["url"],
        secret=row["secret"],
        event=event,
        body=json.dumps(said, sort_keys=True),
    )
