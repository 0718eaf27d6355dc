"""What we ask Razorpay for, as it wants it written. Asks nobody."""

from __future__ import annotations

from datetime import datetime, timedelta

from broadsheet.apps.payments.gateways.contract import ChargeRequest, CheckoutRequest, RefundRequest
from broadsheet.apps.payments.gateways.razorpay import states
from broadsheet.apps.payments.gateways.razorpay.states import Thing

SHORTEST_PAGE = timedelta(minutes=16)
"""Razorpay keeps a link open for 15 minutes at least; one is for the way."""
MANDATE_LASTS = timedelta(days=3650)
NOBODY = "void@razorpay.com"
"""What Razorpay writes where a payer gave no address."""


def page_for(
    request: CheckoutRequest, *, back: str, method: str, now: datetime
) -> tuple[str, Thing]:
    """Where a page is asked for and how: one that leaves a mandate, if any is wanted and lawful."""
    until = max(request.expires_at, now + SHORTEST_PAGE)
    asked = {
        "amount": request.amount.minor,
        "currency": request.amount.currency,
        "description": request.description,
        "customer": {"name": request.reader_reference},
        "expire_by": int(until.timestamp()),
        "notes": {
            states.KEY: request.key,
            states.UNTIL: str(int(request.expires_at.timestamp())),
        },
        "callback_url": back,
        "callback_method": "get",
    }
    receipt = states.receipt_of(request.key)
    if not request.wants_mandate or request.amount.minor > states.WITHOUT_HOLDER.minor:
        quiet = {"notify": {"sms": False, "email": False}, "reminder_enable": False}
        return "payment_links", {**asked, **quiet, "reference_id": receipt}
    registration = {
        "method": request.method or method,
        "max_amount": states.WITHOUT_HOLDER.minor,
        "expire_at": int((now + MANDATE_LASTS).timestamp()),
        "frequency": "as_presented",
    }
    return "subscription_registration/auth_links", {
        **asked,
        "type": "link",
        "receipt": receipt,
        "sms_notify": False,
        "email_notify": False,
        "subscription_registration": registration,
    }


def order_for(request: ChargeRequest) -> Thing:
    """The order that the one payment of a charge stands before."""
    return {
        "amount": request.amount.minor,
        "currency": request.amount.currency,
        "receipt": states.receipt_of(request.key),
        "unique_receipt": True,
        "payment_capture": True,
        "notes": {states.KEY: request.key},
    }


def debit_for(request: ChargeRequest, order: Thing, customer: Thing) -> Thing:
    """The payment on a token while its holder is away."""
    return {
        "email": customer.get("email") or NOBODY,
        "contact": customer.get("contact") or "",
        "amount": request.amount.minor,
        "currency": request.amount.currency,
        "order_id": order["id"],
        "customer_id": customer["id"],
        "token": states.read_token(request.mandate_token).name,
        "recurring": "1",
        "description": request.description,
        "notes": {states.KEY: request.key},
    }


def refund_for(request: RefundRequest) -> Thing:
    return {
        "amount": request.amount.minor,
        "speed": "normal",
        "receipt": states.receipt_of(request.key),
        "notes": {states.KEY: request.key},
    }
