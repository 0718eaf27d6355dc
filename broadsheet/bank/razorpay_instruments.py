"""The cards and UPI ids of the Razorpay stand-in and what each of them does.

Only these are taken; any other is refused and not written down, so that nobody's real card ends up
in the bank's file. The numbers are those of Razorpay's published test cards; what they do beyond
paying is the stand-in's own.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Instrument:
    """A card number or a UPI id. ``reason`` declines at once, ``away_reason`` a later debit."""

    name: str
    says: str
    """What it does, in a few words, for the page."""
    method: str = "card"
    network: str = "Visa"
    abroad: bool = False
    """Issued outside India: no code is asked for, no notice is given before a later debit."""
    reason: str = ""
    away_reason: str = ""
    late: bool = False
    """The answer comes later than the holder's patience."""

    @property
    def last4(self) -> str:
        return self.name[-4:]

    @property
    def written(self) -> str:
        """As a person writes it."""
        if self.method == "upi":
            return self.name
        return " ".join(self.name[i : i + 4] for i in range(0, len(self.name), 4))


_ALL = (
    Instrument("4718609108204366", "asks for a code, then pays"),
    Instrument("5267318187975449", "asks for a code, then pays", network="MasterCard"),
    Instrument("5104015555555558", "pays at once (from abroad)", network="MasterCard", abroad=True),
    Instrument("4718609108200158", "is declined: too little money", reason="insufficient_funds"),
    Instrument("4718609108200240", "is declined: stolen", reason="card_reported_lost_or_stolen"),
    Instrument("4718609108200323", "pays, but the bank says so late", late=True),
    Instrument("4718609108200406", "pays now, is declined later", away_reason="insufficient_funds"),
    Instrument("success@razorpay", "pays", method="upi"),
    Instrument("failure@razorpay", "is declined", method="upi", reason="payment_declined"),
    Instrument("late@razorpay", "pays, but the bank says so late", method="upi", late=True),
    Instrument(
        "poor@razorpay",
        "pays now, is declined later",
        method="upi",
        away_reason="insufficient_funds",
    ),
)
INSTRUMENTS = {one.name: one for one in _ALL}

SAYS = {
    "card_reported_lost_or_stolen": "Your payment was declined by the issuing bank.",
    "incorrect_otp": "Payment failed because the code was wrong.",
    "insufficient_funds": "Your payment could not be completed due to insufficient account balance.",
    "mandate_revoked": "Payment failed because the mandate was withdrawn.",
    "payment_cancelled": "Payment processing cancelled by user.",
    "payment_declined": "The payment was declined by the bank.",
    "payment_timed_out": "The payment was not completed in time.",
}
_BY_THE_CUSTOMER = frozenset({"incorrect_otp", "payment_cancelled", "payment_timed_out"})


def find_instrument(typed: str, method: str) -> Instrument | None:
    """What was typed on the page, or ``None`` for what the stand-in does not know."""
    name = typed.strip().lower() if method == "upi" else "".join(typed.split()).replace("-", "")
    found = INSTRUMENTS.get(name)
    return found if found is not None and found.method == method else None


def describe_failure(reason: str) -> dict[str, str]:
    """The five fields of a failed payment that say why."""
    theirs = reason in _BY_THE_CUSTOMER
    return {
        "error_code": "BAD_REQUEST_ERROR" if theirs else "GATEWAY_ERROR",
        "error_description": SAYS.get(reason, "Payment failed."),
        "error_source": "customer" if theirs else "issuer_bank",
        "error_step": "payment_authentication" if theirs else "payment_authorization",
        "error_reason": reason,
    }
