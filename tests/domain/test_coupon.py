"""What a coupon takes off, and what a reader's terms cost one after the other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.domain.billing_calendar import TermLength, TermUnit
from broadsheet.domain.coupon import (
    Agreed,
    Reduction,
    Stretch,
    WrongCoupon,
    normalise_code,
)
from broadsheet.domain.money import Money
from broadsheet.domain.pricing import Step

pytestmark = pytest.mark.pure
QUARTER = TermLength(3, TermUnit.MONTH)
WEEK = TermLength(1, TermUnit.WEEK)


def rupees(amount: int) -> Money:
    return Money(amount * 100, "INR")


@pytest.mark.parametrize(
    ("reduction", "price", "left"),
    [
        (Reduction(share=2_500), Money(90_000, "INR"), 67_500),
        (Reduction(share=3_333), Money(100, "INR"), 66),
        (Reduction(share=1), Money(1, "INR"), 0),
        (Reduction(share=10_000), Money(90_000, "INR"), 0),
        (Reduction(amount=rupees(200)), Money(90_000, "INR"), 70_000),
        (Reduction(amount=rupees(1_000)), Money(90_000, "INR"), 0),
    ],
)
def test_what_is_left_of_a_price(reduction, price, left):
    assert reduction.taken_off(price) == Money(left, "INR")


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"share": 100, "amount": rupees(1)},
        {"share": -1},
        {"share": 10_001},
        {"amount": rupees(0)},
        {"amount": rupees(-5)},
        {"share": 100, "terms": 0},
        {"share": 100, "terms": 121},
        {"share": 10_000, "terms": 2},
        {"share": 10_000, "terms": None},
    ],
)
def test_a_reduction_out_of_bounds_cannot_be(wrong):
    with pytest.raises(WrongCoupon):
        Reduction(**wrong)


def test_a_sum_comes_off_its_own_currency_alone():
    assert Reduction(amount=rupees(5)).fits("INR")
    assert not Reduction(amount=rupees(5)).fits("USD")
    assert Reduction(share=5).fits("USD")


def test_steps_then_a_coupon_then_the_standing_price():
    agreed = Agreed(
        rupees(300),
        QUARTER,
        steps=(Step(3, rupees(100)),),
        reduction=Reduction(share=1_000, terms=4),
    )
    assert [agreed.price_of(n).minor for n in range(6)] == [
        9_000,
        9_000,
        9_000,
        27_000,
        30_000,
        30_000,
    ]
    assert agreed.stretches == (
        Stretch(3, rupees(90), QUARTER),
        Stretch(1, rupees(270), QUARTER),
        Stretch(None, rupees(300), QUARTER),
    )


def test_a_coupon_waits_until_a_free_trial_is_over():
    agreed = Agreed(
        rupees(300), QUARTER, steps=(Step(1, rupees(0), WEEK),), reduction=Reduction(share=5_000)
    )
    assert [agreed.price_of(n).minor for n in range(4)] == [0, 15_000, 30_000, 30_000]
    assert [agreed.length_of(n) for n in range(2)] == [WEEK, QUARTER]
    assert agreed.can_be_charged


def test_no_later_term_may_come_to_nought():
    everything = Reduction(amount=rupees(900), terms=2)
    assert not Agreed(rupees(300), QUARTER, reduction=everything).can_be_charged
    assert Agreed(rupees(300), QUARTER, reduction=Reduction(share=10_000)).can_be_charged
    trial = (Step(1, rupees(0), WEEK),)
    assert not Agreed(
        rupees(300), QUARTER, steps=trial, reduction=Reduction(share=10_000)
    ).can_be_charged
    for_ever = Reduction(amount=rupees(300), terms=None)
    assert not Agreed(rupees(300), QUARTER, reduction=for_ever).can_be_charged


def test_parts_follow_the_price_down():
    parts = [
        {"description": "Digital", "amount_minor": 20_000, "tax_class": "digital"},
        {"description": "Print", "amount_minor": 10_000, "tax_class": "print"},
    ]
    agreed = Agreed(rupees(300), QUARTER, reduction=Reduction(share=3_333), parts=parts)
    assert [part["amount_minor"] for part in agreed.parts_of(0)] == [13_334, 6_667]
    assert agreed.price_of(0).minor == 20_001
    assert [part["amount_minor"] for part in agreed.parts_of(1)] == [20_000, 10_000]
    assert Agreed(rupees(300), QUARTER).parts_of(0) == []


@given(
    price=st.integers(1, 10**12),
    share=st.integers(1, 10_000),
    weights=st.lists(st.integers(1, 10**9), min_size=1, max_size=6),
)
def test_never_below_nought_never_above_and_parts_always_sum(price, share, weights):
    reduction = Reduction(share=share)
    left = reduction.taken_off(Money(price, "INR"))
    assert 0 <= left.minor < price
    assert left.minor * 10_000 <= price * (10_000 - share)
    parts = [{"description": "x", "amount_minor": w, "tax_class": "x"} for w in weights]
    agreed = Agreed(Money(price, "INR"), QUARTER, reduction=reduction, parts=parts)
    assert sum(part["amount_minor"] for part in agreed.parts_of(0)) == left.minor


@given(
    reduction=st.one_of(
        st.builds(Reduction, share=st.integers(1, 9_999), terms=st.integers(1, 120) | st.none()),
        st.builds(
            Reduction,
            amount=st.integers(1, 10**9).map(lambda minor: Money(minor, "INR")),
            terms=st.integers(1, 120) | st.none(),
        ),
    )
)
def test_a_reduction_is_kept_and_read_again(reduction):
    assert Reduction.read(reduction.write()) == reduction
    assert Reduction.read({}) is None


@pytest.mark.parametrize(
    ("written", "code"),
    [(" spring-25 ", "SPRING-25"), ("NEW YEAR", "NEWYEAR"), ("ab12", "AB12")],
)
def test_a_code_is_kept_in_capitals(written, code):
    assert normalise_code(written) == code


@pytest.mark.parametrize("written", ["", "abc", "-abc-", "a--b", "naïve", "x" * 25, "<b>code"])
def test_what_cannot_be_a_code(written):
    with pytest.raises(WrongCoupon):
        normalise_code(written)
