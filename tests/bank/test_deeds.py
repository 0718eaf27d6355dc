from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from broadsheet.bank import deeds
from broadsheet.bank.book import Book
from broadsheet.bank.records import ChargeState, Checkout, CheckoutState, MandateState

pytestmark = pytest.mark.db
ORDER = deeds.Order(
    amount=270_000,
    currency="INR",
    merchant="The Lantern",
    description="Smart Essential, 1 year",
    return_url="/subscribe/return/1/",
    mandate_wanted=True,
    mandate_limit=300_000,
    expires_at=1_795_001_800.0,
)


def opened(book: Book, **changes: Any) -> Checkout:
    return deeds.open_checkout(
        book, key=f"key-{book.count_charges()}", order=replace(ORDER, **changes)
    )


def mandate_of(book: Book) -> str:
    checkout = opened(book)
    deeds.approve_checkout(book, token=checkout.token)
    charge = book.find_charge(checkout=checkout.reference)
    assert charge is not None
    assert charge.mandate is not None
    return charge.mandate


def test_approving_takes_the_amount_and_leaves_a_mandate(book: Book) -> None:
    checkout = opened(book)
    decided = deeds.approve_checkout(book, token=checkout.token)
    charge = book.find_charge(checkout=checkout.reference)
    assert charge is not None
    assert (decided.state, charge.state, charge.amount, charge.key) == (
        CheckoutState.APPROVED,
        ChargeState.SUCCEEDED,
        270_000,
        checkout.key,
    )
    mandate = deeds.get_mandate(book, reference=charge.mandate or "")
    assert (mandate.state, mandate.limit, mandate.currency) == (MandateState.ACTIVE, 300_000, "INR")


def test_no_mandate_unless_wanted(book: Book) -> None:
    checkout = opened(book, mandate_wanted=False)
    deeds.approve_checkout(book, token=checkout.token)
    charge = book.find_charge(checkout=checkout.reference)
    assert charge is not None
    assert charge.mandate is None


@pytest.mark.parametrize(
    "verb", [deeds.approve_checkout, deeds.decline_checkout, deeds.leave_silent, deeds.send_code]
)
@pytest.mark.parametrize("first", [deeds.approve_checkout, deeds.decline_checkout])
def test_what_is_decided_stays_decided(book: Book, first: Any, verb: Any) -> None:
    checkout = opened(book)
    decided = first(book, token=checkout.token)
    assert verb(book, token=checkout.token) == decided
    assert deeds.cancel_checkout(book, key=checkout.key) == decided
    assert book.count_charges() == int(first is deeds.approve_checkout)


def test_silence_can_still_be_broken(book: Book) -> None:
    checkout = opened(book)
    assert deeds.leave_silent(book, token=checkout.token).state is CheckoutState.SILENT
    assert book.count_charges() == 0
    assert deeds.approve_checkout(book, token=checkout.token).state is CheckoutState.APPROVED


def test_an_undecided_checkout_expires_at_its_instant(book: Book, clock: Any) -> None:
    checkout = opened(book)
    clock.at = ORDER.expires_at - 1
    assert deeds.get_checkout(book, reference=checkout.reference).state is CheckoutState.OPEN
    clock.at = ORDER.expires_at
    expired = deeds.approve_checkout(book, token=checkout.token)
    assert (expired.state, expired.reason) == (CheckoutState.EXPIRED, "expired")
    assert book.count_charges() == 0


def test_the_right_code_approves_however_it_is_spaced(book: Book) -> None:
    checkout = opened(book)
    code = deeds.send_code(book, token=checkout.token).code
    assert len(code) == 6
    assert deeds.send_code(book, token=checkout.token).code == code
    typed = f" {code[:3]}-{code[3:]} "
    assert deeds.check_code(book, token=checkout.token, typed=typed).state is CheckoutState.APPROVED


def test_five_wrong_codes_decline(book: Book) -> None:
    checkout = opened(book)
    code = deeds.send_code(book, token=checkout.token).code
    wrong = "000000" if code != "000000" else "111111"
    for tries in range(1, 5):
        tried = deeds.check_code(book, token=checkout.token, typed=wrong)
        assert (tried.state, tried.wrong_codes) == (CheckoutState.OPEN, tries)
    last = deeds.check_code(book, token=checkout.token, typed="पाँच")
    assert (last.state, last.reason) == (CheckoutState.DECLINED, "wrong_code")
    assert deeds.check_code(book, token=checkout.token, typed=code).state is CheckoutState.DECLINED
    assert book.count_charges() == 0


def test_no_code_was_sent_so_none_is_right(book: Book) -> None:
    checkout = opened(book)
    assert deeds.check_code(book, token=checkout.token, typed="").state is CheckoutState.OPEN
    assert book.count_charges() == 0


@pytest.mark.parametrize(
    ("amount", "currency", "revoked", "state", "reason"),
    [
        (300_000, "INR", False, ChargeState.SUCCEEDED, ""),
        (300_001, "INR", False, ChargeState.DECLINED, "above_mandate"),
        (300_000, "USD", False, ChargeState.DECLINED, "currency_not_covered"),
        (300_000, "INR", True, ChargeState.DECLINED, "mandate_revoked"),
    ],
)
def test_a_mandate_covers_what_it_says(
    book: Book, amount: int, currency: str, revoked: bool, state: ChargeState, reason: str
) -> None:
    mandate = mandate_of(book)
    if revoked:
        deeds.revoke_mandate(book, reference=mandate)
    charge = deeds.take_charge(
        book,
        key="key-renewal",
        mandate=mandate,
        amount=amount,
        currency=currency,
        description="Renewal",
    )
    assert (charge.state, charge.reason) == (state, reason)


def test_an_unknown_mandate_is_refused_and_nothing_written(book: Book) -> None:
    with pytest.raises(deeds.Refused) as refused:
        deeds.take_charge(
            book,
            key="key-renewal",
            mandate="ma_none",
            amount=1,
            currency="INR",
            description="Renewal",
        )
    assert (refused.value.code, refused.value.status) == ("unknown_mandate", 404)
    assert book.count_charges() == 0


def test_a_pending_charge_is_settled_once(book: Book) -> None:
    pending = deeds.take_charge(
        book,
        key="key-renewal",
        mandate=mandate_of(book),
        amount=1,
        currency="INR",
        description="Renewal",
        state=ChargeState.PENDING,
    )
    done = deeds.settle_charge(book, reference=pending.reference, state=ChargeState.SUCCEEDED)
    assert done.state is ChargeState.SUCCEEDED
    again = deeds.settle_charge(book, reference=pending.reference, state=ChargeState.DECLINED)
    assert again == done


def test_refunds_stop_at_what_was_taken(book: Book) -> None:
    mandate = mandate_of(book)
    charge = deeds.take_charge(
        book, key="key-renewal", mandate=mandate, amount=100, currency="INR", description="Renewal"
    )
    refund = deeds.give_refund(book, key="key-refund-1", charge=charge.reference, amount=60)
    assert (refund.amount, refund.currency) == (60, "INR")
    with pytest.raises(deeds.Refused) as refused:
        deeds.give_refund(book, key="key-refund-2", charge=charge.reference, amount=41)
    assert refused.value.code == "too_much"
    assert book.find_refund(key="key-refund-2") is None
    deeds.give_refund(book, key="key-refund-3", charge=charge.reference, amount=40)
    assert deeds.get_charge(book, reference=charge.reference).refunded == 100


def test_no_refund_of_a_declined_charge(book: Book) -> None:
    charge = deeds.take_charge(
        book,
        key="key-renewal",
        mandate=mandate_of(book),
        amount=100,
        currency="INR",
        description="Renewal",
        state=ChargeState.DECLINED,
        reason="insufficient_funds",
    )
    with pytest.raises(deeds.Refused) as refused:
        deeds.give_refund(book, key="key-refund-1", charge=charge.reference, amount=1)
    assert refused.value.code == "not_charged"
