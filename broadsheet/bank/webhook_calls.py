"""Webhooks on their way: kept in the book, signed and sent by one thread, tried again for a while.

A call is written in the transaction of the deed it tells of and sent afterwards, so that a kill
between the two loses none. A company signs by its own rule (``SIGNERS``), afresh at each try.
"""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Callable
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from broadsheet.bank.book import Book
from broadsheet.bank.faults import next_webhook_fault

PAUSES = (1.0, 2.0, 5.0, 15.0, 60.0, 300.0, 3600.0)
"""Seconds after each failed try; after the last the call is given up."""
ANSWER_SECONDS = 10.0
REST_SECONDS = 0.25
Signer = Callable[[str, str, str, float], dict[str, str]]
"""(secret, event, body, now) → headers."""


def sign_as_stripe(secret: str, event: str, body: str, now: float) -> dict[str, str]:
    """``Stripe-Signature: t=…,v1=…``: HMAC-SHA256 of time and body."""
    at = int(now)
    digest = hmac.new(secret.encode(), f"{at}.{body}".encode(), hashlib.sha256).hexdigest()
    return {"Stripe-Signature": f"t={at},v1={digest}"}


def sign_as_bank(secret: str, event: str, body: str, now: float) -> dict[str, str]:
    """``Bank-Signature``: as Stripe's, with the event's name beside it."""
    signed = sign_as_stripe(secret, event, body, now)["Stripe-Signature"]
    return {"Bank-Signature": signed, "Bank-Event": event}


def sign_as_razorpay(secret: str, event: str, body: str, _now: float) -> dict[str, str]:
    """``X-Razorpay-Signature``: HMAC-SHA256 of the body alone, the event's name beside it."""
    digest = hmac.new(secret.encode(), body.encode(), hashlib.sha256).hexdigest()
    return {"X-Razorpay-Signature": digest, "X-Razorpay-Event-Id": event}


SIGNERS: dict[str, Signer] = {
    "razorpay": sign_as_razorpay,
    "stripe": sign_as_stripe,
    "test": sign_as_bank,
}


def add_webhook_call(
    book: Book, *, company: str, url: str, secret: str, event: str, body: str
) -> None:
    """Have ``body`` sent to ``url`` soon, as well or badly as the fault script says."""
    fault = next_webhook_fault(book)
    kind = fault.kind if fault else ""
    state = {"drop_webhook": "dropped", "reorder_webhook": "held"}.get(kind, "due")
    late = fault.seconds if fault and kind == "delay_webhook" else 0.0
    with book.writing() as db:
        for _ in range(2 if kind == "duplicate_webhook" else 1):
            book.insert(
                "webhook_call",
                company=company,
                url=url,
                secret=secret,
                event=event,
                body=body,
                state=state,
                due_at=book.now() + late,
            )
        if state == "due":
            # What was held back comes right behind what overtook it.
            db.execute(
                "UPDATE webhook_call SET state = 'due', due_at = ? WHERE state = 'held'",
                (book.now() + 0.001,),
            )


def send_webhook_calls(book: Book, *, limit: int = 20) -> int:
    """Send what is due, oldest first; how many were answered with 2xx."""
    with book.reading() as db:
        due = db.execute(
            "SELECT * FROM webhook_call WHERE state = 'due' AND due_at <= ?"
            " ORDER BY due_at, id LIMIT ?",
            (book.now(), limit),
        ).fetchall()
    sent = 0
    for call in due:
        headers = SIGNERS[call["company"]](call["secret"], call["event"], call["body"], book.now())
        done = _post(call["url"], headers, call["body"])
        tries = call["tries"] + 1
        over = tries > len(PAUSES)
        state = "sent" if done else "given_up" if over else "due"
        later = book.now() + (0 if done or over else PAUSES[tries - 1])
        with book.writing() as db:
            db.execute(
                "UPDATE webhook_call SET state = ?, tries = ?, due_at = ? WHERE id = ?",
                (state, tries, later, call["id"]),
            )
        sent += done
    return sent


class Caller:
    """The thread that sends. ``every`` is what else is to be done each quarter of a second."""

    def __init__(self, book: Book, *, every: Callable[[], object] = lambda: None) -> None:
        self._book = book
        self._every = every
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        """Stop; what is not sent stays in the book for the next start."""
        self._ending.set()
        self._thread.join(ANSWER_SECONDS + 1)

    def _run(self) -> None:
        while not self._ending.wait(REST_SECONDS):
            self._every()
            send_webhook_calls(self._book)


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


_OPENER = build_opener(ProxyHandler({}), _NoRedirects())


def _post(url: str, headers: dict[str, str], body: str) -> bool:
    request = Request(  # noqa: S310 (only http and https addresses are taken in)
        url,
        data=body.encode(),
        headers={"Content-Type": "application/json; charset=utf-8", **headers},
        method="POST",
    )
    try:
        with _OPENER.open(request, timeout=ANSWER_SECONDS) as answer:
            return bool(200 <= answer.status < 300)  # noqa: PLR2004
    except (HTTPError, URLError, OSError, ValueError):
        return False
