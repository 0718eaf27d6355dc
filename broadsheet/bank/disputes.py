"""Disputes: the reader's bank takes a charge back, the merchant wins it again or loses it."""

from __future__ import annotations

from broadsheet.bank.book import Book, new_reference
from broadsheet.bank.deeds import Refused, get_charge
from broadsheet.bank.records import ChargeState, Dispute, DisputeState
from broadsheet.bank.telling import tell


def open_dispute(book: Book, *, charge: str, amount: int | None, reason: str) -> Dispute:
    """Take a charge back, in part or (``None``) in whole. Raises ``Refused``."""
    with book.writing():
        taken = get_charge(book, reference=charge)
        if taken.state is not ChargeState.SUCCEEDED:
            raise Refused("not_charged", "This charge took no money, so none can be disputed.")
        if amount is not None and amount > taken.amount:
            raise Refused("too_much", f"This charge was of {taken.amount}.")
        reference = new_reference("di")
        book.insert(
            "dispute",
            reference=reference,
            charge=charge,
            amount=amount or taken.amount,
            currency=taken.currency,
            state=DisputeState.OPENED,
            reason=reason,
            created_at=book.now(),
        )
        tell(book, "dispute", reference=reference)
        return get_dispute(book, reference=reference)


def close_dispute(book: Book, *, reference: str, state: DisputeState) -> Dispute:
    """Decide a dispute. One that is decided stays as it is."""
    with book.writing():
        if get_dispute(book, reference=reference).state is DisputeState.OPENED:
            book.update("dispute", reference, state=state)
            tell(book, "dispute", reference=reference)
        return get_dispute(book, reference=reference)


def get_dispute(book: Book, *, reference: str) -> Dispute:
    dispute = book.find_dispute(reference=reference)
    if dispute is None:
        raise Refused("unknown_reference", "The bank knows no such dispute.", status=404)
    return dispute
