from __future__ import annotations

import pytest

from broadsheet.bank import deeds
from broadsheet.bank.book import Book
from broadsheet.bank.disputes import close_dispute, open_dispute
from broadsheet.bank.records import Charge, ChargeState, DisputeState
from tests.bank.test_deeds import mandate_of

pytestmark = pytest.mark.db


def charge_of(book: Book, state: ChargeState = ChargeState.SUCCEEDED) -> Charge:
    return deeds.take_charge(
        book,
        key="key-renewal",
        mandate=mandate_of(book),
        amount=100,
        currency="INR",
        description="Renewal",
        state=state,
    )


def test_a_dispute_is_about_the_whole_and_ends_once(book: Book) -> None:
    opened = open_dispute(book, charge=charge_of(book).reference, amount=None, reason="fraud")
    assert (opened.state, opened.amount, opened.reason) == (DisputeState.OPENED, 100, "fraud")
    lost = close_dispute(book, reference=opened.reference, state=DisputeState.LOST)
    assert lost.state is DisputeState.LOST
    again = close_dispute(book, reference=opened.reference, state=DisputeState.WON)
    assert again == lost


def test_no_more_is_disputed_than_was_taken(book: Book) -> None:
    charge = charge_of(book)
    with pytest.raises(deeds.Refused, match="was of 100"):
        open_dispute(book, charge=charge.reference, amount=101, reason="")
    assert book.list_disputes(since=0, after="", limit=10) == []


def test_what_took_no_money_is_not_disputed(book: Book) -> None:
    charge = charge_of(book, ChargeState.DECLINED)
    with pytest.raises(deeds.Refused, match="took no money"):
        open_dispute(book, charge=charge.reference, amount=None, reason="")


def test_a_refund_may_wait_and_may_come_back(book: Book) -> None:
    charge = charge_of(book)
    refund = deeds.give_refund(
        book, key="key-refund", charge=charge.reference, amount=60, state=ChargeState.PENDING
    )
    settled = deeds.settle_refund(book, reference=refund.reference, state=ChargeState.SUCCEEDED)
    assert settled.state is ChargeState.SUCCEEDED
    assert deeds.get_charge(book, reference=charge.reference).refunded == 60
    back = deeds.settle_refund(
        book, reference=refund.reference, state=ChargeState.DECLINED, reason="account_closed"
    )
    assert (back.state, back.reason) == (ChargeState.DECLINED, "account_closed")
    assert deeds.get_charge(book, reference=charge.reference).refunded == 0
    assert (
        deeds.settle_refund(book, reference=refund.reference, state=ChargeState.SUCCEEDED) == back
    )
