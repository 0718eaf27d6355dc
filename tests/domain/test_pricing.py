from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from broadsheet.domain.billing_calendar import TermLength, TermUnit
from broadsheet.domain.money import Money
from broadsheet.domain.pricing import (
    DatedPrice,
    Step,
    WrongSteps,
    check_steps,
    find_price_in_force,
    length_of_term,
    per_month,
    price_of_term,
    read_steps,
    write_steps,
)

pytestmark = pytest.mark.pure
JANUARY = datetime(2026, 1, 1, tzinfo=UTC)
JUNE = datetime(2026, 6, 1, tzinfo=UTC)
old = DatedPrice(Money(80_000, "INR"), JANUARY, JUNE)
new = DatedPrice(Money(90_000, "INR"), JUNE)


def test_the_price_of_the_day():
    assert find_price_in_force([new, old], JANUARY) == old
    assert find_price_in_force([new, old], JUNE - timedelta(microseconds=1)) == old
    assert find_price_in_force([new, old], JUNE) == new
    assert find_price_in_force([new, old], JANUARY - timedelta(days=1)) is None


@pytest.mark.parametrize(
    ("minor", "length", "label"),
    [
        (90_000, TermLength(3, TermUnit.MONTH), 30_000),
        (390_000, TermLength(2, TermUnit.YEAR), 16_200),
        (4_900, TermLength(1, TermUnit.WEEK), 21_200),
        (1_000, TermLength(1, TermUnit.DAY), 30_400),
        (36_500, TermLength(365, TermUnit.DAY), 3_000),
        (500, TermLength(1, TermUnit.YEAR), 41),
    ],
)
def test_the_monthly_label_of_any_term(minor, length, label):
    assert per_month(Money(minor, "INR"), length) == Money(label, "INR")


def rupees(amount):
    return Money(amount * 100, "INR")


QUARTER, WEEK = TermLength(3, TermUnit.MONTH), TermLength(1, TermUnit.WEEK)
TRIAL = Step(1, rupees(0), WEEK)


def test_steps_one_after_the_other_and_then_the_standing_price():
    steps = (TRIAL, Step(3, rupees(99)), Step(1, rupees(199)))
    costs = [price_of_term(steps, rupees(300), n).minor // 100 for n in range(7)]
    assert costs == [0, 99, 99, 99, 199, 300, 300]
    assert [length_of_term(steps, QUARTER, n) for n in range(3)] == [WEEK, QUARTER, QUARTER]
    assert price_of_term((), rupees(300), 0) == rupees(300)


def test_there_is_no_term_before_the_first():
    with pytest.raises(ValueError, match="number 0"):
        price_of_term((), rupees(300), -1)


@pytest.mark.parametrize(
    "steps",
    [(), (TRIAL,), (Step(1, rupees(50), WEEK),), (TRIAL, Step(120, rupees(299)))],
)
def test_steps_that_may_stand_and_are_read_again(steps):
    check_steps(steps, rupees(300))
    assert read_steps(write_steps(steps), "INR") == steps


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ((Step(0, rupees(99)),), "1 to 120"),
        ((Step(121, rupees(99)),), "1 to 120"),
        ((Step(1, rupees(0)),), "Only a trial is free"),
        ((Step(1, rupees(-1)),), "Only a trial is free"),
        ((Step(1, rupees(-1), WEEK),), "Only a trial is free"),
        ((Step(1, rupees(300)),), "costs less"),
        ((Step(1, Money(5, "USD")),), "one currency"),
        ((Step(1, rupees(99)), TRIAL), "one term, and the first"),
        ((Step(2, rupees(0), WEEK),), "one term, and the first"),
        ((Step(1, rupees(99)),) * 6, "5 steps at most"),
    ],
)
def test_steps_that_may_not_stand(steps, said):
    with pytest.raises(WrongSteps, match=said):
        check_steps(steps, rupees(300))
