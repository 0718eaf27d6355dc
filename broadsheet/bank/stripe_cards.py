"""The cards of the Stripe stand-in and what each of them does.

Only these numbers are taken; any other is refused and not written down, so that nobody's real card
ends up in the bank's file. Numbers and behaviour are those of Stripe's published test cards, but
for the late one, which has no counterpart there.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Card:
    """A test card. ``code`` declines at once, ``away_code`` when its holder is away."""

    number: str
    says: str
    """What it does, in a few words, for the page."""
    brand: str = "visa"
    country: str = "US"
    code: str = ""
    away_code: str = ""
    asks: bool = False
    """Its bank wants the holder to confirm (3-D Secure)."""
    code_after_asking: str = ""
    late: bool = False
    """The answer comes later than the holder's patience."""
    disputed: bool = False

    @property
    def last4(self) -> str:
        return self.number[-4:]

    @property
    def spaced(self) -> str:
        return " ".join(self.number[i : i + 4] for i in range(0, len(self.number), 4))


_ALL = (
    Card("4242424242424242", "pays"),
    Card("5555555555554444", "pays (Mastercard)", brand="mastercard"),
    Card("4000003560000008", "pays, from India: its bank asks first", country="IN", asks=True),
    Card("4000002500003155", "its bank asks first, then it pays", asks=True),
    Card(
        "4000002760003184",
        "its bank asks each time; not to be charged later",
        asks=True,
        away_code="authentication_required",
    ),
    Card(
        "4000008400001629",
        "its bank asks first, then declines",
        asks=True,
        code_after_asking="generic_decline",
    ),
    Card("4000000000000002", "is declined", code="generic_decline"),
    Card("4000000000009995", "is declined: too little money", code="insufficient_funds"),
    Card("4000000000009979", "is declined: stolen", code="stolen_card"),
    Card("4000000000000069", "is declined: expired", code="expired_card"),
    Card("4000000000000119", "fails inside the bank", code="processing_error"),
    Card("4000000000000341", "pays now, is declined later", away_code="generic_decline"),
    Card("4000000000007726", "pays, but the bank says so late", late=True),
    Card("4000000000000259", "pays, then its holder disputes it", disputed=True),
)
CARDS = {card.number: card for card in _ALL}

# Tokens of Stripe's for those who send no number.
TOKENS = {
    "pm_card_visa": "4242424242424242",
    "pm_card_mastercard": "5555555555554444",
    "pm_card_in": "4000003560000008",
    "pm_card_threeDSecure2Required": "4000002760003184",
    "pm_card_authenticationRequired": "4000002760003184",
    "pm_card_chargeCustomerFail": "4000000000000341",
    "pm_card_createDispute": "4000000000000259",
}

SAYS = {
    "generic_decline": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
    "stolen_card": "Your card was declined.",
    "lost_card": "Your card was declined.",
    "expired_card": "Your card has expired.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
    "incorrect_number": "Your card number is incorrect.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "authentication_required": "Your card was declined. This transaction requires authentication.",
    "payment_intent_authentication_failure": (
        "We could not confirm that this is your card. Choose another card and try again."
    ),
}
# Reasons that are error codes of their own; any other is a ``decline_code`` of ``card_declined``.
OWN_CODES = frozenset(
    {
        "authentication_required",
        "expired_card",
        "incorrect_cvc",
        "incorrect_number",
        "payment_intent_authentication_failure",
        "processing_error",
    }
)


def describe_decline(reason: str) -> dict[str, str]:
    """The error that Stripe words for ``reason``: type, code, decline_code, message."""
    own = reason in OWN_CODES
    said = {
        "type": "card_error",
        "code": reason if own else "card_declined",
        "message": SAYS.get(reason, "Your card was declined."),
    }
    if not own or reason in {"authentication_required", "expired_card", "processing_error"}:
        said["decline_code"] = reason
    if reason == "payment_intent_authentication_failure":
        said["type"] = "invalid_request_error"
    return said
