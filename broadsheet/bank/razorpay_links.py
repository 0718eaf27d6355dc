"""Links of the Razorpay stand-in: a page on which somebody pays once and may leave a mandate.

A *registration link* (an invoice of type ``link``) takes one method and leaves a token; a *payment
link* takes any method and leaves nothing. Both stand before an order of their own. A refused
payment leaves the page open, so that another card can be tried.

    issued/created ─► paid
          │
          └─► cancelled (by the merchant) · expired (its time is over)
"""

from __future__ import annotations

import secrets
from typing import Any

from broadsheet.bank import razorpay_deeds as deeds
from broadsheet.bank.razorpay_events import announce
from broadsheet.bank.razorpay_instruments import Instrument
from broadsheet.bank.razorpay_shelf import Refusal, Shelf, Slice, Thing

SHORTEST = 15 * 60
LEEWAY = 5
OPEN = frozenset({"issued", "created"})
LINK_KINDS = ("invoice", "payment_link")
MOST_WRONG_CODES = 3
CODE_DIGITS = 6


def open_registration_link(shelf: Shelf, *, public_path: str, receipt: str, **said: Any) -> Thing:
    """A page that leaves a token of one method. Raises ``Refusal`` for a receipt used before."""
    _check_time(shelf, said["expire_by"])
    if receipt and shelf.list_things("invoice", Slice(count=1), receipt=receipt):
        raise Refusal("receipt must be unique for each item", field="receipt")
    customer = deeds.find_or_add_customer(shelf, said["customer"])
    order = deeds.add_order(
        shelf,
        amount=said["amount"],
        currency=said["currency"],
        receipt="",
        notes=said["notes"],
        capture=True,
    )
    token = secrets.token_urlsafe(24)
    registration = said["registration"]
    link = shelf.add(
        "invoice",
        {
            "type": "link",
            "receipt": receipt or None,
            "invoice_number": receipt or None,
            "customer_id": customer["id"],
            "customer_details": {
                name: customer.get(name) for name in ("id", "name", "email", "contact")
            },
            "order_id": order["id"],
            "payment_id": None,
            "status": "issued",
            "expire_by": said["expire_by"],
            "issued_at": int(shelf.now()),
            "paid_at": None,
            "cancelled_at": None,
            "expired_at": None,
            "amount": said["amount"],
            "amount_paid": 0,
            "amount_due": said["amount"],
            "currency": said["currency"],
            "description": said["description"],
            "notes": said["notes"],
            "short_url": f"{public_path}/razorpay/{token}/",
            "_back": said["back"],
            "_registration": registration,
        },
        receipt=receipt,
        parent=order["id"],
        token=token,
        ripe_at=said["expire_by"],
    )
    _bind(shelf, order, link, token_asked=registration, customer=customer["id"])
    return link


def open_payment_link(shelf: Shelf, *, public_path: str, receipt: str, **said: Any) -> Thing:
    """A page for one payment. Raises ``Refusal`` for a reference used before."""
    _check_time(shelf, said["expire_by"])
    if receipt and shelf.list_things("payment_link", Slice(count=1), receipt=receipt):
        raise Refusal(f"payment link with given reference_id ({receipt}) already exists")
    order = deeds.add_order(
        shelf,
        amount=said["amount"],
        currency=said["currency"],
        receipt=receipt,
        notes=said["notes"],
        capture=True,
    )
    token = secrets.token_urlsafe(24)
    link = shelf.add(
        "payment_link",
        {
            "accept_partial": False,
            "amount": said["amount"],
            "amount_paid": 0,
            "callback_method": "get" if said["back"] else "",
            "callback_url": said["back"],
            "cancelled_at": 0,
            "currency": said["currency"],
            "customer": said["customer"],
            "description": said["description"],
            "expire_by": said["expire_by"] or 0,
            "expired_at": 0,
            "notes": said["notes"],
            "order_id": order["id"],
            "payments": None,
            "reference_id": receipt,
            "short_url": f"{public_path}/razorpay/{token}/",
            "status": "created",
            "_back": said["back"],
            "_registration": {},
        },
        receipt=receipt,
        parent=order["id"],
        token=token,
        ripe_at=said["expire_by"],
    )
    _bind(shelf, order, link, token_asked={}, customer="")
    return link


def close_link(shelf: Shelf, link: Thing, *, status: str) -> Thing:
    """Cancel or expire an open page. Raises ``Refusal`` for one that has ended."""
    if link["status"] not in OPEN:
        raise Refusal(f"The link cannot be {status}: it is {link['status']} already.")
    link["status"] = status
    link[f"{status}_at"] = int(shelf.now())
    shelf.save(link, ripe_at=None)
    announce(shelf, f"{link['entity']}.{status}", **{link["entity"]: link})
    for payment in shelf.list_things("payment", Slice(count=100), parent=link["order_id"]):
        if payment["status"] == "created" and payment.get("_code"):
            deeds.fail(shelf, payment, "payment_timed_out")
    return link


def begin_payment(
    shelf: Shelf, link: Thing, instrument: Instrument, *, contact: str, decline_for: str = ""
) -> Thing:
    """Somebody chose how to pay on an open page; the payment as it then stands.

    A card of the country and a UPI id have still to be confirmed by their holder.
    """
    order = shelf.get(link["order_id"], "order")
    payment = deeds.add_payment(
        shelf,
        order,
        instrument,
        contact=contact,
        customer=link.get("customer_id"),
        invoice=link["id"] if link["entity"] == "invoice" else None,
        description=link["description"],
    )
    reason = decline_for or (instrument.reason if instrument.abroad else "")
    if reason:
        return deeds.fail(shelf, payment, reason)
    if not instrument.abroad:
        payment["_code"] = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
        return shelf.save(payment)
    return _pay(shelf, link, payment, instrument)


def confirm_payment(shelf: Shelf, link: Thing, payment: Thing, *, typed: str) -> Thing:
    """The holder typed the code of the text message, or the PIN of the UPI app (any four figures).

    After three wrong codes the bank refuses.
    """
    if payment["status"] != "created" or not payment.get("_code"):
        return payment
    instrument = deeds.instrument_of(payment)
    if instrument.reason:
        return deeds.fail(shelf, payment, instrument.reason)
    digits = "".join(typed.split()).replace("-", "")
    right = (
        digits.isdecimal() and len(digits) in {4, 6}
        if payment["method"] == "upi"
        else secrets.compare_digest(digits.encode(), payment["_code"].encode())
    )
    if right:
        payment["_code"] = ""
        return _pay(shelf, link, payment, instrument)
    payment["_wrong"] = payment.get("_wrong", 0) + 1
    shelf.save(payment)
    if payment["_wrong"] >= MOST_WRONG_CODES:
        return deeds.fail(shelf, payment, "incorrect_otp")
    return payment


def refuse_payment(shelf: Shelf, payment: Thing) -> Thing:
    """The holder says no to the bank that asks."""
    if payment["status"] != "created" or not payment.get("_code"):
        return payment
    return deeds.fail(shelf, payment, "payment_cancelled")


def settle_link(shelf: Shelf, payment: Thing) -> None:
    """After a capture: the page before the order is paid, and leaves the token it was to leave."""
    order = shelf.get(payment["order_id"], "order")
    link = shelf.find(order.get("_link", ""), *LINK_KINDS)
    if link is None or link["status"] == "paid":
        return
    if link["_registration"]:
        deeds.register_token(shelf, payment, link)
    taken = payment["amount"]
    link.update(status="paid", amount_paid=taken)
    if link["entity"] == "invoice":
        link.update(payment_id=payment["id"], paid_at=int(shelf.now()), amount_due=0)
    else:
        paid = {"payment_id": payment["id"], "amount": taken, "status": "captured"}
        link["payments"] = [{**paid, "method": payment["method"], "plink_id": link["id"]}]
    shelf.save(link, ripe_at=None)
    announce(shelf, f"{link['entity']}.paid", **{link["entity"]: link, "payment": payment})


def ripen(shelf: Shelf) -> None:
    """Let happen what its time has come for: pages expire, debits and late answers arrive."""
    if not shelf.list_ripe():
        return
    with shelf.book.writing():
        for thing in shelf.list_ripe():
            if thing["entity"] in LINK_KINDS and thing["status"] in OPEN:
                close_link(shelf, thing, status="expired")
            elif thing["entity"] == "payment" and thing["status"] == "created":
                settle(shelf, thing, reason=deeds.why_not_now(shelf, thing))
            else:
                shelf.save(thing, ripe_at=None)


def settle(shelf: Shelf, payment: Thing, *, reason: str = "") -> Thing:
    """The late end of a payment; one that failed may still succeed (a late authorisation)."""
    if payment["status"] in {"captured", "refunded"}:
        return payment
    if shelf.get(payment["order_id"], "order")["status"] == "paid":
        reason = "order_already_paid"
    if reason:
        return payment if payment["status"] == "failed" else deeds.fail(shelf, payment, reason)
    payment = deeds.capture(shelf, payment)
    settle_link(shelf, payment)
    return payment


def _pay(shelf: Shelf, link: Thing, payment: Thing, instrument: Instrument) -> Thing:
    if instrument.late:
        return shelf.save(payment, ripe_at=shelf.now() + deeds.LATE_SECONDS)
    order = shelf.get(link["order_id"], "order")
    if order["status"] == "paid":
        return deeds.fail(shelf, payment, "payment_timed_out")
    payment = deeds.capture(shelf, payment)
    settle_link(shelf, payment)
    return payment


def _bind(shelf: Shelf, order: Thing, link: Thing, *, token_asked: Thing, customer: str) -> None:
    order.update(_link=link["id"], _token_asked=token_asked, _customer=customer)
    shelf.save(order)


def _check_time(shelf: Shelf, expire_by: int | None) -> None:
    if expire_by is not None and expire_by < shelf.now() + SHORTEST - LEEWAY:
        raise Refusal("expire_by should be at least 15 minutes after current time")
