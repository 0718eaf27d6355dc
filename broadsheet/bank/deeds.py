"""What the bank does, one verb each. Every deed is one transaction of the book.

A person decides a checkout; a merchant charges a mandate, refunds, cancels, revokes. Deciding what
is already decided changes nothing and answers how it stands.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from broadsheet.bank.book import Book, new_reference
from broadsheet.bank.records import (
    Charge,
    ChargeState,
    Checkout,
    CheckoutState,
    Mandate,
    MandateState,
    Refund,
)
from broadsheet.bank.telling import tell

CODE_DIGITS = 6
MOST_WRONG_CODES = 5


class Refused(Exception):  # noqa: N818
    """A request the bank will not carry out; nothing was done. ``code`` is for programs."""

    def __init__(self, code: str, says: str, *, status: int = 422) -> None:
        super().__init__(says)
        self.code = code
        self.status = status


@dataclass(frozen=True, slots=True)
class Order:
    """What a merchant asks a person to pay. Amounts in minor units."""

    amount: int
    currency: str
    merchant: str
    description: str
    return_url: str
    mandate_wanted: bool
    mandate_limit: int | None
    expires_at: float


def open_checkout(book: Book, *, key: str, order: Order) -> Checkout:
    """Open a page on which a person decides ``order``."""
    reference = new_reference("co")
    book.insert(
        "checkout",
        reference=reference,
        token=secrets.token_urlsafe(24),
        key=key,
        merchant=order.merchant,
        description=order.description,
        amount=order.amount,
        currency=order.currency,
        return_url=order.return_url,
        mandate_wanted=order.mandate_wanted,
        mandate_limit=order.mandate_limit,
        state=CheckoutState.OPEN,
        created_at=book.now(),
        expires_at=order.expires_at,
    )
    return get_checkout(book, reference=reference)


def get_checkout(book: Book, *, reference: str = "", token: str = "", key: str = "") -> Checkout:
    """The checkout as it stands; one left undecided too long expires here. Raises ``Refused``."""
    with book.writing():
        found = book.find_checkout(reference=reference, token=token, key=key)
        if found is None:
            raise Refused("unknown_reference", "The bank knows no such checkout.", status=404)
        if not found.state.final and book.now() >= found.expires_at:
            found = _decide(book, found, CheckoutState.EXPIRED, reason="expired")
        return found


def approve_checkout(book: Book, *, token: str) -> Checkout:
    """The person pays: one charge, and the mandate that was asked for."""
    with book.writing():
        checkout = get_checkout(book, token=token)
        if checkout.state.final:
            return checkout
        mandate = _give_mandate(book, checkout) if checkout.mandate_wanted else None
        book.insert(
            "charge",
            reference=new_reference("ch"),
            key=checkout.key,
            checkout=checkout.reference,
            mandate=mandate,
            amount=checkout.amount,
            currency=checkout.currency,
            description=checkout.description,
            state=ChargeState.SUCCEEDED,
            created_at=book.now(),
        )
        return _decide(book, checkout, CheckoutState.APPROVED)


def decline_checkout(book: Book, *, token: str, reason: str = "declined_by_payer") -> Checkout:
    """The person, or the bank for ``reason``, refuses. No money moves."""
    with book.writing():
        checkout = get_checkout(book, token=token)
        return (
            checkout
            if checkout.state.final
            else _decide(book, checkout, CheckoutState.DECLINED, reason=reason)
        )


def leave_silent(book: Book, *, token: str) -> Checkout:
    """Say nothing: the checkout stays undecided and may be decided later."""
    with book.writing():
        checkout = get_checkout(book, token=token)
        if checkout.state.final:
            return checkout
        book.update("checkout", checkout.reference, state=CheckoutState.SILENT)
        return get_checkout(book, token=token)


def cancel_checkout(book: Book, *, key: str) -> Checkout:
    """The merchant takes the page back. What is decided already stays decided."""
    with book.writing():
        checkout = get_checkout(book, key=key)
        return (
            checkout
            if checkout.state.final
            else _decide(book, checkout, CheckoutState.CANCELLED, reason="cancelled")
        )


def send_code(book: Book, *, token: str) -> Checkout:
    """Make the code that stands in the demo's text message; the first one stays good."""
    with book.writing():
        checkout = get_checkout(book, token=token)
        if not checkout.state.final and not checkout.code:
            code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
            book.update("checkout", checkout.reference, code=code)
        return get_checkout(book, token=token)


def check_code(book: Book, *, token: str, typed: str) -> Checkout:
    """Approve when ``typed`` is the code; after five wrong ones the bank declines."""
    digits = "".join(typed.split()).replace("-", "")
    with book.writing():
        checkout = get_checkout(book, token=token)
        if checkout.state.final or not checkout.code:
            return checkout
        if secrets.compare_digest(digits.encode(), checkout.code.encode()):
            return approve_checkout(book, token=token)
        wrong = checkout.wrong_codes + 1
        book.update("checkout", checkout.reference, wrong_codes=wrong)
        if wrong >= MOST_WRONG_CODES:
            return decline_checkout(book, token=token, reason="wrong_code")
        return get_checkout(book, token=token)


def take_charge(
    book: Book,
    *,
    key: str,
    mandate: str,
    amount: int,
    currency: str,
    description: str,
    state: ChargeState = ChargeState.SUCCEEDED,
    reason: str = "",
) -> Charge:
    """Charge a mandate while its holder is away. Raises ``Refused`` for an unknown mandate.

    ``state`` and ``reason`` come from the fault script; the bank's own reasons to decline go first.
    """
    with book.writing():
        held = get_mandate(book, reference=mandate)
        if held.state is MandateState.REVOKED:
            state, reason = ChargeState.DECLINED, "mandate_revoked"
        elif held.currency != currency:
            state, reason = ChargeState.DECLINED, "currency_not_covered"
        elif held.limit is not None and amount > held.limit:
            state, reason = ChargeState.DECLINED, "above_mandate"
        reference = new_reference("ch")
        book.insert(
            "charge",
            reference=reference,
            key=key,
            mandate=mandate,
            amount=amount,
            currency=currency,
            description=description,
            state=state,
            reason=reason,
            created_at=book.now(),
        )
        tell(book, "charge", reference=reference, key=key)
        return get_charge(book, reference=reference)


def settle_charge(book: Book, *, reference: str, state: ChargeState, reason: str = "") -> Charge:
    """Give a pending charge its end. One that has ended stays as it is."""
    with book.writing():
        charge = get_charge(book, reference=reference)
        if charge.state is ChargeState.PENDING:
            book.update("charge", reference, state=state, reason=reason)
            tell(book, "charge", reference=reference, key=charge.key)
        return get_charge(book, reference=reference)


def give_refund(
    book: Book,
    *,
    key: str,
    charge: str,
    amount: int,
    state: ChargeState = ChargeState.SUCCEEDED,
    reason: str = "",
) -> Refund:
    """Give money back, in part or in whole. Raises ``Refused`` above what is left of the charge.

    ``state`` and ``reason`` come from the fault script.
    """
    with book.writing():
        taken = get_charge(book, reference=charge)
        if taken.state is not ChargeState.SUCCEEDED:
            raise Refused("not_charged", "This charge took no money, so none can be given back.")
        left = taken.amount - taken.refunded
        if amount > left:
            raise Refused("too_much", f"Only {left} of this charge is left to give back.")
        reference = new_reference("re")
        if state is not ChargeState.DECLINED:
            book.update("charge", charge, refunded=taken.refunded + amount)
        book.insert(
            "refund",
            reference=reference,
            key=key,
            charge=charge,
            amount=amount,
            currency=taken.currency,
            state=state,
            reason=reason,
            created_at=book.now(),
        )
        tell(book, "refund", reference=reference, key=key)
        return get_refund(book, reference=reference)


def settle_refund(book: Book, *, reference: str, state: ChargeState, reason: str = "") -> Refund:
    """Give a pending refund its end, or send a given one back: then the money is here again."""
    with book.writing():
        refund = get_refund(book, reference=reference)
        if refund.state is ChargeState.DECLINED or refund.state is state:
            return refund
        if state is ChargeState.DECLINED:
            taken = get_charge(book, reference=refund.charge)
            book.update("charge", taken.reference, refunded=taken.refunded - refund.amount)
        book.update("refund", reference, state=state, reason=reason)
        tell(book, "refund", reference=reference, key=refund.key)
        return get_refund(book, reference=reference)


def revoke_mandate(book: Book, *, reference: str) -> Mandate:
    """End a standing permission; later charges on it are declined."""
    with book.writing():
        if get_mandate(book, reference=reference).state is MandateState.ACTIVE:
            book.update("mandate", reference, state=MandateState.REVOKED)
            tell(book, "mandate", reference=reference)
        return get_mandate(book, reference=reference)


def get_charge(book: Book, *, reference: str) -> Charge:
    charge = book.find_charge(reference=reference)
    if charge is None:
        raise Refused("unknown_reference", "The bank knows no such charge.", status=404)
    return charge


def get_refund(book: Book, *, reference: str) -> Refund:
    refund = book.find_refund(reference=reference)
    if refund is None:
        raise Refused("unknown_reference", "The bank knows no such refund.", status=404)
    return refund


def get_mandate(book: Book, *, reference: str) -> Mandate:
    mandate = book.find_mandate(reference=reference)
    if mandate is None:
        raise Refused("unknown_mandate", "The bank knows no such mandate.", status=404)
    return mandate


def _give_mandate(book: Book, checkout: Checkout) -> str:
    reference = new_reference("ma")
    book.insert(
        "mandate",
        reference=reference,
        currency=checkout.currency,
        limit=checkout.mandate_limit,
        display=f"Bank of Kadalpur ··{secrets.randbelow(10_000):04}",
        state=MandateState.ACTIVE,
        created_at=book.now(),
    )
    return reference


def _decide(book: Book, checkout: Checkout, state: CheckoutState, *, reason: str = "") -> Checkout:
    book.update("checkout", checkout.reference, state=state, reason=reason, decided_at=book.now())
    decided = book.find_checkout(reference=checkout.reference)
    assert decided is not None
    tell(book, "charge", reference=checkout.reference, key=checkout.key)
    return decided
