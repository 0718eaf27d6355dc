"""Reads Razorpay's objects (as plain dictionaries) in the contract's words. Asks nobody.

A *token* of ours names a mandate as ``token/customer``: all that a later debit needs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from broadsheet.apps.payments.gateways.contract import (
    DisputeFacts,
    DisputeState,
    GatewayState,
    MandateFacts,
    MandateStatus,
)
from broadsheet.domain.charge import ChargeOutcome, DeclineKind
from broadsheet.domain.money import Money

Thing = dict[str, Any]
KEY = "broadsheet_key"
UNTIL = "broadsheet_until"
LONGEST_RECEIPT = 40
WITHOUT_HOLDER = Money(1_500_000, "INR")
"""The most that may be taken on a mandate without its holder: RBI, e-mandate framework."""
OPEN_LINK = frozenset({"issued", "created"})
UNDER_WAY = frozenset({"created", "authorized"})
TAKEN = frozenset({"captured", "refunded"})

# Reasons after which asking again cannot help. Source: Razorpay, "Error reasons" and "UPI Autopay
# error codes".
HARD = frozenset(
    {
        "account_changed",
        "account_closed",
        "amount_above_mandate",
        "bank_account_invalid",
        "card_expired",
        "card_not_enrolled",
        "card_number_invalid",
        "card_reported_lost_or_stolen",
        "debit_instrument_blocked",
        "debit_instrument_inactive",
        "input_validation_failed",
        "invalid_vpa",
        "lost_card",
        "mandate_cancelled",
        "mandate_expired",
        "mandate_paused",
        "mandate_revoked",
        "payment_mandate_not_active",
        "stolen_card",
        "token_not_confirmed",
        "transaction_not_permitted",
    }
)


@dataclass(frozen=True, slots=True)
class Token:
    """What a mandate's token is made of."""

    name: str
    customer: str = ""


def read_token(text: str) -> Token:
    name, _, customer = text.partition("/")
    return Token(name, customer)


def receipt_of(key: str) -> str:
    """What an object of Razorpay's bears of our key: 40 characters at most."""
    if len(key) <= LONGEST_RECEIPT:
        return key
    return hashlib.sha256(key.encode()).hexdigest()[:LONGEST_RECEIPT]


def notes_of(thing: Thing) -> Thing:
    """Razorpay writes no notes as an empty list."""
    notes = thing.get("notes")
    return notes if isinstance(notes, dict) else {}


def key_of(thing: Thing) -> str:
    """Our key, as we had Razorpay keep it with the object; empty when it is none of ours."""
    return str(notes_of(thing).get(KEY) or "")


def money_of(minor: Any, currency: Any) -> Money | None:
    """An amount as Razorpay writes it, or ``None`` when it is none."""
    if not isinstance(minor, int) or isinstance(minor, bool) or not isinstance(currency, str):
        return None
    return Money(minor, currency.upper())


def taken_of(payments: Sequence[Thing]) -> Thing | None:
    """The payment that took the money; the first there was, should there be several."""
    taken = [one for one in payments if one["status"] in TAKEN]
    return min(taken, key=lambda one: (one["created_at"], one["id"])) if taken else None


def state_of_order(payments: Sequence[Thing]) -> GatewayState | None:
    """An order by its payments; ``None`` where none was tried."""
    taken = taken_of(payments)
    if taken is not None:
        return state_of_payment(taken)
    under_way = [one for one in payments if one["status"] in UNDER_WAY]
    tried = under_way or list(payments)
    if not tried:
        return None
    return state_of_payment(max(tried, key=lambda one: (one["created_at"], one["id"])))


def state_of_payment(payment: Thing) -> GatewayState:
    """One payment, without the mandate that it may have left."""
    name, status = payment["id"], payment["status"]
    if status in TAKEN:
        taken = money_of(payment.get("amount"), payment.get("currency"))
        return GatewayState(ChargeOutcome.SUCCEEDED, gateway_reference=name, amount=taken)
    if status in UNDER_WAY:
        return GatewayState(ChargeOutcome.PENDING, gateway_reference=name)
    if status == "failed":
        error = {field: payment.get(f"error_{field}") for field in ("reason", "description")}
        return declined(error, gateway_reference=name)
    return GatewayState(ChargeOutcome.UNKNOWN, name, says=f"The payment is {status}.")


def state_of_link(link: Thing, payments: Sequence[Thing], now: datetime) -> GatewayState:
    """A page with the payments tried on it. A refused one leaves the page open for another."""
    said = state_of_order(payments)
    if said is not None and said.outcome is ChargeOutcome.SUCCEEDED:
        return said
    if link["status"] in OPEN_LINK:
        return GatewayState(ChargeOutcome.PENDING)
    if link["status"] == "paid":
        return GatewayState(ChargeOutcome.UNKNOWN, says="A paid page without its payment.")
    if said is not None and said.outcome is not ChargeOutcome.DECLINED:
        # The page is closed, but somebody's bank may still say yes.
        return said
    given_up = link["status"] == "cancelled" and not is_late(link, now)
    return GatewayState(
        ChargeOutcome.DECLINED,
        decline_kind=DeclineKind.SOFT,
        decline_code="voided" if given_up else "abandoned",
    )


def is_late(link: Thing, now: datetime) -> bool:
    """Whether the time is over that we gave the reader; Razorpay's own may be longer."""
    until = str(notes_of(link).get(UNTIL) or "")
    return until.isascii() and until.isdecimal() and now.timestamp() >= int(until)


def declined(error: Thing, *, gateway_reference: str = "") -> GatewayState:
    """A refusal, with Razorpay's reason for it."""
    code = str(error.get("reason") or error.get("code") or "refused")
    return GatewayState(
        ChargeOutcome.DECLINED,
        gateway_reference=gateway_reference,
        decline_kind=DeclineKind.HARD if code in HARD else DeclineKind.SOFT,
        decline_code=code[:60],
        says=str(error.get("description") or "")[:240],
    )


def mandate_of(token: Thing, customer: str) -> MandateFacts | None:
    """The permission that a first payment left, if it can be charged."""
    if status_of(token) is not MandateStatus.ACTIVE or not customer:
        return None
    expires = token.get("expired_at")
    return MandateFacts(
        token=f"{token['id']}/{customer}",
        kind="upi" if token.get("method") == "upi" else "card",
        label=_label(token),
        max_amount=money_of(token.get("max_amount"), WITHOUT_HOLDER.currency) or WITHOUT_HOLDER,
        valid_until=_day(expires),
    )


def _day(seconds: Any) -> date | None:
    return instant(seconds).date() if isinstance(seconds, int) and seconds > 0 else None


def _label(token: Thing) -> str:
    if token.get("method") == "upi":
        vpa = token.get("vpa") or {}
        handle = str(vpa.get("handle") or "")
        return f"UPI {vpa.get('username') or ''}@••••{handle[-4:]}"
    card = token.get("card") or {}
    return f"{card.get('network') or 'Card'} ending {card.get('last4') or '????'}"


def status_of(token: Thing) -> MandateStatus:
    """Whether a token may be debited. One that is paused may be again."""
    said = str((token.get("recurring_details") or {}).get("status") or "")
    if said == "confirmed":
        return MandateStatus.ACTIVE
    if said in {"cancelled", "cancellation_initiated", "rejected", "expired", "deactivated"}:
        return MandateStatus.ENDED
    return MandateStatus.UNKNOWN


def state_of_refund(refund: Thing) -> GatewayState:
    """A refund; one that failed later has given nothing back."""
    outcome = {
        "processed": ChargeOutcome.SUCCEEDED,
        "pending": ChargeOutcome.PENDING,
        "created": ChargeOutcome.PENDING,
        "failed": ChargeOutcome.DECLINED,
    }.get(refund["status"], ChargeOutcome.UNKNOWN)
    refused = outcome is ChargeOutcome.DECLINED
    return GatewayState(
        outcome,
        gateway_reference=refund["id"],
        amount=money_of(refund.get("amount"), refund.get("currency")),
        decline_kind=DeclineKind.HARD if refused else None,
        decline_code="failed" if refused else "",
        charge_reference=str(refund.get("payment_id") or ""),
    )


def facts_of_dispute(dispute: Thing) -> DisputeFacts | None:
    """A dispute; ``None`` for a mere inquiry, for which no money has been taken back."""
    amount = money_of(dispute.get("amount"), dispute.get("currency"))
    if is_inquiry(dispute) or amount is None:
        return None
    state = {
        "won": DisputeState.WON,
        "closed": DisputeState.WON,
        "lost": DisputeState.LOST,
    }.get(dispute["status"], DisputeState.OPENED)
    return DisputeFacts(
        gateway_reference=dispute["id"],
        charge_reference=str(dispute.get("payment_id") or ""),
        state=state,
        amount=amount,
        opened_at=instant(dispute["created_at"]),
        reason=str(dispute.get("reason_code") or ""),
    )


def is_inquiry(dispute: Thing) -> bool:
    """Razorpay's early warnings: the payer's bank only asks, or suspects a fraud."""
    return dispute.get("phase") in {"retrieval", "fraud"} and not dispute.get("amount_deducted")


def instant(seconds: Any) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)
