"""Reads Stripe's objects (as plain dictionaries) in the contract's words. Asks nobody.

A *token* of ours names a mandate as ``card/customer`` or, for an Indian card, as
``card/customer/e-mandate``: all that a later charge needs.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from broadsheet.apps.payments.gateways.contract import (
    DisputeFacts,
    DisputeState,
    GatewayState,
    MandateFacts,
)
from broadsheet.domain.charge import ChargeOutcome, DeclineKind
from broadsheet.domain.money import Money

Thing = dict[str, Any]
KEY = "broadsheet_key"
UNTIL = "broadsheet_until"
PAGE = "broadsheet_page"
INDIAN_MOST = Money(1_500_000, "INR")
"""The most that may be taken on an Indian mandate without its holder: RBI, e-mandate framework."""

# Stripe's decline codes after which asking again cannot help. Source: Stripe, "Decline codes".
HARD = frozenset(
    {
        "authentication_required",
        "card_not_supported",
        "currency_not_supported",
        "expired_card",
        "fraudulent",
        "incorrect_number",
        "invalid_account",
        "invalid_number",
        "lost_card",
        "merchant_blacklist",
        "new_account_information_available",
        "payment_method_unexpected_state",
        "pickup_card",
        "restricted_card",
        "resource_missing",
        "revocation_of_all_authorizations",
        "revocation_of_authorization",
        "security_violation",
        "service_not_allowed",
        "stolen_card",
        "stop_payment_order",
        "transaction_not_allowed",
    }
)


class Refused(Exception):  # noqa: N818
    """Stripe heard the request and will not do it. ``error`` is its own description."""

    def __init__(self, status: int, error: Thing) -> None:
        super().__init__(str(error.get("message") or error.get("code") or status))
        self.status = status
        self.error = error

    @property
    def code(self) -> str:
        """Stripe's code, or else the kind of error."""
        return str(self.error.get("code") or self.error.get("type") or self.status)


@dataclass(frozen=True, slots=True)
class Token:
    """What a mandate's token is made of; ``e_mandate`` is empty outside India."""

    card: str
    customer: str = ""
    e_mandate: str = ""


def read_token(text: str) -> Token:
    card, _, rest = text.partition("/")
    customer, _, e_mandate = rest.partition("/")
    return Token(card, customer, e_mandate)


def key_of(thing: Thing) -> str:
    """Our key, as we had Stripe keep it with the object; empty when it is none of ours."""
    return str(thing.get("client_reference_id") or (thing.get("metadata") or {}).get(KEY) or "")


def money_of(minor: Any, currency: Any) -> Money | None:
    """An amount as Stripe writes it, or ``None`` when it is none."""
    if not isinstance(minor, int) or not isinstance(currency, str):
        return None
    return Money(minor, currency.upper())


def state_of_session(session: Thing, *, late: bool = False) -> GatewayState:
    """A Checkout session, with its intent and the intent's card expanded.

    ``late``: the time is over that we gave the reader (``is_late``).
    """
    if session["status"] == "open":
        return GatewayState(ChargeOutcome.PENDING, gateway_reference=session["id"])
    if session["status"] == "expired":
        return GatewayState(
            ChargeOutcome.DECLINED,
            gateway_reference=session["id"],
            decline_kind=DeclineKind.SOFT,
            decline_code="abandoned" if late else "voided",
        )
    intent = session.get("payment_intent")
    if not isinstance(intent, dict):
        return GatewayState(ChargeOutcome.UNKNOWN, says="A finished page without an intent.")
    return state_of_intent(intent)


def is_late(session: Thing, now: datetime) -> bool:
    """Whether the time is over that we gave the reader; Stripe's own may be longer."""
    said = (session.get("metadata") or {}).get(UNTIL, "")
    return str(said).isdecimal() and now.timestamp() >= int(said)


def is_page_intent(intent: Thing) -> bool:
    """Whether it belongs to a Checkout page, on which a reader may still try another card."""
    return bool((intent.get("metadata") or {}).get(PAGE))


def state_of_intent(intent: Thing) -> GatewayState:
    """A payment intent."""
    name, status = intent["id"], intent["status"]
    if status == "succeeded":
        taken = money_of(intent.get("amount_received"), intent.get("currency"))
        return GatewayState(
            ChargeOutcome.SUCCEEDED,
            gateway_reference=name,
            amount=taken,
            mandate=mandate_of_intent(intent),
        )
    if status == "processing" or _awaits_notice(intent):
        return GatewayState(ChargeOutcome.PENDING, gateway_reference=name)
    if status == "canceled":
        return GatewayState(
            ChargeOutcome.DECLINED,
            gateway_reference=name,
            decline_kind=DeclineKind.SOFT,
            decline_code="voided",
        )
    error = intent.get("last_payment_error")
    if status == "requires_action":
        # Nobody holds the intent's secret, so nobody can answer the bank: it has ended here.
        error = {"code": "authentication_required", "message": "Its bank wants to ask its holder."}
    if isinstance(error, dict):
        return declined(error, gateway_reference=name)
    return GatewayState(ChargeOutcome.UNKNOWN, name, says=f"The intent is {status}.")


def _awaits_notice(intent: Thing) -> bool:
    """An Indian holder was told and has a day to object."""
    action = intent.get("next_action") or {}
    return intent["status"] == "requires_action" and action.get("type") == "card_await_notification"


def declined(error: Thing, *, gateway_reference: str = "") -> GatewayState:
    """A refusal, with Stripe's code for it."""
    code = str(error.get("decline_code") or error.get("code") or error.get("type") or "refused")
    return GatewayState(
        ChargeOutcome.DECLINED,
        gateway_reference=gateway_reference,
        decline_kind=DeclineKind.HARD if code in HARD else DeclineKind.SOFT,
        decline_code=code[:60],
        says=str(error.get("message") or "")[:240],
    )


def mandate_of_intent(intent: Thing) -> MandateFacts | None:
    """The permission that a first payment left, if it left one that can be charged.

    An Indian card can only be charged later on an e-mandate that its bank registered; where the
    payment names none, there is none.
    """
    method = intent.get("payment_method")
    customer = intent.get("customer")
    if intent.get("setup_future_usage") != "off_session" or not isinstance(method, dict):
        return None
    card = method.get("card") or {}
    if not isinstance(customer, str) or not card:
        return None
    parts, limit = [method["id"], customer], None
    if card.get("country") == "IN":
        e_mandate = _e_mandate_of(intent)
        if not e_mandate:
            return None
        parts.append(e_mandate)
        limit = INDIAN_MOST if intent["currency"].upper() == INDIAN_MOST.currency else None
    return MandateFacts(
        token="/".join(parts),
        kind="card",
        label=f"{str(card.get('brand') or 'card').title()} ending {card.get('last4')}",
        max_amount=limit,
        valid_until=_last_day(card.get("exp_year"), card.get("exp_month")),
    )


def _e_mandate_of(intent: Thing) -> str:
    charge = intent.get("latest_charge")
    details = charge.get("payment_method_details") if isinstance(charge, dict) else None
    return str(((details or {}).get("card") or {}).get("mandate") or "")


def _last_day(year: Any, month: Any) -> date | None:
    if not isinstance(year, int) or not isinstance(month, int):
        return None
    return date(year, month, calendar.monthrange(year, month)[1])


def state_of_refund(refund: Thing) -> GatewayState:
    """A refund; one that failed later has given nothing back."""
    outcome = {
        "succeeded": ChargeOutcome.SUCCEEDED,
        "pending": ChargeOutcome.PENDING,
        "requires_action": ChargeOutcome.PENDING,
        "failed": ChargeOutcome.DECLINED,
        "canceled": ChargeOutcome.DECLINED,
    }.get(refund["status"], ChargeOutcome.UNKNOWN)
    refused = outcome is ChargeOutcome.DECLINED
    code = str(refund.get("failure_reason") or refund["status"])
    return GatewayState(
        outcome,
        gateway_reference=refund["id"],
        amount=money_of(refund.get("amount"), refund.get("currency")),
        decline_kind=DeclineKind.HARD if refused else None,
        decline_code=code if refused else "",
        charge_reference=str(refund.get("payment_intent") or ""),
    )


def facts_of_dispute(dispute: Thing) -> DisputeFacts | None:
    """A dispute; ``None`` for a mere inquiry, for which no money has been taken back."""
    status = dispute["status"]
    amount = money_of(dispute.get("amount"), dispute.get("currency"))
    if is_inquiry(dispute) or amount is None:
        return None
    return DisputeFacts(
        gateway_reference=dispute["id"],
        charge_reference=str(dispute.get("payment_intent") or dispute.get("charge") or ""),
        state={"won": DisputeState.WON, "lost": DisputeState.LOST}.get(status, DisputeState.OPENED),
        amount=amount,
        opened_at=instant(dispute["created"]),
        reason=str(dispute.get("reason") or ""),
    )


def is_inquiry(dispute: Thing) -> bool:
    """Stripe's early warnings: the holder's bank only asks."""
    return str(dispute.get("status", "")).startswith(("warning_", "prevented"))


def instant(seconds: Any) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)
