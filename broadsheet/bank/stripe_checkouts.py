"""Checkout sessions of the Stripe stand-in: a page, the intent behind it, and how it ends."""

from __future__ import annotations

import secrets
from typing import Any

from broadsheet.bank import stripe_deeds as deeds
from broadsheet.bank.stripe_events import announce
from broadsheet.bank.stripe_shelf import Refusal, Shelf, Thing

SHORTEST, LONGEST = 30 * 60, 24 * 3600
"""A page is open for at least and at most so many seconds."""
LEEWAY = 5


def open_session(shelf: Shelf, *, public_path: str, expires_at: int | None, **said: Any) -> Thing:
    """A page on which somebody pays ``amount_total`` once. Raises ``Refusal``."""
    now = shelf.now()
    until = int(now + LONGEST) if expires_at is None else expires_at
    if not now + SHORTEST - LEEWAY <= until <= now + LONGEST + LEEWAY:
        raise Refusal(
            400,
            "The `expires_at` timestamp must be at least 30 minutes and at most 24 hours from"
            " Checkout Session creation.",
            param="expires_at",
        )
    token = secrets.token_urlsafe(24)
    return shelf.add(
        "checkout.session",
        {
            "amount_subtotal": said["amount_total"],
            "client_reference_id": None,
            "customer": None,
            "expires_at": until,
            "metadata": {},
            "mode": "payment",
            "payment_intent": None,
            "payment_status": "unpaid",
            "status": "open",
            "_customer": None,
            "url": f"{public_path}/stripe/{token}/",
            **said,
        },
        token=token,
        ripe_at=until,
        customer=said.get("customer") or "",
    )


def expire_session(shelf: Shelf, session: Thing) -> Thing:
    """Close an open page. Raises ``Refusal`` for one that has ended."""
    if session["status"] != "open":
        raise Refusal(
            400,
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout'
            f" Session has a status of {session['status']}.",
            kept=True,
        )
    session.update(status="expired", url=None)
    shelf.save(session, ripe_at=None)
    if session["payment_intent"]:
        intent = shelf.get(session["payment_intent"], "payment_intent")
        if intent["status"] in deeds.OPEN:
            deeds.cancel(shelf, intent, reason="abandoned")
    announce(shelf, "checkout.session.expired", session)
    return session


def pay(
    shelf: Shelf,
    session: Thing,
    *,
    number: str,
    exp_month: int,
    exp_year: int,
    decline_for: str = "",
) -> Thing:
    """Somebody typed a card on an open page; the intent as it then stands.

    Raises ``Refusal`` for a card number the stand-in does not know.
    """
    intent = _find_or_add_intent(shelf, session)
    if intent["status"] not in deeds.OPEN - {"processing"}:
        return intent
    method = deeds.add_payment_method(shelf, number=number, exp_month=exp_month, exp_year=exp_year)
    intent = deeds.confirm(shelf, intent, method=method, off_session=False, decline_for=decline_for)
    return _close_if_done(shelf, session, intent)


def answer_bank(shelf: Shelf, session: Thing, *, confirmed: bool) -> Thing:
    """The holder's answer to the bank that asked (3-D Secure); the intent as it then stands."""
    intent = _find_or_add_intent(shelf, session)
    if intent["status"] != "requires_action":
        return intent
    method = shelf.get(intent["payment_method"], "payment_method")
    if confirmed:
        intent = deeds.confirm(
            shelf, intent, method=method, off_session=False, confirmed_by_holder=True
        )
    else:
        intent = deeds.decline(shelf, intent, method, "payment_intent_authentication_failure")
    return _close_if_done(shelf, session, intent)


def tell_late(shelf: Shelf, intent: Thing) -> None:
    """After a late answer: what became of the page whose intent this is, if any."""
    session = shelf.find(intent.get("_session") or "", "checkout.session")
    if session is None or session["status"] != "complete":
        return
    paid = intent["status"] == "succeeded"
    if paid:
        session["payment_status"] = "paid"
        shelf.save(session)
    ending = "succeeded" if paid else "failed"
    announce(shelf, f"checkout.session.async_payment_{ending}", session)


def ripen(shelf: Shelf) -> None:
    """Let happen what its time has come for: pages expire, late answers arrive."""
    if not shelf.list_ripe():
        return
    with shelf.book.writing():
        for thing in shelf.list_ripe():
            if thing["object"] == "checkout.session" and thing["status"] == "open":
                expire_session(shelf, thing)
            elif thing["object"] == "payment_intent" and thing["status"] == "processing":
                tell_late(shelf, deeds.settle(shelf, thing, succeeded=True))
            else:
                shelf.save(thing, ripe_at=None)


def _find_or_add_intent(shelf: Shelf, session: Thing) -> Thing:
    if session["payment_intent"]:
        return shelf.get(session["payment_intent"], "payment_intent")
    asked = session["_intent"]
    customer = session["customer"] or session["_customer"]
    if customer is None and session["customer_creation"] == "always":
        customer = deeds.add_customer(shelf)["id"]
    intent = deeds.add_intent(
        shelf,
        amount=session["amount_total"],
        currency=session["currency"],
        customer=customer,
        description=asked.get("description"),
        metadata=asked.get("metadata") or {},
        setup_future_usage=asked.get("setup_future_usage"),
        _session=session["id"],
    )
    session.update(payment_intent=intent["id"], _customer=customer)
    shelf.save(session, customer=customer or "", intent=intent["id"])
    return intent


def _close_if_done(shelf: Shelf, session: Thing, intent: Thing) -> Thing:
    if intent["status"] in {"succeeded", "processing"} and session["status"] == "open":
        paid = "paid" if intent["status"] == "succeeded" else "unpaid"
        session.update(
            status="complete", payment_status=paid, url=None, customer=session["_customer"]
        )
        shelf.save(session, ripe_at=None)
        announce(shelf, "checkout.session.completed", session)
    return intent
