"""What the Razorpay stand-in does with money: orders, payments, tokens, refunds, disputes.

Each verb is one transaction of the book, with the webhooks that tell of it.

    payment:  created ─► authorized ─► captured ─► refunded
                 │                        ▲
                 └──► failed ─────────────┘  (a late authorisation)
    token:    initiated ─► confirmed ─► cancelled
"""

from __future__ import annotations

from typing import Any

from broadsheet.bank.razorpay_events import announce
from broadsheet.bank.razorpay_instruments import (
    INSTRUMENTS,
    Instrument,
    describe_failure,
)
from broadsheet.bank.razorpay_shelf import Refusal, Shelf, Slice, Thing, new_name

CARD_NOTICE = 36 * 3600 + 5 * 60
UPI_NOTICE = 25 * 3600
"""How long after the holder was told the debit is made. Source: Razorpay, recurring payments."""
LATE_SECONDS = 120
MOST_WITHOUT_HOLDER = 1_500_000
"""Above ₹15,000 the holder must confirm each debit: RBI, e-mandate framework."""
FEE_PER_MILLE = 20
OPEN_PAYMENT = frozenset({"created", "authorized"})


def find_or_add_customer(shelf: Shelf, said: Thing) -> Thing:
    """The customer of this e-mail address or number, or a new one."""
    known = said.get("email") or said.get("contact") or ""
    held = shelf.list_things("customer", Slice(count=1), receipt=known) if known else []
    if held:
        return held[0]
    body = {name: said.get(name) for name in ("name", "email", "contact")}
    return shelf.add("customer", {**body, "gstin": None, "notes": {}}, receipt=known)


def add_order(
    shelf: Shelf, *, amount: int, currency: str, receipt: str, notes: Thing, capture: bool
) -> Thing:
    return shelf.add(
        "order",
        {
            "amount": amount,
            "amount_paid": 0,
            "amount_due": amount,
            "currency": currency,
            "receipt": receipt or None,
            "offer_id": None,
            "status": "created",
            "attempts": 0,
            "notes": notes,
            "_capture": capture,
        },
        receipt=receipt,
    )


def place_order(shelf: Shelf, *, unique: bool, **said: Any) -> Thing:
    """An order; with ``unique`` the one that bears this receipt already. Raises ``Refusal``."""
    held = shelf.list_things("order", Slice(count=1), receipt=said["receipt"]) if unique else []
    if not held:
        return add_order(shelf, **said)
    if (held[0]["amount"], held[0]["currency"]) != (said["amount"], said["currency"]):
        raise Refusal("Order with this receipt exists with another amount.", field="receipt")
    return held[0]


def add_payment(
    shelf: Shelf,
    order: Thing,
    instrument: Instrument,
    *,
    contact: str,
    customer: str | None,
    description: str | None,
    email: str = "void@razorpay.com",
    invoice: str | None = None,
    token: str | None = None,
    notes: Thing | None = None,
) -> Thing:
    """One attempt on an order. Raises ``Refusal`` when the order is paid or being paid."""
    _refuse_second(shelf, order, recurring=token is not None)
    order.update(attempts=order["attempts"] + 1, status="attempted")
    shelf.save(order)
    upi = instrument.method == "upi"
    return shelf.add(
        "payment",
        {
            "amount": order["amount"],
            "currency": order["currency"],
            "status": "created",
            "order_id": order["id"],
            "invoice_id": invoice,
            "international": instrument.abroad,
            "method": instrument.method,
            "amount_refunded": 0,
            "refund_status": None,
            "captured": False,
            "description": description,
            "card_id": None if upi else new_name("card"),
            "card": None if upi else _card(instrument),
            "bank": None,
            "wallet": None,
            "vpa": instrument.name if upi else None,
            "email": email,
            "contact": contact,
            "customer_id": customer,
            "token_id": token,
            "notes": notes or order["notes"],
            "fee": None,
            "tax": None,
            **dict.fromkeys(describe_failure("")),
            "acquirer_data": {},
            "_instrument": instrument.name,
        },
        parent=order["id"],
    )


def _refuse_second(shelf: Shelf, order: Thing, *, recurring: bool) -> None:
    if order["status"] == "paid":
        raise Refusal(
            "Payment already done for this order.",
            reason="order_already_paid",
            metadata={"order_id": order["id"]},
        )
    before = shelf.list_things("payment", Slice(count=100), parent=order["id"])
    if recurring and any(one["status"] in OPEN_PAYMENT for one in before):
        raise Refusal(
            "A payment of this order is under way.",
            reason="payment_in_progress",
            metadata={"order_id": order["id"]},
        )


def instrument_of(payment: Thing) -> Instrument:
    return INSTRUMENTS[payment["_instrument"]]


def capture(shelf: Shelf, payment: Thing) -> Thing:
    """The money moves. Raises ``Refusal`` when another payment of the order was quicker."""
    order = shelf.get(payment["order_id"], "order")
    if order["status"] == "paid":
        raise Refusal("Payment already done for this order.", reason="order_already_paid")
    payment.update(dict.fromkeys(describe_failure("")))
    payment.update(status="authorized", acquirer_data={"rrn": new_name("card")[5:]})
    announce(shelf, "payment.authorized", payment=payment)
    if not order["_capture"]:
        return shelf.save(payment, ripe_at=None)
    return capture_authorized(shelf, payment)


def capture_authorized(shelf: Shelf, payment: Thing) -> Thing:
    """Take what was authorised; the order is paid."""
    if payment["status"] != "authorized":
        raise Refusal("This payment has already been captured")
    order = shelf.get(payment["order_id"], "order")
    fee = payment["amount"] * FEE_PER_MILLE // 1000
    payment.update(status="captured", captured=True, fee=fee, tax=fee * 18 // 118)
    shelf.save(payment, ripe_at=None)
    order.update(status="paid", amount_paid=payment["amount"], amount_due=0)
    shelf.save(order)
    announce(shelf, "payment.captured", payment=payment)
    announce(shelf, "order.paid", payment=payment, order=order)
    return payment


def fail(shelf: Shelf, payment: Thing, reason: str) -> Thing:
    """The bank or the payer says no; the order waits for another attempt."""
    payment.update(status="failed", _code="", **describe_failure(reason))
    shelf.save(payment, ripe_at=None)
    announce(shelf, "payment.failed", payment=payment)
    return payment


# -- tokens -----------------------------------------------------------------------------------------


def register_token(shelf: Shelf, payment: Thing, link: Thing) -> Thing:
    """The mandate that a first payment leaves; the payment names it."""
    asked, instrument = link["_registration"], instrument_of(payment)
    upi = instrument.method == "upi"
    customer = shelf.get(link["customer_id"], "customer")
    customer.update(contact=customer["contact"] or payment["contact"])
    shelf.save(customer)
    username, _, handle = instrument.name.partition("@")
    token = shelf.add(
        "token",
        {
            "token": new_name("token")[6:],
            "bank": None,
            "wallet": None,
            "method": instrument.method,
            "card": None if upi else _card(instrument),
            "vpa": {"username": username, "handle": handle, "name": None} if upi else None,
            "recurring": True,
            "recurring_details": {"status": "confirmed", "failure_reason": None},
            "auth_type": None,
            "mrn": None,
            "max_amount": asked["max_amount"],
            "expired_at": asked.get("expire_at"),
            "used_at": int(shelf.now()),
            "dcc_enabled": False,
            "_instrument": instrument.name,
        },
        owner=customer["id"],
    )
    payment.update(token_id=token["id"], customer_id=customer["id"])
    shelf.save(payment)
    announce(shelf, "token.confirmed", token=token)
    return token


def get_token(shelf: Shelf, customer: str, name: str) -> Thing:
    held = shelf.list_things("token", Slice(count=100), owner=customer)
    found = next((one for one in held if one["id"] == name), None)
    if found is None:
        raise Refusal("The id provided does not exist")
    return found


def cancel_token(shelf: Shelf, token: Thing) -> Thing:
    """End a mandate, by the merchant or in the holder's app."""
    if token["recurring_details"]["status"] == "cancelled":
        raise Refusal("Token is already cancelled.")
    token["recurring_details"] = {"status": "cancelled", "failure_reason": None}
    shelf.save(token)
    announce(shelf, "token.cancelled", token=token)
    return token


def debit(
    shelf: Shelf,
    *,
    order: Thing,
    token: Thing,
    customer: str,
    email: str,
    contact: str,
    description: str,
    notes: Thing,
    decline_for: str = "",
    pend: bool = False,
) -> Thing:
    """Charge a token while its holder is away. In India the debit comes after a notice."""
    instrument = INSTRUMENTS[token["_instrument"]]
    _refuse_bad_token(token, order)
    payment = add_payment(
        shelf,
        order,
        instrument,
        contact=contact,
        email=email,
        customer=customer,
        token=token["id"],
        description=description,
        notes=notes,
    )
    if decline_for:
        return fail(shelf, payment, decline_for)
    if pend:
        return payment
    if instrument.abroad:
        return capture(shelf, payment)
    notice = UPI_NOTICE if instrument.method == "upi" else CARD_NOTICE
    return shelf.save(payment, ripe_at=shelf.now() + notice)


def _refuse_bad_token(token: Thing, order: Thing) -> None:
    status = token["recurring_details"]["status"]
    if status != "confirmed":
        raise Refusal(f"Token is not confirmed but {status}.", reason="token_not_confirmed")
    if order["amount"] > min(token["max_amount"], MOST_WITHOUT_HOLDER):
        raise Refusal("The amount is above what the mandate allows.", reason="amount_above_mandate")


def why_not_now(shelf: Shelf, payment: Thing) -> str:
    """Why a debit whose time has come fails; empty when it does not."""
    if not payment["token_id"]:
        return ""
    token = shelf.get(payment["token_id"], "token")
    if token["recurring_details"]["status"] != "confirmed":
        return "mandate_revoked"
    return INSTRUMENTS[payment["_instrument"]].away_reason


# -- refunds and disputes ---------------------------------------------------------------------------


def give_refund(
    shelf: Shelf, payment: Thing, *, amount: int | None, receipt: str, notes: Thing, status: str
) -> Thing:
    """Give back ``amount``, or all that is left. ``status`` is the fault script's, else processed."""
    if payment["status"] not in {"captured", "refunded"}:
        raise Refusal("The payment status should be captured for action to be taken")
    left = payment["amount"] - payment["amount_refunded"]
    amount = left if amount is None else amount
    if left == 0:
        raise Refusal("The payment has been fully refunded already")
    if amount > left:
        raise Refusal("The total refund amount is greater than the refund payment amount")
    refund = shelf.add(
        "refund",
        {
            "amount": amount,
            "currency": payment["currency"],
            "payment_id": payment["id"],
            "notes": notes,
            "receipt": receipt or None,
            "acquirer_data": {"arn": None},
            "batch_id": None,
            "status": status,
            "speed_processed": "normal",
            "speed_requested": "normal",
        },
        receipt=receipt,
        parent=payment["id"],
    )
    if status != "failed":
        _note_given(shelf, payment, amount)
    announce(shelf, "refund.created", refund=refund, payment=payment)
    if status != "pending":
        announce(shelf, f"refund.{status}", refund=refund, payment=payment)
    return refund


def settle_refund(shelf: Shelf, refund: Thing, *, succeeded: bool) -> Thing:
    """The late end of a pending refund; a failed one puts the money back on the payment."""
    if refund["status"] != "pending":
        return refund
    refund["status"] = "processed" if succeeded else "failed"
    shelf.save(refund)
    payment = shelf.get(refund["payment_id"], "payment")
    if not succeeded:
        _note_given(shelf, payment, -refund["amount"])
    announce(shelf, f"refund.{refund['status']}", refund=refund, payment=payment)
    return refund


def _note_given(shelf: Shelf, payment: Thing, amount: int) -> None:
    given = payment["amount_refunded"] + amount
    whole = given == payment["amount"]
    payment.update(
        amount_refunded=given,
        refund_status="full" if whole else "partial" if given else None,
        status="refunded" if whole else "captured",
    )
    shelf.save(payment)


def open_dispute(shelf: Shelf, payment: Thing, *, phase: str, reason: str) -> Thing:
    """The payer's bank takes the payment back, or asks about it (``phase`` retrieval)."""
    dispute = shelf.add(
        "dispute",
        {
            "payment_id": payment["id"],
            "amount": payment["amount"],
            "currency": payment["currency"],
            "amount_deducted": 0,
            "reason_code": reason,
            "respond_by": int(shelf.now()) + 7 * 86400,
            "status": "open",
            "phase": phase,
        },
        parent=payment["id"],
    )
    announce(shelf, "payment.dispute.created", payment=payment, dispute=dispute)
    return dispute


def close_dispute(shelf: Shelf, dispute: Thing, *, status: str) -> Thing:
    """Decide a dispute (won, lost, closed). One that is decided stays as it is."""
    if dispute["status"] in {"won", "lost", "closed"}:
        return dispute
    dispute["status"] = status
    dispute["amount_deducted"] = dispute["amount"] if status == "lost" else 0
    shelf.save(dispute)
    payment = shelf.get(dispute["payment_id"], "payment")
    announce(shelf, f"payment.dispute.{status}", payment=payment, dispute=dispute)
    return dispute


def _card(instrument: Instrument) -> Thing:
    return {
        "entity": "card",
        "last4": instrument.last4,
        "network": instrument.network,
        "type": "credit",
        "issuer": None if instrument.abroad else "KDPR",
        "international": instrument.abroad,
        "expiry_month": 12,
        "expiry_year": 2034,
    }
