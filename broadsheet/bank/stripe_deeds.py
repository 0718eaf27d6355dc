"""What the Stripe stand-in does with money: intents, charges, refunds, disputes, mandates.

Each verb is one transaction of the book, with the events that tell of it. An intent goes

    requires_payment_method ─► requires_confirmation ─► processing ─► succeeded
              ▲                        │      │              │
              └── declined ◄───────────┴── requires_action ──┘        (or canceled, while open)
"""

from __future__ import annotations

import hashlib
from typing import Any

from broadsheet.bank.stripe_cards import CARDS, TOKENS, Card, describe_decline
from broadsheet.bank.stripe_events import announce
from broadsheet.bank.stripe_shelf import Refusal, Shelf, Thing, new_name, shown

NOTICE_SECONDS = 26 * 3600
"""How long a charge on an Indian mandate waits after its holder was told."""
INDIAN_MOST = 1_500_000
"""Above ₹15,000 an Indian bank wants its client each time."""
LATE_SECONDS = 120
FEE_PER_MILLE = 29
OPEN = frozenset(
    {"requires_payment_method", "requires_confirmation", "requires_action", "processing"}
)


def add_customer(shelf: Shelf, **said: Any) -> Thing:
    customer = shelf.add("customer", {"metadata": {}, "description": None, **said})
    announce(shelf, "customer.created", customer)
    return customer


def add_payment_method(
    shelf: Shelf, *, number: str, exp_month: int, exp_year: int, owner: str | None = None
) -> Thing:
    """A card, by its number. Raises ``Refusal`` for one the stand-in does not know."""
    card = find_card(number)
    if card is None:
        raise Refusal(402, **_card_error("incorrect_number"))
    return shelf.add(
        "payment_method",
        {
            "type": "card",
            "card": {
                "brand": card.brand,
                "country": card.country,
                "exp_month": exp_month,
                "exp_year": exp_year,
                "fingerprint": hashlib.sha256(card.number.encode()).hexdigest()[:16],
                "funding": "credit",
                "last4": card.last4,
            },
            "customer": owner,
            "metadata": {},
            "_number": card.number,
        },
        customer=owner or "",
    )


def find_card(number: str) -> Card | None:
    return CARDS.get(TOKENS.get(number, "".join(number.split())))


def get_payment_method(shelf: Shelf, name: str) -> Thing:
    """A card by name, or a fresh one for a token such as ``pm_card_visa``."""
    if name in TOKENS:
        return add_payment_method(shelf, number=name, exp_month=12, exp_year=2034)
    return shelf.get(name, "payment_method", param="payment_method", status=400)


def attach(shelf: Shelf, method: Thing, customer: str) -> Thing:
    """Give a card to a customer; one that was given back cannot be given again."""
    if method.get("_detached"):
        raise _used_up(method)
    if method["customer"] == customer:
        return method
    method["customer"] = customer
    shelf.save(method, customer=customer)
    announce(shelf, "payment_method.attached", method)
    return method


def detach(shelf: Shelf, method: Thing) -> Thing:
    """Take a card off its customer, for good; mandates on it end."""
    if method["customer"] is None:
        raise Refusal(
            400,
            "The payment method you provided is not attached to a customer so detachment is"
            " impossible.",
        )
    method.update(customer=None, _detached=True)
    shelf.save(method, customer="")
    if method.get("_mandate"):
        mandate = shelf.get(method["_mandate"], "mandate")
        mandate["status"] = "inactive"
        announce(shelf, "mandate.updated", shelf.save(mandate))
    announce(shelf, "payment_method.detached", method)
    return method


def add_intent(shelf: Shelf, **said: Any) -> Thing:
    """An intent to take ``amount`` (minor units) of ``currency``; nothing moves yet."""
    body = {
        "amount": 0,
        "amount_received": 0,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic",
        "currency": "",
        "customer": None,
        "description": None,
        "last_payment_error": None,
        "latest_charge": None,
        "metadata": {},
        "next_action": None,
        "payment_method": None,
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "processing": None,
        "setup_future_usage": None,
        "status": "requires_payment_method",
        **said,
    }
    intent = shelf.add("payment_intent", body, customer=body["customer"] or "")
    intent["client_secret"] = f"{intent['id']}_secret_{new_name('charge')[3:]}"
    if intent["payment_method"]:
        intent["status"] = "requires_confirmation"
    announce(shelf, "payment_intent.created", intent)
    return shelf.save(intent)


def confirm(
    shelf: Shelf,
    intent: Thing,
    *,
    method: Thing,
    off_session: bool,
    mandate: str = "",
    decline_for: str = "",
    pend: bool = False,
    confirmed_by_holder: bool = False,
) -> Thing:
    """Try to take the money from ``method``. ``decline_for`` and ``pend`` are the fault script's."""
    if intent["status"] not in OPEN - {"processing"}:
        raise _wrong_state(intent, "confirm")
    if method.get("_detached") or (off_session and method["customer"] is None):
        raise _used_up(method)
    if intent["customer"] and method["customer"] not in {None, intent["customer"]}:
        raise Refusal(400, "The payment method belongs to another customer.")
    intent.update(payment_method=method["id"], last_payment_error=None, next_action=None)
    card = CARDS[method["_number"]]
    reason = decline_for or _reason_to_decline(card, off_session, confirmed_by_holder)
    if reason:
        return decline(shelf, intent, method, reason)
    if pend:
        return _process(shelf, intent, None)
    if off_session and card.country == "IN":
        return _debit_in_india(shelf, intent, method, mandate)
    if card.asks and not off_session and not confirmed_by_holder:
        intent.update(
            status="requires_action",
            next_action={"type": "redirect_to_url", "redirect_to_url": {"url": None}},
        )
        announce(shelf, "payment_intent.requires_action", intent)
        return shelf.save(intent)
    if card.late and not off_session:
        return _process(shelf, intent, shelf.now() + LATE_SECONDS)
    return succeed(shelf, intent, method)


def _reason_to_decline(card: Card, off_session: bool, confirmed: bool) -> str:
    if off_session:
        return card.away_code or card.code
    return card.code or (card.code_after_asking if confirmed else "")


def _debit_in_india(shelf: Shelf, intent: Thing, method: Thing, mandate: str) -> Thing:
    """Wait out the notice, if the holder has registered a mandate that reaches so far."""
    held = shelf.find(mandate, "mandate") if mandate else None
    if held is None or held["status"] != "active" or held["payment_method"] != method["id"]:
        return decline(shelf, intent, method, "authentication_required")
    if intent["amount"] > min(held.get("_most") or INDIAN_MOST, INDIAN_MOST):
        return decline(shelf, intent, method, "authentication_required")
    return _process(shelf, intent, shelf.now() + NOTICE_SECONDS)


def _process(shelf: Shelf, intent: Thing, ripe_at: float | None) -> Thing:
    notice = {"approval_requested": False, "completes_at": ripe_at and int(ripe_at)}
    intent.update(
        status="processing",
        processing={"type": "card", "card": {"customer_notification": notice}},
    )
    announce(shelf, "payment_intent.processing", intent)
    return shelf.save(intent, ripe_at=ripe_at)


def succeed(shelf: Shelf, intent: Thing, method: Thing) -> Thing:
    """The money moves."""
    card = CARDS[method["_number"]]
    charge = _add_charge(shelf, intent, method, paid=True)
    intent.update(
        status="succeeded",
        amount_received=intent["amount"],
        latest_charge=charge["id"],
        next_action=None,
        processing=None,
    )
    if intent["setup_future_usage"] and intent["customer"] and method["customer"] is None:
        attach(shelf, method, intent["customer"])
        if card.country == "IN":
            _register_mandate(shelf, intent, method, charge)
    shelf.save(intent, ripe_at=None)
    announce(shelf, "charge.succeeded", charge)
    announce(shelf, "payment_intent.succeeded", intent)
    if card.disputed:
        open_dispute(shelf, charge, reason="fraudulent")
    return intent


def decline(shelf: Shelf, intent: Thing, method: Thing, reason: str) -> Thing:
    """The bank says no; the intent waits for another card."""
    error = describe_decline(reason)
    if reason != "payment_intent_authentication_failure":
        charge = _add_charge(shelf, intent, method, paid=False, reason=reason)
        error["charge"] = intent["latest_charge"] = charge["id"]
        announce(shelf, "charge.failed", charge)
    intent.update(
        status="requires_payment_method",
        payment_method=None,
        next_action=None,
        processing=None,
        last_payment_error={**error, "payment_method": shown(method)},
    )
    shelf.save(intent, ripe_at=None)
    announce(shelf, "payment_intent.payment_failed", intent)
    return intent


def settle(shelf: Shelf, intent: Thing, *, succeeded: bool, reason: str = "") -> Thing:
    """The late answer to an intent that is processing. One that has ended stays as it is."""
    if intent["status"] != "processing":
        return intent
    method = shelf.get(intent["payment_method"], "payment_method")
    if succeeded:
        return succeed(shelf, intent, method)
    return decline(shelf, intent, method, reason or "generic_decline")


def cancel(shelf: Shelf, intent: Thing, *, reason: str | None = None) -> Thing:
    if intent["status"] not in OPEN:
        raise _wrong_state(intent, "cancel")
    intent.update(
        status="canceled",
        canceled_at=int(shelf.now()),
        cancellation_reason=reason,
        next_action=None,
        processing=None,
    )
    shelf.save(intent, ripe_at=None)
    announce(shelf, "payment_intent.canceled", intent)
    return intent


def give_refund(
    shelf: Shelf,
    charge: Thing,
    *,
    amount: int | None,
    metadata: Thing,
    reason: str | None,
    state: str,
) -> Thing:
    """Give back ``amount``, or all that is left. ``state`` is the fault script's, else succeeded."""
    left = charge["amount_captured"] - charge["amount_refunded"]
    if not charge["paid"]:
        raise Refusal(400, "This charge took no money, so none can be given back.", kept=True)
    if left == 0:
        raise Refusal(
            400,
            f"Charge {charge['id']} has already been refunded.",
            code="charge_already_refunded",
            kept=True,
        )
    amount = left if amount is None else amount
    if amount > left:
        raise Refusal(
            400,
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})",
            param="amount",
            kept=True,
        )
    refund = shelf.add(
        "refund",
        {
            "amount": amount,
            "charge": charge["id"],
            "currency": charge["currency"],
            "failure_reason": "declined" if state == "failed" else None,
            "metadata": metadata,
            "payment_intent": charge["payment_intent"],
            "reason": reason,
            "status": state,
        },
        intent=charge["payment_intent"],
    )
    announce(shelf, "refund.created", refund)
    if state != "failed":
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        _add_to_balance(shelf, refund, -amount)
        announce(shelf, "charge.refunded", shelf.save(charge))
    return refund


def settle_refund(shelf: Shelf, refund: Thing, *, succeeded: bool) -> Thing:
    """The late end of a pending refund; a failed one puts the money back on the charge."""
    if refund["status"] != "pending":
        return refund
    refund["status"] = "succeeded" if succeeded else "failed"
    if not succeeded:
        refund["failure_reason"] = "declined"
        charge = shelf.get(refund["charge"], "charge")
        charge["amount_refunded"] -= refund["amount"]
        charge["refunded"] = False
        shelf.save(charge)
    shelf.save(refund)
    announce(shelf, "refund.updated" if succeeded else "refund.failed", refund)
    return refund


def open_dispute(shelf: Shelf, charge: Thing, *, reason: str, amount: int | None = None) -> Thing:
    """The holder's bank takes the money back until it is decided."""
    dispute = shelf.add(
        "dispute",
        {
            "amount": charge["amount"] if amount is None else amount,
            "charge": charge["id"],
            "currency": charge["currency"],
            "metadata": {},
            "payment_intent": charge["payment_intent"],
            "reason": reason,
            "status": "needs_response",
        },
        intent=charge["payment_intent"],
    )
    charge["disputed"] = True
    shelf.save(charge)
    _add_to_balance(shelf, dispute, -dispute["amount"])
    announce(shelf, "charge.dispute.created", dispute)
    return dispute


def close_dispute(shelf: Shelf, dispute: Thing, *, won: bool) -> Thing:
    if dispute["status"] in {"won", "lost"}:
        return dispute
    dispute["status"] = "won" if won else "lost"
    shelf.save(dispute)
    if won:
        _add_to_balance(shelf, dispute, dispute["amount"])
    announce(shelf, "charge.dispute.closed", dispute)
    return dispute


def _register_mandate(shelf: Shelf, intent: Thing, method: Thing, charge: Thing) -> None:
    asked = (intent["payment_method_options"].get("card") or {}).get("mandate_options") or {}
    mandate = shelf.add(
        "mandate",
        {
            "payment_method": method["id"],
            "payment_method_details": {"type": "card", "card": {}},
            "status": "active",
            "type": "multi_use",
            "_most": int(asked["amount"]) if asked.get("amount") else None,
        },
    )
    method["_mandate"] = mandate["id"]
    shelf.save(method)
    charge["payment_method_details"]["card"]["mandate"] = mandate["id"]
    shelf.save(charge)
    announce(shelf, "mandate.updated", mandate)


def _add_charge(
    shelf: Shelf, intent: Thing, method: Thing, *, paid: bool, reason: str = ""
) -> Thing:
    amount = intent["amount"]
    said = describe_decline(reason) if reason else {}
    charge = shelf.add(
        "charge",
        {
            "amount": amount,
            "amount_captured": amount if paid else 0,
            "amount_refunded": 0,
            "balance_transaction": None,
            "captured": paid,
            "currency": intent["currency"],
            "customer": intent["customer"],
            "description": intent["description"],
            "disputed": False,
            "failure_code": said.get("decline_code") or said.get("code"),
            "failure_message": said.get("message"),
            "metadata": dict(intent["metadata"]),
            "paid": paid,
            "payment_intent": intent["id"],
            "payment_method": method["id"],
            "payment_method_details": {"type": "card", "card": dict(method["card"], mandate=None)},
            "refunded": False,
            "status": "succeeded" if paid else "failed",
        },
        customer=intent["customer"] or "",
        intent=intent["id"],
    )
    if paid:
        charge["balance_transaction"] = _add_to_balance(shelf, charge, amount)["id"]
        shelf.save(charge)
    return charge


def _add_to_balance(shelf: Shelf, source: Thing, amount: int) -> Thing:
    fee = amount * FEE_PER_MILLE // 1000 if source["object"] == "charge" else 0
    return shelf.add(
        "balance_transaction",
        {
            "amount": amount,
            "currency": source["currency"],
            "fee": fee,
            "net": amount - fee,
            "source": source["id"],
            "status": "available",
            "type": {"dispute": "adjustment"}.get(source["object"], source["object"]),
        },
    )


def _wrong_state(intent: Thing, verb: str) -> Refusal:
    return Refusal(
        400,
        f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}.",
        code="payment_intent_unexpected_state",
        payment_intent=shown(intent),
        kept=True,
    )


def _used_up(method: Thing) -> Refusal:
    return Refusal(
        400,
        f"The provided PaymentMethod {method['id']} was detached from a Customer, or was used "
        "without being attached to one. It may not be used again.",
        code="payment_method_unexpected_state",
        kept=True,
    )


def _card_error(reason: str) -> dict[str, Any]:
    return describe_decline(reason)
